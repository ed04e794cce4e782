/**
 * Since when a series grows and how fast: the Theil-Sen line through its floors since it left the calm before.
 *
 *                  _/   since: where the line leaves the lowest floor
 *   _   __  _   _/~
 *    \_/  \/ \_/         calm: the lowest floor may lie anywhere in it
 *
 * Its interval takes what strays from the line for a random walk: it follows from how far, not from how many floors there
 * are. Cost: O(n² log n) for n <= 32 floors, 20 to 40 us, so it is asked for only when there is something to say.
 */
import { type Floors, KEPT } from '../series/floors.ts';
import type { Series } from '../series/series.ts';
import { mannKendall } from '../stats/kendall.ts';
import { quantileSorted } from '../stats/quantile.ts';
import { theilSen } from '../stats/theil-sen.ts';

/** Fewer floors than this make no line. */
const LEAST_FLOORS = 6;
/** Floors no further above the lowest than this part of the whole rise are still the calm. */
const CALM_SHARE = 0.1;

/**
 * The oldest floors may belong to another story, the end of a warm-up or of the calm: what is further off the line than
 * three standard deviations of the rest is left out, a third of all at the most, and while as many as these remain.
 */
const STRAY_DEVIATIONS = 3;
const STRAY_SHARE = 1 / 3;
const LEAST_KEPT = 8;
/** Three quarters of what is normal lie within so many standard deviations of it. */
const THREE_QUARTERS = 1.1503;
/** What is smaller than this part of the rise is the rounding of the arithmetic. */
const ROUNDING = 1e-9;

/**
 * A Brownian motion of variance v a second strays from the line through `span` seconds of it by v span / 15 in the mean
 * square, and the mean slope of so many seconds by v / span: 15 times as much, over the span squared. A share of what strays
 * is noise that comes back: 1.3 such deviations hold 90 % (measured on the tuning seeds of bench/detection) and not 1.645.
 */
const WANDERING = 1.3 * Math.sqrt(15);

/** The line is cut into so many parts to see whether its slope changes. */
const PARTS = 8;

export interface GrowthLine {
  /** Of the blocks whose floors the line goes through. */
  readonly level: number;
  /** Seconds since the epoch. */
  readonly since: number;
  /** From the first to the last floor of the line. */
  readonly spanSeconds: number;
  /** How many blocks ago its first and its last floor were; the blocks after the last are unknown. */
  readonly oldest: number;
  readonly back: number;
  /** ... and the lowest floor, which the rise begins at. */
  readonly lowest: number;
  readonly floor: number;
  /** Since the lowest floor, and since the first floor of the line; the largest part of it from one block to the next. */
  readonly rise: number;
  readonly climb: number;
  readonly largestStep: number;
  /** Units per second, with a 90 % interval. */
  readonly slope: number;
  readonly slopeLow: number;
  readonly slopeHigh: number;
  /** Root of the mean square of what the floors are off the line. */
  readonly scatter: number;
  /** What the slope gains, units per second squared, with its standard error. */
  readonly acceleration: number;
  readonly accelerationError: number;
  /** How far the last floor is above the line, and how far any of them is from it at the most. */
  readonly lastResidual: number;
  readonly farthest: number;
  readonly mannKendallZ: number;
  readonly mannKendallP: number;
  /** Of all pairs of floors, the part that rises less the part that falls. */
  readonly tau: number;
}

export interface Reach {
  /** Blocks to look back at the most. */
  readonly reach?: number;
  /** Blocks since the calm, at the least. */
  readonly least?: number;
}

/**
 * @param level where the growth was seen; coarser levels are taken for as long as it began before what they remember
 * @returns undefined where there are too few floors for a line
 */
export function measureGrowth(series: Series, level: number): GrowthLine | undefined {
  const { floors } = series;
  let chosen = level;
  while (chosen < floors.levels - 1 && lowestBack(floors, chosen, KEPT) >= KEPT - 2 && floors.count(chosen) > KEPT)
    chosen++;
  while (chosen > 0 && onsetBack(floors, chosen, lowestBack(floors, chosen, KEPT)) + 1 < LEAST_FLOORS) chosen--;
  return growthAt(series, chosen);
}

/**
 * @param level of the blocks whose floors the line is to go through
 * @returns undefined where there are too few floors for a line
 */
