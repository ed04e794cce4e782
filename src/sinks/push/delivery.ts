/**
 * Decides when to send to a server that may be slow or gone. Only the newest state is sent, one request at a time.
 * After a failure it waits with exponential backoff and jitter, so that many daemons do not retry at once. The caller
 * never waits.
 * Each failure is counted; the log has one line when failures begin and one when they are over.
 */
import type { DaemonLog } from '../daemon-log.ts';

export interface DeliveryOptions {
  /** Sends the state that is newest when it is called. Rejects if the server did not take it. */
  readonly send: (signal: AbortSignal) => Promise<void>;
  /** Address of the server without credentials, for the log. */
  readonly url: string;
  readonly log: DaemonLog;
  /** A random number from 0 to 1, for the jitter. */
  readonly random?: () => number;
}

/** The wait after the first failure; it doubles with each further failure. */
const LEAST_WAIT_MS = 1000;
const MOST_WAIT_MS = 60_000;
/** A server that fails now and then is reported no more often than this. */
const REPORT_EVERY_MS = 600_000;

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #stopping = new AbortController();
  #sending: Promise<void> | undefined;
  /** Set during the wait after a failure. */
  #timer: NodeJS.Timeout | undefined;
  /** The server does not have the newest state. */
  #isPending = false;
  #closing = false;
  #failures = 0;
  #failuresInARow = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  /** The failures that go on now are in the log. */
  #isReported = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Failed attempts since boot. */
  get failures(): number {
    return this.#failures;
  }

  /** Tells that there is something new to send. */
  wake(): void {
    this.#isPending = true;
    if (!this.#timer) this.#start();
  }

  /** Makes a last attempt to send a pending state, and resolves after `withinMs` at the latest. */
  async close(withinMs: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const timeout = setTimeout(() => this.#stopping.abort(), withinMs);
    await this.#sending;
    if (this.#isPending && !this.#stopping.signal.aborted) await this.#try();
    clearTimeout(timeout);
  }

  #start(): void {
    if (this.#sending || this.#closing) return;
    this.#sending = this.#try().finally(() => {
      this.#sending = undefined;
      if (this.#isPending && !this.#timer) this.#start();
    });
  }

  async #try(): Promise<void> {
    this.#isPending = false;
    try {
      await this.#options.send(this.#stopping.signal);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#succeeded();
  }

  #failed(error: unknown): void {
    this.#isPending = true;
    this.#failures++;
    this.#failuresInARow++;
    if (this.#closing) return;
    this.#report(error);
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

  #report(error: unknown): void {
    const now = performance.now();
    if (this.#failuresInARow > 1 || now - this.#reportedAt < REPORT_EVERY_MS) return;
    this.#reportedAt = now;
    this.#isReported = true;
    const { log, url } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ target: url, reason }, 'a push has failed; it is retried, and failures are counted');
  }

  #succeeded(): void {
    if (this.#isReported) {
      const { log, url } = this.#options;
      log.info({ target: url, failuresTotal: this.#failures }, 'pushes arrive again');
    }
    this.#isReported = false;
    this.#failuresInARow = 0;
  }
}
