/**
 * Floors: the least value of each block of time, on eleven scales at once. A block of level k spans 2^k slots, and its
 * floor is the lesser of the two blocks below it, so that garbage collection, bursts and pools that breathe vanish from
 * every level whose blocks are longer than they are. One flat array a series, 3.3 KB; O(1) amortised a slot; no
 * allocation after construction.
 */

export const LEVELS = 11;
/** Blocks kept of each level: two windows of twelve and what smoothing needs before them. */
export const KEPT = 32;

/** Per level, after the ring of floors: */
const PARTIAL_MINIMUM = 0;
const PARTIAL_KNOWN = 1;
/** Greatest floor ever, and the deepest that the floor ever fell below an earlier one. */
const PEAK = 2;
const DRAWDOWN = 3;
/** Greatest floor among those that have left the ring. */
const PEAK_OUTSIDE = 4;
const FIELDS = 5;
const STRIDE = KEPT + FIELDS;

export class Floors {
  readonly #data = new Float64Array(LEVELS * STRIDE);
  #slots = 0;

  constructor() {
    this.clear();
  }

  /** Slots seen since the beginning, unknown ones included. */
  get slots(): number {
    return this.#slots;
  }

  clear(): void {
    this.#slots = 0;
    this.#data.fill(0);
    for (let level = 0; level < LEVELS; level++) {
      const at = level * STRIDE + KEPT;
      this.#data[at + PARTIAL_MINIMUM] = Number.POSITIVE_INFINITY;
      this.#data[at + PEAK] = Number.NEGATIVE_INFINITY;
      this.#data[at + PEAK_OUTSIDE] = Number.NEGATIVE_INFINITY;
    }
  }

  /**
   * Adds the next slot.
   * @param value the least reading of the slot; NaN = unknown
   * @returns the highest level that has just closed a block; all levels below it have too
   */
  push(value: number): number {
    const data = this.#data;
    this.#slots++;
    let minimum = Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
    let known = Number.isNaN(value) ? 0 : 1;
    let level = 0;
    // A shift where a power would say it too: every slot comes by here twice, and a power is a call (50 ns a slot).
    for (; level < LEVELS; level++) {
      const at = level * STRIDE + KEPT;
      minimum = Math.min(minimum, data[at + PARTIAL_MINIMUM]!);
      known += data[at + PARTIAL_KNOWN]!;
      if (this.#slots % (1 << level) !== 0) {
        data[at + PARTIAL_MINIMUM] = minimum;
        data[at + PARTIAL_KNOWN] = known;
        break;
      }
      data[at + PARTIAL_MINIMUM] = Number.POSITIVE_INFINITY;
      data[at + PARTIAL_KNOWN] = 0;
      // A block of which less than half is known has no floor: it might have been lower.
      this.#close(level, 2 * known >= 1 << level ? minimum : Number.NaN);
    }
    return level - 1;
  }

  /** Blocks that this level has closed; the last `KEPT` of them are kept. */
  count(level: number): number {
    return this.#slots >> level;
  }

  /** How many floors of this level can be asked for. */
  kept(level: number): number {
    return Math.min(KEPT, this.count(level));
  }

  /** @param back 0 = the block closed last; less than `kept(level)`. NaN = unknown */
  floor(level: number, back: number): number {
    return this.#data[level * STRIDE + ((this.count(level) - 1 - back) % KEPT)]!;
  }

  /** Mean of the known floors among `count` of them, the newest of which is `back` blocks ago; NaN if none is known. */
  mean(level: number, back: number, count: number): number {
    let sum = 0;
    let known = 0;
    for (let at = Math.min(back + count, this.kept(level)) - 1; at >= back; at--) {
      const floor = this.floor(level, at);
      if (Number.isNaN(floor)) continue;
      sum += floor;
      known++;
    }
    return known === 0 ? Number.NaN : sum / known;
  }

  /** Greatest floor of all time up to and including the block `back` blocks ago; -Infinity if there is none. */
  peakUntil(level: number, back: number): number {
    let peak = this.#data[level * STRIDE + KEPT + PEAK_OUTSIDE]!;
    for (let at = this.kept(level) - 1; at >= back; at--) {
      const floor = this.floor(level, at);
      if (floor > peak) peak = floor;
    }
    return peak;
  }

  /** How far the floor of this level has ever fallen below an earlier floor. */
  drawdown(level: number): number {
    return this.#data[level * STRIDE + KEPT + DRAWDOWN]!;
  }

  /** The level on which all that was ever seen fits into the ring: the whole life in 16 to 32 blocks. */
  lifeLevel(): number {
    let level = 0;
    while (level < LEVELS - 1 && this.count(level) > KEPT) level++;
    return level;
  }

  #close(level: number, floor: number): void {
    const data = this.#data;
    const at = level * STRIDE;
    const before = this.count(level) - 1;
    const place = at + (before % KEPT);
    if (before >= KEPT && data[place]! > data[at + KEPT + PEAK_OUTSIDE]!) data[at + KEPT + PEAK_OUTSIDE] = data[place]!;
    data[place] = floor;
    if (Number.isNaN(floor)) return;
    const peak = Math.max(floor, data[at + KEPT + PEAK]!);
    data[at + KEPT + PEAK] = peak;
    if (peak - floor > data[at + KEPT + DRAWDOWN]!) data[at + KEPT + DRAWDOWN] = peak - floor;
  }
}