export function growthAt(
  series: Series,
  level: number,
  { reach = KEPT, least = LEAST_FLOORS }: Reach = {},
): GrowthLine | undefined {
  const { floors, intervalSeconds } = series;
  const blockSeconds = intervalSeconds * floors.size(level);
  const lowestAt = lowestBack(floors, level, reach);
  let oldest = onsetBack(floors, level, lowestAt);
  let back = 0;
  while (back < oldest && Number.isNaN(floors.floor(level, back))) back++;
  if (oldest - back + 1 < least) return undefined;
  const lowest = floors.floor(level, lowestAt);
  // From the lowest up, so that no digits are lost on a level that has nothing to do with the growth.
  let y = Float64Array.from({ length: oldest - back + 1 }, (_, at) => floors.floor(level, oldest - at) - lowest);
  let line = lineThrough(y, blockSeconds);
  const strays = line ? countStrays(line.residuals, ROUNDING * y.at(-1)!) : 0;
  if (strays > 0) {
    oldest -= strays;
    y = y.subarray(strays);
    line = lineThrough(y, blockSeconds);
  }
  if (!line) return undefined;
  const { slope, intercept, residuals } = line;
  const rise = y.at(-1)!;
  const spanSeconds = (y.length - 1) * blockSeconds;
  const scatter = meanSize(residuals);
  const uncertainty = (WANDERING * scatter) / spanSeconds;
  const rates = changeOfRate(y, spanSeconds);
  const test = mannKendall(y);
  // The line may have left the lowest floor somewhat earlier, but not before the floor was there.
  const earlier = slope > 0 ? Math.max(0, intercept / slope) : 0;
  const earlierSeconds = Math.round(Math.min(earlier, (lowestAt - oldest) * blockSeconds));
  return {
    level,
    since: Math.max(
      series.timeOf(0),
      series.timeOf((floors.count(level) - 1 - oldest) * floors.size(level)) - earlierSeconds,
    ),
    spanSeconds,
    oldest,
    back,
    lowest: lowestAt,
    floor: lowest + rise,
    rise,
    climb: rise - y.find((height) => !Number.isNaN(height))!,
    largestStep: largestStep(y),
    slope,
    slopeLow: slope - uncertainty,
    slopeHigh: slope + uncertainty,
    scatter,
    ...rates,
    lastResidual: residuals.at(-1)!,
    farthest: residuals.reduce((most, residual) => Math.max(most, Math.abs(residual) || 0), 0),
    mannKendallZ: test.z,
    mannKendallP: test.p,
    tau: (2 * test.s) / (test.n * (test.n - 1)),
  };
}

function lineThrough(y: Float64Array, blockSeconds: number) {
  const t = y.map((_, at) => at * blockSeconds);
  const line = theilSen(t, y);
  if (!line) return undefined;
  const { slope, intercept } = line;
  return { slope, intercept, residuals: y.map((value, at) => value - intercept - slope * t[at]!) };
}

/** How many of the oldest floors do not belong to the line. @param residuals NaN = unknown */
function countStrays(residuals: Float64Array, least: number): number {
  const sizes = residuals.filter((residual) => !Number.isNaN(residual)).map(Math.abs);
  const usual = quantileSorted(sizes.sort(), 0.75)! / THREE_QUARTERS;
  const most = Math.min(sizes.length - LEAST_KEPT, STRAY_SHARE * residuals.length);
  const isStray = (residual: number) => !(Math.abs(residual) <= Math.max(least, STRAY_DEVIATIONS * usual));
  let strays = 0;
  while (strays + 1 <= most && isStray(residuals[strays]!)) strays++;
  return strays;
}

/** Root of the mean square of the known ones. */
function meanSize(residuals: Float64Array): number {
  let [squares, known] = [0, 0];
  for (const residual of residuals) {
    if (Number.isNaN(residual)) continue;
    squares += residual * residual;
    known++;
  }
  return Math.sqrt(squares / known);
}

function largestStep(y: Float64Array): number {
  let [largest, before] = [0, Number.NaN];
  for (const height of y) {
    if (Number.isNaN(height)) continue;
    if (height - before > largest) largest = height - before;
    before = height;
  }
  return largest;
}

/** The least squares line through the slopes of equal parts: is the last faster than the first? */
function changeOfRate(y: Float64Array, spanSeconds: number) {
  const partSeconds = spanSeconds / PARTS;
  const rates: number[] = [];
  for (let part = 0; part < PARTS; part++) {
    rates.push((heightAt(y, (part + 1) / PARTS) - heightAt(y, part / PARTS)) / partSeconds);
  }
  const middle = (PARTS - 1) / 2;
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / PARTS;
  const spread = rates.reduce((sum, _, part) => sum + (part - middle) ** 2, 0);
  const change = rates.reduce((sum, rate, part) => sum + (part - middle) * rate, 0) / spread;
  const squares = rates.reduce((sum, rate, part) => sum + (rate - mean - change * (part - middle)) ** 2, 0);
  return {
    acceleration: change / partSeconds,
    accelerationError: Math.sqrt(squares / (PARTS - 2) / spread) / partSeconds,
  };
}

/** Straight from one known floor to the next. @param share of the way, 0 to 1 */
function heightAt(y: Float64Array, share: number): number {
  const at = share * (y.length - 1);
  let [before, after] = [Math.floor(at), Math.ceil(at)];
  while (before > 0 && Number.isNaN(y[before])) before--;
  while (after < y.length - 1 && Number.isNaN(y[after])) after++;
  const low = y[before]!;
  if (before === after) return low;
  // A line may begin with what is unknown, and rises from there no faster than from the first that is known.
  return Number.isNaN(low) ? y[after]! : low + ((at - before) / (after - before)) * (y[after]! - low);
}

/** How many blocks ago the floor was in the calm, the last time it was. @param oldest when it was lowest, see `lowestBack` */
function onsetBack(floors: Floors, level: number, oldest: number): number {
  let back = 0;
  while (back < oldest && Number.isNaN(floors.floor(level, back))) back++;
  const lowest = floors.floor(level, oldest);
  const calm = lowest + CALM_SHARE * (floors.floor(level, back) - lowest);
  while (back < oldest && !(floors.floor(level, back) <= calm)) back++;
  return back;
}

/** How many blocks ago the floor was lowest, the last time it was. */
function lowestBack(floors: Floors, level: number, reach: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  let at = 0;
  for (let back = 0; back < Math.min(reach, floors.kept(level)); back++) {
    const floor = floors.floor(level, back);
    if (floor < lowest) {
      lowest = floor;
      at = back;
    }
  }
  return at;
}
