/**
 * What earlier lives of a program were like: how high each was at the same age, and whether they came to rest.
 *
 *    _____ high             lives that settle: this one is compared with the band between
 *   / ____ low              high and low at its age
 *  / /
 *  |/
 *
 *      /|     /|     /|     lives that never settle: each rises evenly until it ends,
 *   __/ |  __/ |  __/ |     which neither a warm-up nor day and night do
 */
import type { LearnedLives } from '../model/learned.ts';
import type { FloatArena } from '../series/float-arena.ts';
import type { Floors } from '../series/floors.ts';
import type { Scale } from '../series/scale.ts';
import { evennessOfLife, lastQuarters } from './rises.ts';

/** Hours, a factor and a number: heights are kept at 2, 3, 4.5 ... minutes, up to three days. */
const FIRST_AGE_HOURS = 1 / 30;
const AGE_FACTOR = 1.5;
const AGES = 20;
/** A height is the floor of the last block of at most this share of the age: an eighth of a life that still rises. */
const HEIGHT_SHARE = 1 / 8;
/**
 * Least evenness of a life that has not settled. Less: lives with day and night count as unsettled; more: those of noisy
 * leaks do not.
 */
const UNSETTLED_EVENNESS = 0.5;
/**
 * The last quarters of lives that never settle have risen by this share of the quarters before them. Lives that would
 * settle with a time constant as long as they are have 0.78 (family `saturating-lives`).
 */
const STEADY_SHARE = 0.9;

/** Kinds of heights: of this life, the highest and the lowest of earlier lives that settled. */
const NOW = 0;
const HIGH = AGES;
const LOW = 2 * AGES;

/** Ages in slots, rising. */
let latest: { readonly scale: Scale; readonly ages: readonly number[] } | undefined;

function agesOf(scale: Scale): readonly number[] {
  if (latest?.scale !== scale) {
    const ages = Array.from({ length: AGES }, (_, at) => Math.ceil(FIRST_AGE_HOURS * AGE_FACTOR ** at * scale.hour));
    latest = { scale, ages };
  }
  return latest.ages;
}

export class Lives {
  static sizeOf(): number {
    return 3 * AGES;
  }

  readonly #floors: Floors;
  readonly #data: Float32Array;
  readonly #from: number;
  /** Ages that this life has reached, and that any earlier one has. */
  #reached = 0;
  #known = 0;
  #settledLives = 0;
  #unsettledSlots = 0;
  #thirdRise = 0;
  #fourthRise = 0;

  constructor(floors: Floors, arena: FloatArena) {
    this.#floors = floors;
    this.#data = arena.all;
    this.#from = arena.take(Lives.sizeOf());
  }

  slotClosed(): void {
    const { scale, slots } = this.#floors;
    const ages = agesOf(scale);
    // At long intervals several of the first ages are the same slot.
    while (this.#reached < AGES && slots >= ages[this.#reached]!) {
      const height = this.#heightAt(slots);
      // Unknown: the next slot that is known stands for this age.
      if (Number.isNaN(height)) return;
      this.#data[this.#from + NOW + this.#reached] = height;
      this.#reached++;
    }
  }

  #heightAt(slots: number): number {
    const floors = this.#floors;
    let level = 0;
    while (level < floors.scale.doublings - 1 && floors.size(level + 1) <= HEIGHT_SHARE * slots) level++;
    return floors.kept(level) === 0 ? Number.NaN : floors.floor(level, 0);
  }

  /** Earlier lives that settled. */
  get settledLives(): number {
    return this.#settledLives;
  }

  /**
   * Did the last lives rise evenly until they ended?
   * @param least slots of these lives together
   */
  neverSettle(least: number): boolean {
    return this.#unsettledSlots >= least && this.#fourthRise > 0 && this.#fourthRise >= STEADY_SHARE * this.#thirdRise;
  }

  /** Was a settled life older than this one is? */
  get isAgeKnown(): boolean {
    return this.#reached < this.#known;
  }

  /** The highest that settled lives were at the age of this one, or up to then; NaN if none was as old. */
  get usualHigh(): number {
    const at = this.#knownAt();
    if (at === undefined) return Number.NaN;
    let high = Number.NEGATIVE_INFINITY;
    for (let age = 0; age <= at; age++) high = Math.max(high, this.#data[this.#from + HIGH + age]!);
    return high;
  }

  /** How far settled lives were apart at that age. */
  get usualSpread(): number {
    const at = this.#knownAt();
    return at === undefined ? Number.NaN : this.#data[this.#from + HIGH + at]! - this.#data[this.#from + LOW + at]!;
  }

  /** The age to compare with: the next one, or the one before if no life was older. */
  #knownAt(): number | undefined {
    if (this.isAgeKnown) return this.#reached;
    return this.#reached > 0 && this.#reached === this.#known ? this.#reached - 1 : undefined;
  }

  /** @param least slots of a life that says something */
  restart(least: number): void {
    this.learn(this.learned(least));
    this.#reached = 0;
  }

  /** What is known if this life ends now. */
  learned(least: number): LearnedLives {
    const { slots } = this.#floors;
    const [settled, unsettledSlots] = [this.#settledLives, this.#unsettledSlots];
    const [thirdRise, fourthRise] = [this.#thirdRise, this.#fourthRise];
    const highs = this.#of(HIGH, this.#known);
    const lows = this.#of(LOW, this.#known);
    const before = { settled, unsettledSlots, thirdRise, fourthRise, highs, lows };
    if (slots < least) return before;
    const [third, fourth] = lastQuarters(this.#floors);
    // Unknown or falling quarters are those of a life that has settled.
    if (evennessOfLife(this.#floors) >= UNSETTLED_EVENNESS && third > 0 && fourth > 0) {
      return {
        ...before,
        unsettledSlots: unsettledSlots + slots,
        thirdRise: thirdRise + third,
        fourthRise: fourthRise + fourth,
      };
    }
    for (const [age, height] of this.#of(NOW, this.#reached).entries()) {
      // Comparisons with what is not known yet are false.
      if (!(highs[age]! >= height)) highs[age] = height;
      if (!(lows[age]! <= height)) lows[age] = height;
    }
    return { settled: settled + 1, unsettledSlots: 0, thirdRise: 0, fourthRise: 0, highs, lows };
  }

  learn({ settled, unsettledSlots, thirdRise, fourthRise, highs, lows }: LearnedLives): void {
    this.#settledLives = settled;
    this.#unsettledSlots = unsettledSlots;
    this.#thirdRise = thirdRise;
    this.#fourthRise = fourthRise;
    this.#known = Math.min(AGES, highs.length, lows.length);
    this.#data.set(highs.slice(0, this.#known), this.#from + HIGH);
    this.#data.set(lows.slice(0, this.#known), this.#from + LOW);
  }

  #of(kind: number, count: number): number[] {
    return Array.from(this.#data.subarray(this.#from + kind, this.#from + kind + count));
  }
}
