/**
 * Whether a series climbs steadily enough for a forecast. A climb is no verdict: it needs less than a leak (minutes are
 * enough) and other things (a slope that holds).
 *
 *   climbs       _/   does not: step    slows        a tooth, a wave   noise
 *             _/           ____         ____          /| /              /\    _/
 *          _/              |           /             / |/             _/  \/\/
 *   ____/~             ____|         _/                          (rises no higher than it ever fell)
 *
 * Coarse levels are asked first: they see the whole growth without its noise. Only the finest see a growth of minutes.
 * Cost: a few comparisons per closed block while nothing rises. What moving a constant does to forecasts is in the
 * table "Forecasts" of `npm run bench:detection -- --tune`.
 */
import type { LearnedSeries } from '../model/learned.ts';
import type { Bound } from '../model/reading.ts';
import type { Scale } from '../series/scale.ts';
import type { Series } from '../series/series.ts';
import { Ceilings, KEPT_TOPS } from './ceilings.ts';
import { type Detector, type DetectorContext, grainOf, type JudgedMetric, type Stage } from './detector.ts';
import { type Forecast, forecast, type Tops } from './forecast.ts';
import { type GrowthLine, growthAt } from './growth-line.ts';

/**
 * Floors since the onset: four minutes on the finest level at 20 s, so that a runaway of twenty minutes is told in
 * time.
 */
const LEAST_FLOORS = 12;
/** The rise must be so many times the deepest fall of this level. More: later forecasts, and fewer of noise. */
const DRAWDOWNS = 2;
/**
 * Share of the rise that the newest twelve floors must have brought: less, and it has ended. An even part of 32 is
 * 0.35.
 */
const NEW_SHARE = 0.1;
/** The largest rise of one block may be this share of the whole: more is a step. As for verdicts (`rises.ts`). */
const STEP_SHARE = 0.4;
/** Least Kendall's tau. Twelve exchangeable floors exceed it once in 370 times (Kendall's S of 40 of 66). */
const LEAST_TAU = 0.6;

/** A growth slows when its acceleration is more standard errors below zero than chance allows (95 %, two-sided). */
const SLOWING_ERRORS = 2;
/**
 * Then its newest half is measured instead, and the half of that. Another cut would leave fewer floors than a line
 * needs.
 */
const MOST_CUTS = 2;

/** The line holds no more if each of so many newest floors is above it: 80 seconds at 20 s. */
const NEWEST = 4;
/** Above by more than the height of blocks, this many times the greatest deviation so far, ... */
const STRAYED = 2;
/** ... and this share of the rise, for a line that had no deviation yet. */
const STRAYED_RISE = 0.02;

/** A start takes at most so many slots: two hours at 20 s. */
const START_SLOTS = 360;
/** While a program starts, it is on its way to where its last start ended: until it is higher by this factor. */
const BEYOND_LAST_START = 1.25;
/** A floor stands for its block from the middle of it. */
const MID_BLOCK = 0.5;

/** A line, or none, through at most `reach` floors. */
interface Measured {
  readonly reach: number;
  readonly growth: GrowthLine | undefined;
}

export class Climb implements Detector {
  static isFor(): boolean {
    return true;
  }

  static sizeOf({ doublings }: Scale): number {
    return Ceilings.sizeOf(doublings);
  }

  readonly #series: Series;
  readonly #metric: JudgedMetric;
  readonly #ceilings: Ceilings;
  /** One bit for each level that rises by the cheap test: while none does, nothing else is looked at. */
  #rising = 0;
  #value = Number.NaN;
  /** Height after the start of this life, and after the start of the last life that lasted so long; NaN = unknown. */
  #afterStart = Number.NaN;
  #afterLastStart = Number.NaN;
  #growth: GrowthLine | undefined;
  #measuredAt = -1;
  /** Lines measured since the last block of their level closed, by number of cuts and level. */
  #lines: (Measured | undefined)[] | undefined;

  constructor({ metric, series, arena }: DetectorContext) {
    this.#metric = metric;
    this.#series = series;
    this.#ceilings = new Ceilings(this.#levels, arena);
  }

