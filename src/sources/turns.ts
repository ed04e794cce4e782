/**
 * Work on many processes, done in slices so short that a scrape which arrives meanwhile hardly notices:
 *
 *   for (...) {
 *     work();
 *     if (turns.over()) await turns.next();
 *   }
 */
import { setImmediate } from 'node:timers/promises';

/** A slice, in milliseconds. */
const SLICE_MS = 1;
/** The clock is asked once in this many times (a power of 2): asking takes longer than some of the work. */
const ASK_EVERY = 8;

export class Turns {
  #begun = performance.now();
  #asked = 0;

  /** Has this slice lasted long enough? */
  over(): boolean {
    return (++this.#asked & (ASK_EVERY - 1)) === 0 && performance.now() - this.#begun > SLICE_MS;
  }

  /** Everybody else's turn; resolves when it is ours again. */
  async next(): Promise<void> {
    await setImmediate();
    this.#begun = performance.now();
  }
}
