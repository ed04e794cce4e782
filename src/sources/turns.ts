/**
 * Work on many processes, done in slices so short that a scrape which arrives meanwhile hardly notices:
 *
 *   for (...) {
 *     work();
 *     if (turns.over()) await turns.next();
 *   }
 *   await turns.take(work in portions)
 */
import { setImmediate } from 'node:timers/promises';
import type { InPortions } from '../model/portions.ts';

/** A slice, in milliseconds. */
const SLICE_MS = 1;
/** The clock is asked once in this many times (a power of 2): asking takes longer than some of the work. */
const ASK_EVERY = 8;

export class Turns {
  #begun = performance.now();
  #asked = 0;

  /** Has this slice lasted long enough? */
  over(): boolean {
    return (++this.#asked & (ASK_EVERY - 1)) === 0 && this.#isOver();
  }

  /** Does what the core has to do in portions. */
  async take<Result>(work: InPortions<Result>): Promise<Result> {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      if (this.#isOver()) await this.next();
    }
  }

  /** Everybody else's turn; resolves when it is ours again. */
  async next(): Promise<void> {
    await setImmediate();
    this.#begun = performance.now();
  }

  #isOver(): boolean {
    return performance.now() - this.#begun > SLICE_MS;
  }
}
