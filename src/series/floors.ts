/**
 * A series in blocks of time, on all scales at once. Of each block two values are kept: its floor (the least reading),
 * which garbage collection, bursts and pools that breathe do not move, and its mean, in which noise averages out.
 * Cost: O(1) amortised per slot; no allocation after construction.
 */
import { Blocks } from './blocks.ts';
import { FloatArena } from './float-arena.ts';
import { type Scale, scaleOf } from './scale.ts';

/**
 * Floors kept of each level: the sign track needs 20 increments and 4 floors before them (`trend/guards.ts`); a line is
 * drawn through all 32. A whole life is seen in 15 to 32 blocks.
 */
export const KEPT = 32;
/** Means kept of each level: the rank track needs 11 increments and 2 means before them (`trend/guards.ts`). */
export const KEPT_MEANS = 13;

/** A block of which less than this share is known has no floor and no mean: it might have been lower. */
const LEAST_KNOWN_SHARE = 0.5;

// Offsets of the fields of a level's open block: least reading, sum and number of the known ones.
const LEAST = 0;
const SUM = 1;
const KNOWN = 2;
const FIELDS = 3;

/** An object and not a function: a closure for each series would cost 100 bytes. */
export interface BlockListener {
  /** Called for each level whose block ends, finest level first. */
  blockClosed(level: number): void;
}

export class Floors {
  /** Floats that it takes from the arena. */
  static sizeOf({ sizes: { length }, finestJudged }: Scale): number {
    return length * FIELDS + Blocks.sizeOf(length, KEPT) + Blocks.sizeOf(length - finestJudged, KEPT_MEANS);
  }

  readonly scale: Scale;
  readonly floors: Blocks;
  /** Kept for the levels that verdicts look at. */
  readonly means: Blocks;
  /** The arena; the open blocks begin at `from`. */
  readonly #open: Float32Array;
  readonly #from: number;
  #slots = 0;
  /** Levels below this one have closed the block that ends with the newest slot. */
  #upToDate: number;
  /** Sum of the open day, in 64 bits: the sum of four thousand slots would lose digits in 24. */
  #daySum = 0;

  constructor(intervalSeconds: number, arena = new FloatArena(Floors.sizeOf(scaleOf(intervalSeconds)))) {
    this.scale = scaleOf(intervalSeconds);
    const { levels } = this;
    this.#upToDate = levels;
    this.#open = arena.all;
    this.#from = arena.take(levels * FIELDS);
    this.floors = new Blocks(this, 0, KEPT, arena, this.scale.finestJudged);
    this.means = new Blocks(this, this.scale.finestJudged, KEPT_MEANS, arena);
    this.clear();
  }

  get levels(): number {
    return this.scale.sizes.length;
  }

  /** Slots seen in this incarnation, unknown ones included. */
  get slots(): number {
    return this.#slots;
  }

  /** Begins another incarnation: everything is forgotten except the deepest fall of each level. */
  clear(): void {
    this.#slots = 0;
    this.#daySum = 0;
    this.floors.clear();
    this.means.clear();
    for (let level = 0; level < this.levels; level++) this.#empty(level);
  }

  /**
   * Adds the next slot.
   * @param value the least reading of the slot; NaN = unknown
   */
  push(value: number, listener: BlockListener): void {
    const { doublings, day } = this.scale;
    const open = this.#open;
    this.#slots++;
    this.#upToDate = 0;
    const isKnown = !Number.isNaN(value);
    let least = isKnown ? value : Number.POSITIVE_INFINITY;
    let sum = isKnown ? value : 0;
    let known = isKnown ? 1 : 0;
    const today = this.#at(doublings);
    open[today + KNOWN] = open[today + KNOWN]! + known;
    this.#daySum += sum;
    for (let level = 0; level < doublings; level++) {
      const at = this.#at(level);
      least = Math.min(least, open[at + LEAST]!);
      sum += open[at + SUM]!;
      known += open[at + KNOWN]!;
      if ((this.#slots & ((1 << level) - 1)) !== 0) {
        open[at + LEAST] = least;
        open[at + SUM] = sum;
        open[at + KNOWN] = known;
        break;
      }
      this.#close(level, least, sum, known, listener);
    }
    if (this.#slots % day === 0) this.#closeDay(listener);
    this.#upToDate = this.levels;
  }

  /** Number of blocks that this level has closed, those that are no longer kept included. */
  count(level: number): number {
    const { doublings, sizes } = this.scale;
    const slots = level < this.#upToDate ? this.#slots : this.#slots - 1;
    return level < doublings ? slots >> level : Math.floor(slots / sizes[level]!);
  }

  /** Slots of a block of this level. */
  size(level: number): number {
    return this.scale.sizes[level]!;
  }

  /** Number of floors of this level that can be asked for. */
  kept(level: number): number {
    return this.floors.kept(level);
  }

  /** @param back 0 = the block closed last; less than `kept(level)`. NaN = unknown */
  floor(level: number, back: number): number {
    return this.floors.at(level, back);
  }

  /** The finest level whose ring holds the whole life of this incarnation. */
  lifeLevel(): number {
    let level = 0;
    while (level < this.levels - 1 && this.count(level) > KEPT) level++;
    return level;
  }

  #closeDay(listener: BlockListener): void {
    const { doublings, sizes, day } = this.scale;
    const today = this.#at(doublings);
    let least = this.#usualLow();
    let known = this.#open[today + KNOWN]!;
    let sum = this.#daySum;
    this.#daySum = 0;
    for (let level = doublings; level < sizes.length; level++) {
      const at = this.#at(level);
      if (level > doublings) {
        const before = this.#open[at + LEAST]!;
        // Of two days the mean, where both are known: a day of dips does not stand for both.
        if (Number.isFinite(before)) least = Number.isNaN(least) ? before : (least + before) / 2;
        sum += this.#open[at + SUM]!;
        known += this.#open[at + KNOWN]!;
        if ((this.#slots / day) % (sizes[level]! / day) !== 0) {
          this.#open[at + LEAST] = least;
          this.#open[at + SUM] = sum;
          this.#open[at + KNOWN] = known;
          return;
        }
      }
      this.#close(level, least, sum, known, listener);
    }
  }

  /** The lower quartile of the means of the newest day: dips of a few hours, of a reload or a backup, do not move it. */
  #usualLow(): number {
    const { dayPart, day, sizes } = this.scale;
    const parts: number[] = [];
    const count = Math.min(this.means.kept(dayPart), Math.floor(day / sizes[dayPart]!));
    for (let back = 0; back < count; back++) {
      const mean = this.means.at(dayPart, back);
      if (!Number.isNaN(mean)) parts.push(mean);
    }
    return parts.sort((a, b) => a - b)[Math.floor(parts.length / 4)] ?? Number.NaN;
  }

  #close(level: number, least: number, sum: number, known: number, listener: BlockListener): void {
    this.#empty(level);
    this.#upToDate = level + 1;
    const isKnown = known >= LEAST_KNOWN_SHARE * this.size(level);
    this.floors.close(level, isKnown ? least : Number.NaN);
    if (level >= this.means.finest) this.means.close(level, isKnown ? sum / known : Number.NaN);
    listener.blockClosed(level);
  }

  #empty(level: number): void {
    const at = this.#at(level);
    this.#open[at + LEAST] = Number.POSITIVE_INFINITY;
    this.#open[at + SUM] = 0;
    this.#open[at + KNOWN] = 0;
  }

  #at(level: number): number {
    return this.#from + level * FIELDS;
  }
}
