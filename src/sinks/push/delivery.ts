/**
 * When something is sent to a server that may be slow or gone: the newest state only, never two at a time, and after a
 * failure ever later, with chance in it so that many daemons do not come back at once. Nobody waits for it. Each failure is
 * counted; the log has one line for each time that it begins.
 */
import type { DaemonLog } from '../daemon-log.ts';

export interface DeliveryOptions {
  /** Sends what is the newest when it is called. */
  readonly send: (signal: AbortSignal) => Promise<void>;
  /** Of the server, for the log: without credentials. */
  readonly url: string;
  readonly log: DaemonLog;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** The first wait after a failure, doubled with each further one. */
const LEAST_WAIT_MS = 1000;
const MOST_WAIT_MS = 60_000;
/** One that fails now and then is complained of no more often than this. */
const COMPLAIN_EVERY_MS = 600_000;

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #stopping = new AbortController();
  #sending: Promise<void> | undefined;
  /** Waits after a failure. */
  #timer: NodeJS.Timeout | undefined;
  /** There is something that the server does not have. */
  #wanted = false;
  #closing = false;
  #failures = 0;
  #failuresInARow = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #hasComplained = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** So far. */
  get failures(): number {
    return this.#failures;
  }

  /** There is something new to send. */
  wake(): void {
    this.#wanted = true;
    if (!this.#timer) this.#start();
  }

  /** Sends what is left, once, and gives up after so long. */
  async close(withinMs: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const impatient = setTimeout(() => this.#stopping.abort(), withinMs);
    await this.#sending;
    if (this.#wanted && !this.#stopping.signal.aborted) await this.#try();
    clearTimeout(impatient);
  }

  #start(): void {
    if (this.#sending || this.#closing) return;
    this.#sending = this.#try().finally(() => {
      this.#sending = undefined;
      if (this.#wanted && !this.#timer) this.#start();
    });
  }

  async #try(): Promise<void> {
    this.#wanted = false;
    try {
      await this.#options.send(this.#stopping.signal);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#succeeded();
  }

  #failed(error: unknown): void {
    this.#wanted = true;
    this.#failures++;
    this.#failuresInARow++;
    if (this.#closing) return;
    this.#complain(error);
    const { random = Math.random } = this.#options;
    const wait = Math.min(MOST_WAIT_MS, LEAST_WAIT_MS * 2 ** (this.#failuresInARow - 1));
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#start();
      },
      wait * (0.5 + 0.5 * random()),
    );
  }

  #complain(error: unknown): void {
    const now = performance.now();
    if (this.#failuresInARow > 1 || now - this.#complainedAt < COMPLAIN_EVERY_MS) return;
    this.#complainedAt = now;
    this.#hasComplained = true;
    const { log, url } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ target: url, reason }, 'a push has failed; it is tried again, and failures are counted');
  }

  #succeeded(): void {
    if (this.#hasComplained) {
      const { log, url } = this.#options;
      log.info({ target: url, failuresTotal: this.#failures }, 'pushes arrive again');
    }
    this.#hasComplained = false;
    this.#failuresInARow = 0;
  }
}
