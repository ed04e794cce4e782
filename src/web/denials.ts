/**
 * Denied logins. Their number is told in the log once a minute, and an address that goes on guessing waits longer and
 * longer for each answer. Only wrong passwords wait: whoever else comes from the same address is let in at once.
 *
 *   denials of an address   1  2  3  4    5    6   7   8   9   10 ...
 *   wait before the answer  0  0  0  0.5  1 s  2   4   8   16  16 s
 */
import type { DaemonLog } from '../sinks/daemon-log.ts';
import { printable } from '../text/printable.ts';
import { addressBlock } from './address-block.ts';

/** Chosen: somebody who has forgotten which of three passwords it was is not delayed. */
const FREE_DENIALS = 3;
const FIRST_WAIT_MS = 500;
/** Chosen: less than the 30 s after which a connection in silence is closed. */
const LONGEST_WAIT_MS = 16_000;
/** Chosen: after this time without a denial an address begins anew. */
const FORGOTTEN_AFTER_MS = 15 * 60_000;
/** Chosen: more addresses than guess at a time; beyond this number the one that was seen longest ago is forgotten. */
const MOST_ADDRESSES = 1000;
/** Answers that are held back. Each holds a connection, so beyond this number the oldest is sent. */
const MOST_HELD = 32;
const TOLD_EVERY_MS = 60_000;

/** A login that was denied. */
export interface Denial {
  readonly address: string;
  /** Undefined for a token. */
  readonly name?: string;
}

export class Denials {
  readonly #log: DaemonLog;
  readonly #byAddress = new Map<string, { readonly at: number; readonly times: number }>();
  readonly #held = new Set<() => void>();
  #untold = 0;
  #last: Denial | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(log: DaemonLog) {
    this.#log = log;
  }

  /** @param now as performance.now() */
  count(denial: Denial, now: number): void {
    this.#untold++;
    this.#last = denial;
    this.tell(now);
  }

  /** Writes the line, if there is something to tell and the last line is a minute old. */
  tell(now: number): void {
    if (this.#untold === 0 || now - this.#toldAt < TOLD_EVERY_MS || !this.#last) return;
    const { address, name } = this.#last;
    const user = name === undefined ? {} : { user: printable(name) };
    this.#log.warn({ denied: this.#untold, address, ...user }, 'logins were denied; the last of them is named');
    this.#toldAt = now;
    this.#untold = 0;
  }

  /** Resolves when the answer may be sent. */
  async hold(address: string, now: number): Promise<void> {
    const block = addressBlock(address);
    const known = this.#byAddress.get(block);
    const times = (known && now - known.at < FORGOTTEN_AFTER_MS ? known.times : 0) + 1;
    this.#byAddress.delete(block);
    this.#byAddress.set(block, { at: now, times });
    if (this.#byAddress.size > MOST_ADDRESSES) this.#byAddress.delete(this.#byAddress.keys().next().value!);
    if (times <= FREE_DENIALS) return;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(times - FREE_DENIALS - 1, 10));
    await new Promise<void>((resolve) => {
      const send = (): void => {
        clearTimeout(timer);
        this.#held.delete(send);
        resolve();
      };
      const timer = setTimeout(send, waitMs).unref();
      this.#held.add(send);
      if (this.#held.size > MOST_HELD) this.#held.values().next().value!();
    });
  }
}
