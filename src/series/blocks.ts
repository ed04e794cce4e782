/**
 * One number of each of the last blocks of every level, in a ring a level, with what is remembered of those that have
 * left it. Numbers have 24 bits, which is one page in 64 GB. It lives in a part of its owner's memory: an array of its
 * own would cost 200 bytes a series.
 */

/** Per level, after the ring: */
/** Greatest number of this incarnation. */
const PEAK = 0;
/** ... among those that have left the ring. */
const PEAK_OUTSIDE = 1;
/** The deepest that a number ever fell below an earlier one; it outlives the incarnation. */
const DRAWDOWN = 2;
/** Least of this incarnation among those that have left the ring, and the highest that any of them ever rose above it. */
const LOW_OUTSIDE = 3;
const DRAWUP_OUTSIDE = 4;
const FIELDS = 5;

export class Blocks {
  /** Numbers that so many levels need. */
  static sizeOf(levels: number, ring: number): number {
    return levels * (ring + FIELDS);
  }

  readonly #data: Float32Array;
  readonly #from: number;
  readonly #ring: number;
  readonly #levels: number;
  /** Blocks closed so far, by level: kept by who closes them. */
  readonly #counts: Int32Array;

  /** @param from where in `data` its part begins, `sizeOf` numbers long */
  constructor(data: Float32Array, from: number, counts: Int32Array, ring: number) {
    this.#data = data;
    this.#from = from;
    this.#counts = counts;
    this.#ring = ring;
    this.#levels = counts.length;
    this.clear();
  }

  /** Begins another incarnation. */
  clear(): void {
    const data = this.#data;
    for (let level = 0; level < this.#levels; level++) {
      const at = this.#fields(level);
      data[at + PEAK] = Number.NEGATIVE_INFINITY;
      data[at + PEAK_OUTSIDE] = Number.NEGATIVE_INFINITY;
      data[at + LOW_OUTSIDE] = Number.POSITIVE_INFINITY;
      data[at + DRAWUP_OUTSIDE] = 0;
    }
  }

  /** How many of this level can be asked for. */
  kept(level: number): number {
    return Math.min(this.#ring, this.#counts[level]!);
  }

  /** @param back 0 = the block closed last; less than `kept(level)`. NaN = unknown */
  at(level: number, back: number): number {
    return this.#data[this.#at(level) + ((this.#counts[level]! - 1 - back) % this.#ring)]!;
  }

  /** Mean of the known ones among `count` of them, the newest of which is `back` blocks ago; NaN if none is known. */
  mean(level: number, back: number, count: number): number {
    let sum = 0;
    let known = 0;
    for (let at = Math.min(back + count, this.kept(level)) - 1; at >= back; at--) {
      const value = this.at(level, at);
      if (Number.isNaN(value)) continue;
      sum += value;
      known++;
    }
    return known === 0 ? Number.NaN : sum / known;
  }

  /** The greatest of this incarnation up to and including the block `back` blocks ago; -Infinity if there is none. */
  peakUntil(level: number, back: number): number {
    let peak = this.#data[this.#fields(level) + PEAK_OUTSIDE]!;
    for (let at = this.kept(level) - 1; at >= back; at--) {
      const value = this.at(level, at);
      if (value > peak) peak = value;
    }
    return peak;
  }

  /** How far this incarnation ever rose above what it had been, up to the block `back` blocks ago. */
  drawupUntil(level: number, back: number): number {
    const fields = this.#fields(level);
    let low = this.#data[fields + LOW_OUTSIDE]!;
    let drawup = this.#data[fields + DRAWUP_OUTSIDE]!;
    for (let at = this.kept(level) - 1; at >= back; at--) {
      const value = this.at(level, at);
      if (value < low) low = value;
      if (value - low > drawup) drawup = value - low;
    }
    return drawup;
  }

  /** The greatest of this incarnation. */
  peak(level: number): number {
    return this.#data[this.#fields(level) + PEAK]!;
  }

  /** How far this level has ever fallen below what it was, in this incarnation or an earlier one. */
  drawdown(level: number): number {
    return this.#data[this.#fields(level) + DRAWDOWN]!;
  }

  /** What was learned of it in another life of leakwatch. */
  learnDrawdown(level: number, drawdown: number): void {
    const at = this.#fields(level) + DRAWDOWN;
    if (drawdown > this.#data[at]!) this.#data[at] = drawdown;
  }

  /** Writes the number of the block that has just been counted. @param value NaN = unknown */
  close(level: number, value: number): void {
    const data = this.#data;
    const before = this.#counts[level]! - 1;
    const fields = this.#fields(level);
    const place = this.#at(level) + (before % this.#ring);
    if (before >= this.#ring) this.#leave(fields, data[place]!);
    data[place] = value;
    if (Number.isNaN(value)) return;
    const peak = Math.max(value, data[fields + PEAK]!);
    data[fields + PEAK] = peak;
    if (peak - value > data[fields + DRAWDOWN]!) data[fields + DRAWDOWN] = peak - value;
  }

  /** A number leaves the ring. NaN is neither above nor below. */
  #leave(fields: number, value: number): void {
    const data = this.#data;
    if (value > data[fields + PEAK_OUTSIDE]!) data[fields + PEAK_OUTSIDE] = value;
    if (value < data[fields + LOW_OUTSIDE]!) data[fields + LOW_OUTSIDE] = value;
    const drawup = value - data[fields + LOW_OUTSIDE]!;
    if (drawup > data[fields + DRAWUP_OUTSIDE]!) data[fields + DRAWUP_OUTSIDE] = drawup;
  }

  #at(level: number): number {
    return this.#from + level * (this.#ring + FIELDS);
  }

  #fields(level: number): number {
    return this.#at(level) + this.#ring;
  }
}
