/**
 * One number of each of the last blocks of every level, in a ring a level, with what is remembered of those that have
 * left it.
 */
import type { FloatArena } from './float-arena.ts';

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

/** Who closes the blocks. */
export interface Closer {
  readonly levels: number;
  /** How many of this level have been closed. */
  count(level: number): number;
}

export class Blocks {
  /** Floats that it takes from the arena. */
  static sizeOf(levels: number, ring: number): number {
    return levels * (ring + FIELDS);
  }

  /** Of the finer levels nothing is kept, and nothing may be asked. */
  readonly finest: number;
  readonly #data: Float32Array;
  readonly #from: number;
  readonly #ring: number;
  readonly #closer: Closer;

  constructor(closer: Closer, finest: number, ring: number, arena: FloatArena) {
    this.finest = finest;
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

  /** How many of this level can be asked for. */
  kept(level: number): number {
    return Math.min(this.#ring, this.#closer.count(level));
  }

  /** @param back 0 = the block closed last; less than `kept(level)`. NaN = unknown */
  at(level: number, back: number): number {
    return this.#data[this.#at(level) + ((this.#closer.count(level) - 1 - back) % this.#ring)]!;
  }

  /** Reads the last ones into `window`, oldest first: as many as it has places for, `kept(level)` at the most. */
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
    const before = this.#closer.count(level) - 1;
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
    return this.#from + (level - this.finest) * (this.#ring + FIELDS);
  }

  #fields(level: number): number {
    return this.#at(level) + this.#ring;
  }
}
