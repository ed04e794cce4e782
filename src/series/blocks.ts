/**
 * One value (floor or mean) of each of the last blocks of every level, in a ring for each level. Of the values that
 * have left the ring, extremes are kept.
 */
import type { FloatArena } from './float-arena.ts';

// Offsets of a level's fields, which follow its ring.
/** Greatest value of this incarnation. */
const PEAK = 0;
/** Greatest value of this incarnation that has left the ring. */
const PEAK_OUTSIDE = 1;
/** Deepest fall of a value below an earlier one, of this incarnation and those before it. */
const DRAWDOWN = 2;
/**
 * Least value of this incarnation that has left the ring, and the highest rise of such a value above an earlier one.
 */
const LOW_OUTSIDE = 3;
const DRAWUP_OUTSIDE = 4;
const FIELDS = 5;

/** Counts the closed blocks. */
export interface Closer {
  readonly levels: number;
  /** Blocks of this level that have been closed. */
  count(level: number): number;
}

export class Blocks {
  /** Floats that it takes from the arena. */
  static sizeOf(levels: number, ring: number): number {
    return levels * (ring + FIELDS);
  }

  /** Nothing is kept of finer levels, and nothing may be asked of them. */
  readonly finest: number;
  /** From this level on a fall must last to count. */
  readonly #patientFrom: number;
  readonly #data: Float32Array;
  readonly #from: number;
  readonly #ring: number;
  readonly #closer: Closer;

  constructor(closer: Closer, finest: number, ring: number, arena: FloatArena, patientFrom = finest) {
    this.finest = finest;
    this.#patientFrom = patientFrom;
    this.#data = arena.all;
    this.#from = arena.take(Blocks.sizeOf(closer.levels - finest, ring));
    this.#ring = ring;
    this.#closer = closer;
    this.clear();
  }

  /** Begins another incarnation. */
  clear(): void {
    const data = this.#data;
    for (let level = this.finest; level < this.#closer.levels; level++) {
      const at = this.#fields(level);
      data[at + PEAK] = Number.NEGATIVE_INFINITY;
      data[at + PEAK_OUTSIDE] = Number.NEGATIVE_INFINITY;
      data[at + LOW_OUTSIDE] = Number.POSITIVE_INFINITY;
      data[at + DRAWUP_OUTSIDE] = 0;
    }
  }

  /** Number of blocks of this level that can be asked for. */
  kept(level: number): number {
    return Math.min(this.#ring, this.#closer.count(level));
  }

  /** @param back 0 = the block closed last; less than `kept(level)`. NaN = unknown */
  at(level: number, back: number): number {
    return this.#data[this.#at(level) + ((this.#closer.count(level) - 1 - back) % this.#ring)]!;
  }

  /** Fills `window` with the last blocks, oldest first. It must not be longer than `kept(level)`. */
  read(level: number, window: Float64Array): void {
    const data = this.#data;
    const from = this.#at(level);
    const ring = this.#ring;
    let place = (this.#closer.count(level) - window.length) % ring;
    for (let at = 0; at < window.length; at++) {
      window[at] = data[from + place]!;
      if (++place === ring) place = 0;
    }
  }

  /** Mean of the known values of `count` blocks that end `back` blocks ago; NaN if none is known. */
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

  /** The greatest value of this incarnation up to the block `back` blocks ago, with it; -Infinity if there is none. */
  peakUntil(level: number, back: number): number {
    let peak = this.#data[this.#fields(level) + PEAK_OUTSIDE]!;
    for (let at = this.kept(level) - 1; at >= back; at--) {
      const value = this.at(level, at);
      if (value > peak) peak = value;
    }
    return peak;
  }

  /** The highest rise of this incarnation above an earlier value, up to the block `back` blocks ago. */
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

  /** The deepest fall of this level below an earlier value, in this incarnation or an earlier one. */
  drawdown(level: number): number {
    return this.#data[this.#fields(level) + DRAWDOWN]!;
  }

  /** A drawdown that leakwatch learned before it was restarted. */
  learnDrawdown(level: number, drawdown: number): void {
    const at = this.#fields(level) + DRAWDOWN;
    if (drawdown > this.#data[at]!) this.#data[at] = drawdown;
  }

  /** Stores the value of the block that `Closer` has just counted. @param value NaN = unknown */
  close(level: number, value: number): void {
    const data = this.#data;
    const before = this.#closer.count(level) - 1;
    const fields = this.#fields(level);
    const place = this.#at(level) + (before % this.#ring);
    if (before >= this.#ring) this.#leave(fields, data[place]!);
    data[place] = value;
    if (Number.isNaN(value)) return;
    const peak = Math.max(value, data[fields + PEAK]!);
    data[fields + PEAK] = peak;
    // A fall that the next two blocks make good is a dip, and nothing that a rise has to exceed.
    const kept = level < this.#patientFrom ? value : Math.max(value, this.#before(level, 1), this.#before(level, 2));
    const fall = peak - kept;
    if (fall > data[fields + DRAWDOWN]!) data[fields + DRAWDOWN] = fall;
  }

  /** The value so many blocks before the newest one; -Infinity if it is unknown. */
  #before(level: number, back: number): number {
    if (back >= this.kept(level)) return Number.NEGATIVE_INFINITY;
    const value = this.at(level, back);
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  }

  /** A value leaves the ring. Comparisons with NaN are false, so an unknown one changes nothing. */
  #leave(fields: number, value: number): void {
    const data = this.#data;
    if (value > data[fields + PEAK_OUTSIDE]!) data[fields + PEAK_OUTSIDE] = value;
    if (value < data[fields + LOW_OUTSIDE]!) data[fields + LOW_OUTSIDE] = value;
    const drawup = value - data[fields + LOW_OUTSIDE]!;
    if (drawup > data[fields + DRAWUP_OUTSIDE]!) data[fields + DRAWUP_OUTSIDE] = drawup;
  }

  #at(level: number): number {
    return this.#from + (level - this.finest) * (this.#ring + FIELDS);
  }

  #fields(level: number): number {
    return this.#at(level) + this.#ring;
  }
}
