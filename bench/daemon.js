/**
 * The real daemon from its entry in dist, measured from outside: CPU time between two instants at which it sleeps,
 * divided by the ticks that its own counter says lie between them. Its standard output goes nowhere.
 */
import { once } from 'node:events';
import { end, start } from './belongings.js';
import { fetchText, freePort, until } from './http.js';
import { cpuOf, footprintOf } from './kernel.js';

/** Where between two ticks it certainly sleeps. */
const ASLEEP = 0.7;

/** @typedef {{ ticks: number, cpuUs: number, wallUs: number }} Measured of all ticks together */

export class Daemon {
  #child;
  #intervalMs;
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
  }

  /**
   * @param {{ entry: string, intervalMs: number, args?: readonly string[], nodeArgs?: readonly string[] }} options
   * @returns {Promise<Daemon>} after its first sample
   */
  static async start({ entry, intervalMs, args = [], nodeArgs = [] }) {
    const port = await freePort();
    const own = ['watch', '--interval', `${intervalMs}ms`, '--listen', `127.0.0.1:${port}`, '--log-level', 'error'];
    const child = start(process.execPath, [...nodeArgs, entry, ...own, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const daemon = new Daemon(child, { port, intervalMs });
    await daemon.waitForTicks(1);
    return daemon;
  }

  get pid() {
    return Number(this.#child.pid);
  }

  get stderr() {
    return this.#complaints.join('');
  }

  /** What it writes next to standard error. @returns {Promise<string>} */
  async nextComplaint() {
    if (!this.#child.stderr) throw new Error('unreachable: standard error is a pipe');
    const [text] = await once(this.#child.stderr, 'data');
    return String(text);
  }

  get cpuUs() {
    return cpuOf(this.pid);
  }

  footprint() {
    return footprintOf(this.pid);
  }

  /** @returns {Promise<(name: string) => number>} values of families without labels */
  async scrape() {
    const text = await fetchText(this.port, '/metrics');
    return (name) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  }

  async ticks() {
    return (await this.scrape())('leakwatch_samples_total');
  }

  /** @param {number} ticks since its start */
  waitForTicks(ticks) {
    const seconds = 60 + (3 * ticks * this.#intervalMs) / 1000;
    return until(
      async () => {
        if (this.#child.exitCode !== null) throw new Error(`the daemon ended: ${this.stderr}`);
        const reached = await this.ticks();
        return reached >= ticks ? reached : undefined;
      },
      { what: `${ticks} ticks of the daemon`, seconds, everyMs: Math.max(20, this.#intervalMs / 4) },
    );
  }

  /**
   * @param {number} ticks how many to wait for
   * @param {{ scrapes?: boolean }} [options] scrape once a tick
   * @returns {Promise<Measured>} wall time as the daemon itself says
   */
  async measure(ticks, { scrapes = false } = {}) {
    const before = await this.#sleepAfterTick();
    const cpuBefore = this.cpuUs;
    for (let tick = 0; tick < ticks; tick++) {
      await sleep(this.#intervalMs);
      if (scrapes) await this.scrape();
    }
    const cpuUs = this.cpuUs - cpuBefore;
    const after = await this.scrape();
    const passed = after('leakwatch_samples_total') - before;
    return { ticks: passed, cpuUs, wallUs: after('leakwatch_sample_duration_seconds') * 1e6 * passed };
  }

  /** Waits for a tick of the regular beat, and until it is long over. @returns {Promise<number>} ticks so far */
  async #sleepAfterTick() {
    // After a pause the first tick comes off the beat.
    const reached = await this.waitForTicks((await this.ticks()) + 2);
    const begun = (await this.scrape())('leakwatch_last_sample_timestamp_seconds') * 1000;
    const phase = (Date.now() - begun) % this.#intervalMs;
    await sleep(this.#intervalMs * (phase < this.#intervalMs * ASLEEP ? ASLEEP : 1 + ASLEEP) - phase);
    const now = await this.ticks();
    return Math.max(now, reached);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#child.kill(signal);
  }

  stop() {
    return end(this.#child);
  }
}

/** @param {number} milliseconds */
export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
