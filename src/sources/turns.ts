/**
 * Slices long work so that the event loop gets a turn after each millisecond, and a scrape is answered meanwhile:
 *
 *   for (...) {
 *     work();
 *     if (turns.over()) await turns.next();
 *   }
 *   await turns.take(workInPortions)
 */
import { setImmediate } from 'node:timers/promises';
import type { InPortions } from '../model/portions.ts';

const SLICE_MS = 1;
/** Calls of `over` per reading of the clock (a power of 2): reading it takes longer than some of the work. */
const ASK_EVERY = 8;

export class Turns {
  #begun = performance.now();
  #asked = 0;

  /** Is this slice used up? Answers by the clock only every eighth time. */
  over(): boolean {
    return (++this.#asked & (ASK_EVERY - 1)) === 0 && this.#isOver();
  }

  /** Runs work that is given in portions, with a turn for others when a slice is used up. */
  async take<Result>(work: InPortions<Result>): Promise<Result> {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      if (this.#isOver()) await this.next();
    }
  }

  /** Lets the event loop run; resolves when it is our turn again. */
  async next(): Promise<void> {
    await setImmediate();
    this.#begun = performance.now();
  }

  #isOver(): boolean {
    return performance.now() - this.#begun > SLICE_MS;
  }
}
