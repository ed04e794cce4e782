/**
 * Whether a series climbs so that it can be said where it will be: the gate of forecasts. It is no verdict, and asks for
 * less than a leak does (a rise of minutes is enough) and for other things (a slope that holds).
 *
 *   climbs       _/   does not: step    slows        a tooth, a wave   noise
 *             _/           ____         ____          /| /              /\    _/
 *          _/              |           /             / |/             _/  \/\/
 *   ____/~             ____|         _/                          (no higher above what it ever fell)
 *
 * Levels are asked from the coarsest, which know the whole of the growth and are blind to its noise, to the finest, which
 * alone see a growth of minutes. Cost: a few comparisons a closed block while nothing rises.
 */
import type { LearnedSeries } from '../model/learned.ts';
import type { Bound } from '../model/reading.ts';
import type { Scale } from '../series/scale.ts';
import type { Series } from '../series/series.ts';
import { Ceilings } from './ceilings.ts';
import type { Detector, DetectorContext, JudgedMetric, Stage } from './detector.ts';
import { type Forecast, forecast } from './forecast.ts';
import { type GrowthLine, growthAt } from './growth-line.ts';

/** Floors since the onset: four minutes at 20 s, on the finest level. */
const LEAST_FLOORS = 12;
/** The rise is so many times the deepest fall that this level has ever seen. */
const DRAWDOWNS = 2;
/** The newest twelve floors have brought this part of what all that are kept have: less is a level that was reached. */
const NEW_SHARE = 0.1;
/** The largest rise of one block is no more than this part of the whole: more is a step. */
const STEP_SHARE = 0.4;
/** Of the pairs of floors, the part that rises less the part that falls (Kendall's tau). */
const LEAST_TAU = 0.6;

/** A growth slows when it loses more than so many standard errors; then its newest half is looked at, twice at the most. */
const SLOWING_ERRORS = 2;
const MOST_CUTS = 2;

/** The newest floors, all of them, above the line and all that ever strayed from it: it does not hold any more. */
const NEWEST = 4;
const STRAYED = 2;
const STRAYED_RISE = 0.02;

/** A start takes so many slots (an hour at 20 s). */
const START_SLOTS = 360;
/** While it starts, it has to be higher than this many times what it was after the start of its last life. */
const BEYOND_LAST_START = 1.25;

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
  /** One bit for each level of which the last closed block rises: all that is looked at while nothing does. */
  #rising = 0;
  #value = Number.NaN;
  /** Level after the start of this life, and of the last one that got so far. */
  #afterStart = Number.NaN;
  #afterLastStart = Number.NaN;
  #growth: GrowthLine | undefined;
  #measuredAt = -1;
  /** What each level has been measured to be since its last block closed, by the cuts made before. */
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

  /** Levels that double: the days above them are too coarse for a line. */
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
    // A slot without a reading is closed before the reading that ended the gap is in its own.
    if (level > 0 || !Number.isNaN(now)) this.#ceilings.blockClosed(level);
    if (level === 0 && floors.slots === START_SLOTS)
      this.#afterStart = Math.fround(floors.floors.mean(0, 0, LEAST_FLOORS));
    const bit = 1 << level;
    this.#forget(level);
    if (this.#rises(level, now)) this.#rising |= bit;
    else this.#rising &= ~bit;
  }

  /** The cheap question that almost all that does not climb fails. */
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

  /** The growth that goes on now, measured anew when a slot has closed; undefined where none is certain. */
  growth(): GrowthLine | undefined {
    const { slots } = this.#series.floors;
    if (slots !== this.#measuredAt) {
      this.#measuredAt = slots;
      this.#growth = this.#rising === 0 || this.#isStart() ? undefined : this.#measure(this.#levels - 1, slots, 0);
    }
    return this.#growth;
  }

  /** Until the bound is reached; undefined where nothing certain grows towards it. */
  forecast(bound: Bound): Forecast | undefined {
    const growth = this.growth();
    if (!growth) return undefined;
    const { intervalSeconds, floors } = this.#series;
    const { unit, warmsUp } = this.#metric;
    const grain = unit === 'count' ? 1 : 0;
    const end = forecast(growth, bound, { above: this.#above(growth), grain, intervalSeconds });
    // A start of this metric is a climb in a healthy program: it is not drawn further than it was seen.
    if (end && warmsUp && floors.slots < START_SLOTS && end.seconds > growth.spanSeconds) return undefined;
    return end;
  }

  /** Is it on the way to where its last start ended? */
  #isStart(): boolean {
    return this.#series.floors.slots < START_SLOTS && this.#value <= BEYOND_LAST_START * this.#afterLastStart;
  }

  /** From the coarsest level that climbs and holds; growth that slows is measured on its newest half. */
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

  /** Not so once the newest readings have left the line upwards: then only finer levels know what goes on. */
  #holds({ level, slope, back, floor, climb, lastResidual, farthest }: GrowthLine): boolean {
    const { floors } = this.#series;
    let newest = Number.POSITIVE_INFINITY;
    for (let at = 0; at < NEWEST; at++) if (floors.floor(0, at) < newest) newest = floors.floor(0, at);
    if (newest === Number.POSITIVE_INFINITY) return true;
    const block = floors.size(level);
    const perSlot = slope * this.#series.intervalSeconds;
    const slotsSince = floors.slots - (floors.count(level) - back - 0.5) * block;
    const breadth = Math.max(0, this.#ceilings.closed(level) - floor - perSlot * block);
    const allowed = breadth + STRAYED * farthest + STRAYED_RISE * climb;
    return newest - (floor - lastResidual + perSlot * slotsSince) <= allowed;
  }

  /** How far the top of the series is above the present reading, if it is where the line has brought it since. */
  #above({ level, slope }: GrowthLine): number {
    const { floors, intervalSeconds } = this.#series;
    const sinceClosed = (floors.slots - floors.count(level) * floors.size(level)) * intervalSeconds;
    const top = Math.max(this.#ceilings.open(level), this.#ceilings.closed(level) + slope * sinceClosed);
    return Math.max(0, top - this.#value);
  }
}
