/**
 * Ceilings: the greatest reading of the last closed block and of the open one, on every level that doubles. The top of
 * a series reaches a limit before its floor does. Cost: O(1) amortised per slot.
 */
import type { FloatArena } from '../series/float-arena.ts';

// Offsets of a level's fields: the top of its open block without the finer blocks that are open, and of its last closed
// block.
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

  /** @param levels whose blocks double: each is two blocks of the level below it */
  constructor(levels: number, arena: FloatArena) {
    this.#tops = arena.all;
    this.#from = arena.take(Ceilings.sizeOf(levels));
    this.#levels = levels;
    this.clear();
  }

  clear(): void {
    this.#tops.fill(Number.NEGATIVE_INFINITY, this.#from, this.#at(this.#levels));
  }

  /** @param value a reading that the series does not hold yet */
  add(value: number): void {
    const open = this.#from + OPEN;
    if (value > this.#tops[open]!) this.#tops[open] = value;
  }

  /** A block of this level ends; finer levels have been closed before. */
  blockClosed(level: number): void {
    const tops = this.#tops;
    const at = this.#at(level);
    const top = tops[at + OPEN]!;
    tops[at + CLOSED] = top;
    tops[at + OPEN] = Number.NEGATIVE_INFINITY;
    const above = at + FIELDS + OPEN;
    if (level + 1 < this.#levels && top > tops[above]!) tops[above] = top;
  }

  /** The top of the last closed block; -Infinity if nothing of it is known. */
  closed(level: number): number {
    return this.#tops[this.#at(level) + CLOSED]!;
  }

  /** The top of the open block. */
  open(level: number): number {
    let top = Number.NEGATIVE_INFINITY;
    for (let finer = 0; finer <= level; finer++) top = Math.max(top, this.#tops[this.#at(finer) + OPEN]!);
    return top;
  }

  #at(level: number): number {
    return this.#from + level * FIELDS;
  }
}
