/**
 * The built daemon, measured from outside: a tick is counted when the daemon prints the host's line, and CPU time is read
 * twice, each time while the daemon sleeps.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { NODE_FLAGS } from '../scripts/node-flags.js';
import { end, hasEnded, outputOf, start } from './cleanup.js';
import { fetchText, freePort } from './http.js';
import { cpuOf, footprintOf } from './kernel.js';

/** A tick is over after this share of the interval: in all populations it takes less than half. */
const ASLEEP = 0.5;
/** V8 has collected garbage after this share of 20 s: it begins 8 s after the program became idle. */
const RESTED = 0.8;
/** For short intervals: the daemon needs 0.01 to 0.02 ms per process, so it sleeps more than half of this and skips no tick. */
const MS_PER_PROCESS = 0.05;
const LEAST_INTERVAL_MS = 100;
/** The daemon prints one such line a tick. */
const HOST_LINE = ' sample#processes=';
/** Parts of standard error that are kept for the message if the daemon ends. */
const KEPT_COMPLAINTS = 20;
/** Time to start and to finish ticks on a busy machine, beside three times the interval for each tick. */
const GRACE_MS = 60_000;

/**
 * @typedef {{ ticks: number, cpuUs: number }} Measured CPU time of all these ticks together
 * @typedef {{ startMs: number, holdMs: number, allocatedBytes: number }} Probed see drivers/probe.cjs
 */

/** @param {number} processes */
export function shortInterval(processes) {
  return Math.max(LEAST_INTERVAL_MS, processes * MS_PER_PROCESS);
}

export class Daemon {
  #child;
  #intervalMs;
  #ticks = 0;
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** @type {string[]} */
  #complaints = [];

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {{ port: number, intervalMs: number }} options
   */
  constructor(child, { port, intervalMs }) {
    this.#child = child;
    this.port = port;
    this.#intervalMs = intervalMs;
    child.stderr?.on('data', (text) => {
      this.#complaints = [...this.#complaints, String(text)].slice(-KEPT_COMPLAINTS);
    });
    createInterface({ input: outputOf(child) }).on('line', (line) => {
      if (line.includes(HOST_LINE)) this.#ticks++;
      this.#wake();
    });
    child.on('exit', () => this.#wake());
  }

  /**
   * @param {{
   *   entry: string, intervalMs: number, args?: readonly string[], under?: readonly string[],
   *   preload?: readonly string[], env?: NodeJS.ProcessEnv,
   * }} options `under` = a command that runs the daemon, as words; `preload` = files of drivers/ that Node loads first
   * @returns {Promise<Daemon>} after its first tick
   */
  static async start({ entry, intervalMs, args = [], under = [], preload = [], env }) {
    const port = await freePort();
    const own = [
      'watch',
      '--max-cpu',
      '100%',
      '--interval',
      `${intervalMs}ms`,
      '--listen',
      `127.0.0.1:${port}`,
      '--log-level',
      'error',
    ];
    // Under Node itself, with the flags of the launcher, because the launcher drops NODE_OPTIONS.
    const drivers = preload.flatMap((name) => ['--require', join(import.meta.dirname, 'drivers', name)]);
    const program = drivers.length > 0 ? [process.execPath, ...NODE_FLAGS.split(' '), ...drivers, entry] : [entry];
    const [command = entry, ...words] = [...under, ...program, ...own, ...args];
    const child = start(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const daemon = new Daemon(child, { port, intervalMs });
    await daemon.waitForTicks(1);
    return daemon;
  }

  /**
   * A daemon whose waits between ticks end at once (drivers/hurry.cjs), except after the ticks listed in `rests`.
   * @param {{ entry: string, intervalMs: number, rests: readonly number[] }} options
   */
  static startHurrying({ entry, intervalMs, rests }) {
    return Daemon.start({ entry, intervalMs, preload: ['hurry.cjs'], env: { BENCH_HURRY: rests.join() } });
  }

  get pid() {
    return Number(this.#child.pid);
  }

  get ticks() {
    return this.#ticks;
  }

  get cpuUs() {
    return cpuOf(this.pid);
  }

  footprint() {
    return footprintOf(this.pid);
  }

  /** @returns {Promise<number>} milliseconds that the last sample took, from the daemon's own metrics */
  async sampleMs() {
    const text = await fetchText(this.port, '/metrics');
    return Number(/^leakwatch_sample_duration_seconds (.*)$/m.exec(text)?.[1]) * 1000;
  }

  /** @param {number} ticks since the start @returns {Promise<number>} ticks so far; resolves right after a tick */
  async waitForTicks(ticks) {
    const deadline = performance.now() + GRACE_MS + 3 * (ticks - this.#ticks) * this.#intervalMs;
    while (this.#ticks < ticks) {
      if (hasEnded(this.#child)) throw new Error(`the daemon ended: ${this.#complaints.join('')}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`the daemon has made ${this.#ticks} ticks in time, not ${ticks}`);
      await this.#nextSign(left);
    }
    return this.#ticks;
  }

  /** @param {number} ticks about how many to measure @returns {Promise<Measured>} */
  async measure(ticks) {
    await this.waitForTicks(this.#ticks + 1);
    await sleep(this.#intervalMs * ASLEEP);
    const before = { ticks: this.#ticks, cpuUs: this.cpuUs };
    await sleep(ticks * this.#intervalMs);
    return { ticks: this.#ticks - before.ticks, cpuUs: this.cpuUs - before.cpuUs };
  }

  /** Waits until shortly before the next tick. */
  rest() {
    return sleep(this.#intervalMs * RESTED);
  }

  /** Numbers since the last call; only if started with probe.cjs. @returns {Promise<Probed>} */
  async probe() {
    if (!this.#child.stderr) throw new Error('standard error is no pipe');
    const answer = once(this.#child.stderr, 'data');
    this.#child.kill('SIGUSR2');
    return JSON.parse(String((await answer)[0]));
  }

  pause() {
    this.#child.kill('SIGSTOP');
  }

  /** The first tick after a pause is off schedule: it is waited for here and not measured. */
  async resume() {
    this.#child.kill('SIGCONT');
    await this.waitForTicks(this.#ticks + 1);
  }

  /** Waits until the daemon has ended by itself and its last line was read. */
  async ended() {
    await once(this.#child, 'close');
  }

  stop() {
    return end(this.#child);
  }

  /** @param {number} milliseconds at most @returns {Promise<void>} resolves at the next line, at the end, or at the time-out */
  #nextSign(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => wake(), milliseconds);
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }

  #wake() {
    for (const wake of this.#waiting) wake();
  }
}
