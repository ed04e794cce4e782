/**
 * Ceilings: the greatest reading of each of the last closed blocks and of the open one, on every level that doubles. The
 * top of a series reaches a limit before its floor does, and how far it is above the floor differs from block to block.
 * Cost: O(1) amortised per slot.
 */
import type { FloatArena } from '../series/float-arena.ts';

/**
 * Closed blocks of a level whose tops are kept. With the open block these are five tops, and the next one lies between
 * the lowest and the highest of five in two cases of three; the other parts of a forecast's interval (forecast.ts) bring
 * the rest. In the last hour before the limit three hold 91 % of what comes, four 93 %, and six 94 % (measured by the
 * table of forecasts by the time that was left, `npm run bench:detection -- --tune`).
 */
export const KEPT_TOPS = 4;

// Offsets of a level's fields: the top of its open block without the finer blocks that are open, and of its closed
// blocks, the newest first.
const OPEN = 0;
const CLOSED = 1;
const FIELDS = CLOSED + KEPT_TOPS;

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
    for (let back = KEPT_TOPS - 1; back > 0; back--) tops[at + CLOSED + back] = tops[at + CLOSED + back - 1]!;
    tops[at + CLOSED] = top;
    tops[at + OPEN] = Number.NEGATIVE_INFINITY;
    const above = at + FIELDS + OPEN;
    if (level + 1 < this.#levels && top > tops[above]!) tops[above] = top;
  }

  /** The top of the block that closed `back` blocks before the last one, 0 to 3; -Infinity if nothing of it is known. */
  closed(level: number, back: number): number {
    return this.#tops[this.#at(level) + CLOSED + back]!;
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
