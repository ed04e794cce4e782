/**
 * Work on thousands of processes, or on many groups, in portions: whoever drives it decides whether others get a turn in
 * between. So the core needs neither clock nor event loop to be interrupted.
 */

/** Work that stands still after each portion, and gives its result at its end. */
export type InPortions<Result> = Generator<undefined, Result, undefined>;

/** Processes in a portion: a millisecond of work, where all of them are new and nothing is compiled yet. */
export const PORTION = 64;

/** Does the same for each of many. */
export function* forEach<Item>(items: Iterable<Item>, work: (item: Item) => void): InPortions<void> {
  let left = PORTION;
  for (const item of items) {
    work(item);
    if (--left > 0) continue;
    left = PORTION;
    yield;
  }
}

/** All of it at once. */
export function finish<Result>(work: InPortions<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
