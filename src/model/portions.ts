/**
 * Work on thousands of processes or groups in portions. The caller resumes the work after each portion and may let
 * others run in between, so the core can be interrupted without knowing a clock or an event loop.
 */

/** Work that pauses after each portion and returns its result at the end. */
export type InPortions<Result> = Generator<undefined, Result, undefined>;

/**
 * Processes per portion: about a millisecond of work in the worst case, when all are new and no code is compiled yet.
 */
export const PORTION = 64;

/** Does `work` for each item, and pauses after each portion of so many. */
export function* forEach<Item>(items: Iterable<Item>, work: (item: Item) => void, portion = PORTION): InPortions<void> {
  let left = portion;
  for (const item of items) {
    work(item);
    if (--left > 0) continue;
    left = portion;
    yield;
  }
}

/** Does all the work at once. */
export function finish<Result>(work: InPortions<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