  /** A climb is no finding: it only opens the gate of forecasts. */
  get stage(): Stage {
    return 'quiet';
  }

  get level(): number {
    return 0;
  }

  /** Only levels that double: blocks of days are too coarse for a line. */
  get #levels(): number {
    return this.#series.floors.scale.doublings;
  }

  restart(): void {
    this.#ceilings.clear();
    this.#rising = 0;
    this.#value = Number.NaN;
    this.#afterLastStart = this.#startedAt();
    this.#afterStart = Number.NaN;
    this.#growth = undefined;
    this.#measuredAt = -1;
    this.#lines = undefined;
  }

  /** `startedAt` has 24 bits. */
  learned(): Pick<LearnedSeries, 'startedAt'> {
    const startedAt = this.#startedAt();
    return Number.isNaN(startedAt) ? {} : { startedAt };
  }

  learn({ startedAt = Number.NaN }: Pick<LearnedSeries, 'startedAt'>): void {
    this.#afterLastStart = startedAt;
  }

  /** The height that the last start came to; NaN = none has been watched for so long. */
  #startedAt(): number {
    return Number.isNaN(this.#afterStart) ? this.#afterLastStart : this.#afterStart;
  }

  see(value: number | undefined): void {
    if (value === undefined) return;
    this.#value = value;
    this.#ceilings.add(value);
  }

  /** A value between two samples, which the series does not take: forecasts begin at it. */
  look(value: number): void {
    this.#value = value;
  }

  blockClosed(level: number): void {
    if (level >= this.#levels) return;
    const { floors } = this.#series;
    const now = floors.floor(level, 0);
    // The slots of a gap are closed when `see` has added the reading after the gap: that must not end up in them.
    if (level > 0 || !Number.isNaN(now)) this.#ceilings.blockClosed(level);
    if (level === 0 && floors.slots === START_SLOTS)
      this.#afterStart = Math.fround(floors.floors.mean(0, 0, LEAST_FLOORS));
    const bit = 1 << level;
    this.#forget(level);
    if (this.#rises(level, now)) this.#rising |= bit;
    else this.#rising &= ~bit;
  }

  /** A cheap test that almost every series fails which does not climb. */
  #rises(level: number, now: number): boolean {
    const { floors } = this.#series;
    const kept = floors.kept(level);
    if (kept < LEAST_FLOORS) return false;
    const rise = now - floors.floor(level, LEAST_FLOORS - 1);
    if (!(rise > 0)) return false;
    const longRise = Math.max(rise, now - floors.floor(level, kept - 1));
    return longRise > DRAWDOWNS * this.#deepestFall(level) && rise > NEW_SHARE * longRise;
  }

  #deepestFall(level: number): number {
    return this.#series.floors.floors.drawdown(level);
  }

  #forget(level: number): void {
    if (!this.#lines) return;
    for (let cut = 0; cut <= MOST_CUTS; cut++) this.#lines[cut * this.#levels + level] = undefined;
  }

  /** The line of the present climb, measured anew when a slot has closed; undefined where nothing climbs. */
  growth(): GrowthLine | undefined {
    const { slots } = this.#series.floors;
    if (slots !== this.#measuredAt) {
      this.#measuredAt = slots;
      this.#growth = this.#rising === 0 || this.#isStart() ? undefined : this.#measure(this.#levels - 1, slots, 0);
    }
    return this.#growth;
  }

  /** When the bound is reached; undefined where nothing climbs towards it. */
  forecast(bound: Bound): Forecast | undefined {
    const growth = this.growth();
    if (!growth) return undefined;
    const { intervalSeconds, floors } = this.#series;
    const { warmsUp } = this.#metric;
    const end = forecast(growth, bound, { tops: this.#tops(growth), grain: grainOf(this.#metric), intervalSeconds });
    // Memory climbs in every start, so that the line is drawn no further than it was seen.
    if (end && warmsUp && floors.slots < START_SLOTS && end.seconds > growth.spanSeconds) return undefined;
    return end;
  }

  /** Does the program start, and is it not yet higher than where its last start ended? */
  #isStart(): boolean {
    return this.#series.floors.slots < START_SLOTS && this.#value <= BEYOND_LAST_START * this.#afterLastStart;
  }

  /** The line of the coarsest level that climbs and holds; a growth that slows is measured on its newest half. */
  #measure(coarsest: number, mostSlots: number, cut: number): GrowthLine | undefined {
    for (let level = coarsest; level >= 0; level--) {
      const growth = this.#climbAt(level, Math.floor(mostSlots / this.#series.floors.size(level)) + 1, cut);
      if (!growth || !this.#holds(growth)) continue;
      if (!(growth.acceleration < -SLOWING_ERRORS * growth.accelerationError)) return growth;
      if (cut === MOST_CUTS) return undefined;
      return this.#measure(level, growth.spanSeconds / 2 / this.#series.intervalSeconds, cut + 1);
    }
    return undefined;
  }

  #climbAt(level: number, reach: number, cut: number): GrowthLine | undefined {
    const most = Math.min(reach, this.#series.floors.kept(level));
    if (!(this.#rising & (1 << level)) || most < LEAST_FLOORS) return undefined;
    const at = cut * this.#levels + level;
    this.#lines ??= [];
    const known = this.#lines[at];
    if (known?.reach === most) return known.growth;
    const growth = growthAt(this.#series, level, { reach: most, least: LEAST_FLOORS });
    const climbing = growth && this.#isClimb(growth) ? growth : undefined;
    this.#lines[at] = { reach: most, growth: climbing };
    return climbing;
  }

  #isClimb({ level, slope, climb, floor, oldest, largestStep, tau }: GrowthLine): boolean {
    const { floors } = this.#series;
    return (
      slope > 0 &&
      climb > DRAWDOWNS * this.#deepestFall(level) &&
      floor >= floors.floors.peakUntil(level, oldest) &&
      largestStep <= STEP_SHARE * climb &&
      tau > LEAST_TAU
    );
  }

  /**
   * Are the newest floors still on the line? If they have left it upwards, only finer levels know the present growth.
   */
  #holds({ level, slope, back, floor, climb, lastResidual, farthest }: GrowthLine): boolean {
    const { floors } = this.#series;
    let newest = Number.POSITIVE_INFINITY;
    for (let at = 0; at < NEWEST; at++) if (floors.floor(0, at) < newest) newest = floors.floor(0, at);
    if (newest === Number.POSITIVE_INFINITY) return true;
    const block = floors.size(level);
    const perSlot = slope * this.#series.intervalSeconds;
    const slotsSince = floors.slots - (floors.count(level) - back - MID_BLOCK) * block;
    const breadth = Math.max(0, this.#ceilings.closed(level, 0) - floor - perSlot * block);
    const allowed = breadth + STRAYED * farthest + STRAYED_RISE * climb;
    return newest - (floor - lastResidual + perSlot * slotsSince) <= allowed;
  }

  /**
   * How far the tops of the newest blocks of the growth, each moved along the line since its block closed, are above the
   * newest reading.
   */
  #tops({ level, slope }: GrowthLine): Tops {
    const { floors, intervalSeconds } = this.#series;
    const size = floors.size(level);
    const sinceClosed = floors.slots - floors.count(level) * size;
    const present = Math.max(this.#value, this.#ceilings.open(level), this.#ceilings.closed(level, 0));
    const latest = Math.max(present, this.#ceilings.closed(level, 0) + slope * intervalSeconds * sinceClosed);
    let [lowest, highest] = [present, latest];
    for (let back = 0; back < KEPT_TOPS; back++) {
      const top = this.#ceilings.closed(level, back) + slope * intervalSeconds * (sinceClosed + back * size);
      if (top < lowest && top > Number.NEGATIVE_INFINITY) lowest = top;
      if (top > highest) highest = top;
    }
    return { latest: latest - this.#value, lowest: lowest - this.#value, highest: highest - this.#value };
  }
}
