/**
 * The real daemon, by its executable, measured from outside: its ticks are counted by the lines that it writes, and its
 * CPU time is taken between two instants at which it sleeps.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, start } from './belongings.js';
import { fetchText, freePort } from './http.js';
import { cpuOf, footprintOf } from './kernel.js';

/** Share of the interval after which a tick is long over. */
const ASLEEP = 0.5;
/** And after which V8 has tidied up, which it begins 8 s after work has ceased. */
const RESTED = 0.8;
/** Where the interval is not what matters: it sleeps for more than half of this, and no tick is skipped. */
const MS_PER_PROCESS = 0.05;
const LEAST_INTERVAL_MS = 100;
/** Of which there is one a tick. */
const HOST_LINE = ' sample#processes=';

/**
 * @typedef {{ ticks: number, cpuUs: number }} Measured of all ticks together
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
      this.#complaints = [...this.#complaints, String(text)].slice(-20);
    });
    if (!child.stdout) throw new Error('unreachable: standard output is a pipe');
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes(HOST_LINE)) this.#ticks++;
      this.#wake();
    });
    child.on('exit', () => this.#wake());
  }

  /**
   * @param {{
   *   entry: string, intervalMs: number, args?: readonly string[], under?: readonly string[],
   *   preload?: string, env?: NodeJS.ProcessEnv,
   * }} options `under` = words of a command that runs it; `preload` = a file of drivers/
   * @returns {Promise<Daemon>} after its first tick
   */
  static async start({ entry, intervalMs, args = [], under = [], preload, env }) {
    const port = await freePort();
    const own = ['watch', '--interval', `${intervalMs}ms`, '--listen', `127.0.0.1:${port}`, '--log-level', 'error'];
    const [command = entry, ...words] = [...under, entry, ...own, ...args];
    const path = preload && join(import.meta.dirname, 'drivers', preload);
    const child = start(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, ...(path && { NODE_OPTIONS: `--require ${JSON.stringify(path)}` }) },
    });
    const daemon = new Daemon(child, { port, intervalMs });
    await daemon.waitForTicks(1);
    return daemon;
  }

  /**
   * One for which time passes at once but for a rest after each of some ticks, see drivers/hurry.cjs.
   * @param {{ entry: string, intervalMs: number, rests: readonly number[] }} options
   */
  static startHurrying({ entry, intervalMs, rests }) {
    return Daemon.start({ entry, intervalMs, preload: 'hurry.cjs', env: { BENCH_HURRY: rests.join() } });
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

  /** @returns {Promise<number>} milliseconds that its last sample took, as it says itself */
  async sampleMs() {
    const text = await fetchText(this.port, '/metrics');
    return Number(/^leakwatch_sample_duration_seconds (.*)$/m.exec(text)?.[1]) * 1000;
  }

  /** @param {number} ticks since its start @returns {Promise<number>} ticks so far, just when one is over */
  async waitForTicks(ticks) {
    const deadline = performance.now() + 60_000 + 3 * (ticks - this.#ticks) * this.#intervalMs;
    while (this.#ticks < ticks) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the daemon ended: ${this.#complaints.join('')}`);
      }
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no ${ticks} ticks of the daemon, but ${this.#ticks}`);
      await this.#nextSign(left);
    }
    return this.#ticks;
  }

  /** @param {number} ticks how many to wait for @returns {Promise<Measured>} */
  async measure(ticks) {
    await this.waitForTicks(this.#ticks + 1);
    await sleep(this.#intervalMs * ASLEEP);
    const before = { ticks: this.#ticks, cpuUs: this.cpuUs };
    await sleep(ticks * this.#intervalMs);
    return { ticks: this.#ticks - before.ticks, cpuUs: this.cpuUs - before.cpuUs };
  }

  /** Until shortly before the tick after this one. */
  rest() {
    return sleep(this.#intervalMs * RESTED);
  }

  /** Since it was last asked; only if started with probe.cjs. @returns {Promise<Probed>} */
  async probe() {
    if (!this.#child.stderr) throw new Error('unreachable: standard error is a pipe');
    const answer = once(this.#child.stderr, 'data');
    this.#child.kill('SIGUSR2');
    return JSON.parse(String((await answer)[0]));
  }

  pause() {
    this.#child.kill('SIGSTOP');
  }

  /** The first tick after a pause comes off the beat. */
  async resume() {
    this.#child.kill('SIGCONT');
    await this.waitForTicks(this.#ticks + 1);
  }

  /** Waits until it has ended because somebody told it, and its last line was read. */
  async ended() {
    await once(this.#child, 'close');
  }

  stop() {
    return end(this.#child);
  }

  /** @param {number} milliseconds at most @returns {Promise<void>} at the next line of it, or at its end */
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

/** @param {number} milliseconds */
export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
