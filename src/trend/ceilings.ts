/**
 * Ceilings: the greatest reading of the last closed block and of the one that is open, on every scale of the floors. What
 * reaches a limit first is the top of a series, which its floors know nothing of. 96 bytes a series; O(1) amortised.
 */
export class Ceilings {
  /** Per level: of the open block, as far as no finer block is open, and of the last closed one. */
  readonly #tops: Float32Array;

  /** @param levels that double, each of two blocks of the one below it */
  constructor(levels: number) {
    this.#tops = new Float32Array(2 * levels).fill(Number.NEGATIVE_INFINITY);
  }

  clear(): void {
    this.#tops.fill(Number.NEGATIVE_INFINITY);
  }

  /** To be told of each reading before the series is. */
  add(value: number): void {
    if (value > this.#tops[0]!) this.#tops[0] = value;
  }

  /** To be called for each level that closes a block, lowest first. */
  blockClosed(level: number): void {
    const tops = this.#tops;
    const open = 2 * level;
    const top = tops[open]!;
    tops[open + 1] = top;
    tops[open] = Number.NEGATIVE_INFINITY;
    if (open + 2 < tops.length && top > tops[open + 2]!) tops[open + 2] = top;
  }

  /** Of the last closed block; -Infinity if nothing of it is known. */
  closed(level: number): number {
    return this.#tops[2 * level + 1]!;
  }

  /** Of the block that is open. */
  open(level: number): number {
    let top = Number.NEGATIVE_INFINITY;
    for (let at = 0; at <= level; at++) top = Math.max(top, this.#tops[2 * at]!);
    return top;
  }
}
