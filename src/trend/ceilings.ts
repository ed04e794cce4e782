/**
 * Ceilings: the greatest reading of the last closed block and of the one that is open, on every scale of the floors. What
 * reaches a limit first is the top of a series, which its floors know nothing of. O(1) amortised.
 */
import type { FloatArena } from '../series/float-arena.ts';

/** Per level: of the open block, as far as no finer block is open, and of the last closed one. */
const OPEN = 0;
const CLOSED = 1;
const FIELDS = 2;

export class Ceilings {
  /** Floats that it takes from the arena. */
  static sizeOf(levels: number): number {
    return levels * FIELDS;
  }

  readonly #tops: Float32Array;
  readonly #from: number;
  readonly #levels: number;

  /** @param levels that double, each of two blocks of the one below it */
  constructor(levels: number, arena: FloatArena) {
    this.#tops = arena.all;
    this.#from = arena.take(Ceilings.sizeOf(levels));
    this.#levels = levels;
    this.clear();
  }

  clear(): void {
    this.#tops.fill(Number.NEGATIVE_INFINITY, this.#from, this.#at(this.#levels));
  }

  /** To be told of each reading before the series is. */
  add(value: number): void {
    const open = this.#from + OPEN;
    if (value > this.#tops[open]!) this.#tops[open] = value;
  }

  /** To be called for each level that closes a block, lowest first. */
  blockClosed(level: number): void {
    const tops = this.#tops;
    const at = this.#at(level);
    const top = tops[at + OPEN]!;
    tops[at + CLOSED] = top;
    tops[at + OPEN] = Number.NEGATIVE_INFINITY;
    const above = at + FIELDS + OPEN;
    if (level + 1 < this.#levels && top > tops[above]!) tops[above] = top;
  }

  /** Of the last closed block; -Infinity if nothing of it is known. */
  closed(level: number): number {
    return this.#tops[this.#at(level) + CLOSED]!;
  }

  /** Of the block that is open. */
  open(level: number): number {
    let top = Number.NEGATIVE_INFINITY;
    for (let finer = 0; finer <= level; finer++) top = Math.max(top, this.#tops[this.#at(finer) + OPEN]!);
    return top;
  }

  #at(level: number): number {
    return this.#from + level * FIELDS;
  }
}
