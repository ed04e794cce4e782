/**
 * A series in blocks of time, on all scales at once: of each block its floor, the least of its readings, from which
 * garbage collection, bursts and pools that breathe vanish; and its mean, from which noise vanishes that has no floor.
 * O(1) amortised a slot; no allocation after construction.
 */
import { Blocks } from './blocks.ts';
import { type Scale, scaleOf } from './scale.ts';

/** Floors kept of each level: a window of twenty and what smoothing needs before it; a line is drawn through all. */
export const KEPT = 32;
/** Means kept of each level: a window of twelve and what smoothing needs before it. */
export const KEPT_MEANS = 13;

/** Per level: what the block that is open holds. */
const LEAST = 0;
const SUM = 1;
const KNOWN = 2;
const FIELDS = 3;

export class Floors {
  readonly scale: Scale;
  readonly floors: Blocks;
  readonly means: Blocks;
  readonly #counts: Int32Array;
  /** The open blocks, and after them the closed ones. */
  readonly #open: Float32Array;
  #slots = 0;
  /** Of the day that is open: it is summed up from slots, four thousand of them, and would lose digits. */
  #daySum = 0;

  constructor(intervalSeconds: number) {
    this.scale = scaleOf(intervalSeconds);
    const levels = this.scale.sizes.length;
    const open = levels * FIELDS;
    const floors = Blocks.sizeOf(levels, KEPT);
    const means = Blocks.sizeOf(levels, KEPT_MEANS);
    this.#counts = new Int32Array(levels);
    this.#open = new Float32Array(open + floors + means);
    this.floors = new Blocks(this.#open, open, this.#counts, KEPT);
    this.means = new Blocks(this.#open, open + floors, this.#counts, KEPT_MEANS);
    this.clear();
  }

  get levels(): number {
    return this.#counts.length;
  }

  /** Slots seen in this incarnation, unknown ones included. */
  get slots(): number {
    return this.#slots;
  }

  /** Begins another incarnation: all is forgotten but how deep each level ever fell. */
  clear(): void {
    this.#slots = 0;
    this.#daySum = 0;
    this.#counts.fill(0);
    this.floors.clear();
    this.means.clear();
    for (let level = 0; level < this.levels; level++) this.#empty(level);
  }

  /**
   * Adds the next slot.
   * @param value the least reading of the slot; NaN = unknown
   * @param closed is told of each level that closes a block, lowest first
   */
  push(value: number, closed: (level: number) => void): void {
    const { doublings, day } = this.scale;
    const open = this.#open;
    this.#slots++;
    const isKnown = !Number.isNaN(value);
    let least = isKnown ? value : Number.POSITIVE_INFINITY;
    let sum = isKnown ? value : 0;
    let known = isKnown ? 1 : 0;
    const today = doublings * FIELDS;
    if (least < open[today + LEAST]!) open[today + LEAST] = least;
    open[today + KNOWN] = open[today + KNOWN]! + known;
    this.#daySum += sum;
    for (let level = 0; level < doublings; level++) {
      const at = level * FIELDS;
      least = Math.min(least, open[at + LEAST]!);
      sum += open[at + SUM]!;
      known += open[at + KNOWN]!;
      if ((this.#slots & ((1 << level) - 1)) !== 0) {
        open[at + LEAST] = least;
        open[at + SUM] = sum;
        open[at + KNOWN] = known;
        break;
      }
      this.#close(level, least, sum, known, closed);
    }
    if (this.#slots % day === 0) this.#closeDay(closed);
  }

  /** Blocks that this level has closed; the last ones are kept. */
  count(level: number): number {
    return this.#counts[level]!;
  }

  /** Slots of a block of this level. */
  size(level: number): number {
    return this.scale.sizes[level]!;
  }

  /** How many floors of this level can be asked for. */
  kept(level: number): number {
    return this.floors.kept(level);
  }

  /** @param back 0 = the block closed last; less than `kept(level)`. NaN = unknown */
  floor(level: number, back: number): number {
    return this.floors.at(level, back);
  }

  /** The level on which all that this incarnation has seen fits into the ring: its whole life in 15 to 32 blocks. */
  lifeLevel(): number {
    let level = 0;
    while (level < this.levels - 1 && this.count(level) > KEPT) level++;
    return level;
  }

  #closeDay(closed: (level: number) => void): void {
    const { doublings, sizes, day } = this.scale;
    let least = this.#open[doublings * FIELDS + LEAST]!;
    let known = this.#open[doublings * FIELDS + KNOWN]!;
    let sum = this.#daySum;
    this.#daySum = 0;
    for (let level = doublings; level < sizes.length; level++) {
      const at = level * FIELDS;
      if (level > doublings) {
        least = Math.min(least, this.#open[at + LEAST]!);
        sum += this.#open[at + SUM]!;
        known += this.#open[at + KNOWN]!;
        if ((this.#slots / day) % (sizes[level]! / day) !== 0) {
          this.#open[at + LEAST] = least;
          this.#open[at + SUM] = sum;
          this.#open[at + KNOWN] = known;
          return;
        }
      }
      this.#close(level, least, sum, known, closed);
    }
  }

  #close(level: number, least: number, sum: number, known: number, closed: (level: number) => void): void {
    this.#empty(level);
    this.#counts[level] = this.#counts[level]! + 1;
    // A block of which less than half is known has no floor: it might have been lower.
    const isKnown = 2 * known >= this.size(level);
    this.floors.close(level, isKnown ? least : Number.NaN);
    this.means.close(level, isKnown ? sum / known : Number.NaN);
    closed(level);
  }

  #empty(level: number): void {
    const at = level * FIELDS;
    this.#open[at + LEAST] = Number.POSITIVE_INFINITY;
    this.#open[at + SUM] = 0;
    this.#open[at + KNOWN] = 0;
  }
}
