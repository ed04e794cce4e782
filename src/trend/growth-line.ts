/**
 * Since when a series grows, and how fast: the Theil-Sen line through its floors since it left the calm before.
 *
 *                  _/   since: where the line leaves the lowest floor
 *   _   __  _   _/~
 *    \_/  \/ \_/         calm: the lowest floor may lie anywhere in it
 *
 * Its interval takes the deviations from the line for a random walk: it follows from their size, not from the number of
 * floors. Cost: O(n² log n) for n <= 32 floors, 20 to 40 us, so it is measured only when there is something to say.
 */
import { type Floors, KEPT } from '../series/floors.ts';
import type { Series } from '../series/series.ts';
import { mannKendall } from '../stats/kendall.ts';
import { quantileSorted } from '../stats/quantile.ts';
import { theilSen } from '../stats/theil-sen.ts';

/** Fewest floors of a line: 15 pairs, of which one wild floor moves 5. Fewer would say since when, and not how fast. */
const LEAST_FLOORS = 6;
/**
 * If the lowest floor is one of so many oldest, the growth may have begun before them: a coarser level is looked at.
 */
const OLDEST = 2;
/**
 * Floors above the lowest by at most this share of the rise are still the calm. Larger: the growth seems to begin
 * later.
 */
const CALM_SHARE = 0.1;

/**
 * The oldest floors may belong to the calm or to the end of a warm-up. One is left out if it is off the line by more
 * than this many standard deviations of the rest (the three-sigma rule), ...
 */
const STRAY_DEVIATIONS = 3;
/** ... but at most this share of all (Theil-Sen bears 29 % of wild points), ... */
const STRAY_SHARE = 1 / 3;
/** ... and only while this many floors remain, of which an end of two moves the line little. */
const LEAST_KEPT = 8;
/**
 * The standard deviation is estimated from this quantile of the deviations, which a quarter of strays does not move,
 * ...
 */
const USUAL_QUANTILE = 0.75;
/** ... divided by the same quantile of the absolute value of a normal variable: `normalQuantile(0.875)`. */
const USUAL_DEVIATIONS = 1.1503;
/**
 * Deviations below this share of the rise are rounding errors of the arithmetic: 2e-16 a step, and room for many steps.
 */
const ROUNDING = 1e-9;

/**
 * A Brownian motion of variance v per second is off the line through `span` seconds of it by v span / 15 in the mean
 * square, and its mean slope over that time varies by v / span: 15 times as much, divided by the span squared. Most of
 * the deviation is noise that comes back, so that one of these standard errors holds 90 % and not 1.645: the table
 * "Forecasts" of `npm run bench:detection -- --tune` has how often the interval holds what comes.
 */
const WANDERING = Math.sqrt(15);

/** The line is cut into so many parts, to see whether its slope changes: four floors each where all 32 are there. */
const PARTS = 8;

export interface GrowthLine {
  /** Level of the floors that the line goes through. */
  readonly level: number;
  /** When the growth began: seconds since the epoch. */
  readonly since: number;
  /** From the first to the last floor of the line. */
  readonly spanSeconds: number;
  /** How many blocks ago the first and the last floor of the line were; blocks after the last are unknown. */
  readonly oldest: number;
  readonly back: number;
  /** How many blocks ago the lowest floor was, from which the rise is measured. */
  readonly lowest: number;
  /** Height of the last floor. */
  readonly floor: number;
  /**
   * Rise since the lowest floor, rise since the first floor of the line, and the largest rise from one block to the
   * next.
   */
  readonly rise: number;
  readonly climb: number;
  readonly largestStep: number;
  /** Units per second, with a 90 % interval. */
  readonly slope: number;
  readonly slopeLow: number;
  readonly slopeHigh: number;
  /** Root mean square of the deviations of floors from the line. */
  readonly scatter: number;
  /** Change of the slope, units per second squared, with its standard error. */
  readonly acceleration: number;
  readonly accelerationError: number;
  /** How far the last floor is above the line, and the greatest distance of any floor from it. */
  readonly lastResidual: number;
  readonly farthest: number;
  readonly mannKendallZ: number;
  readonly mannKendallP: number;
  /** Kendall's tau: the share of all pairs of floors that rise, less the share that fall. */
  readonly tau: number;
}

export interface Reach {
  /** Most blocks to look back. */
  readonly reach?: number;
  /** Fewest floors since the calm. */
  readonly least?: number;
}

/**
 * @param level on which the growth was found. A coarser one is taken where the growth began before the oldest floor
 *   that is
 * kept, and a finer one where too few blocks have closed since it began
 * @returns undefined where there are too few floors for a line
 */
export function measureGrowth(series: Series, level: number): GrowthLine | undefined {
  const { floors } = series;
  let chosen = level;
  while (chosen < floors.levels - 1 && lowestBack(floors, chosen, KEPT) >= KEPT - OLDEST && floors.count(chosen) > KEPT)
    chosen++;
  while (chosen > 0 && onsetBack(floors, chosen, lowestBack(floors, chosen, KEPT)) + 1 < LEAST_FLOORS) chosen--;
  return growthAt(series, chosen);
}

/**
 * @param level of the floors that the line goes through
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
  // Heights above the lowest floor: beside a large base, a small growth would lose digits.
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
  const scatter = rootMeanSquare(residuals);
  const uncertainty = (WANDERING * scatter) / spanSeconds;
  const rates = changeOfRate(y, spanSeconds);
  const test = mannKendall(y);
  // The line may have left the lowest height before its first floor, but not before the lowest floor itself.
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

/** Number of the oldest floors that do not belong to the line. @param residuals NaN = unknown */
function countStrays(residuals: Float64Array, least: number): number {
  const sizes = residuals.filter((residual) => !Number.isNaN(residual)).map(Math.abs);
  const usual = quantileSorted(sizes.sort(), USUAL_QUANTILE)! / USUAL_DEVIATIONS;
  const most = Math.min(sizes.length - LEAST_KEPT, STRAY_SHARE * residuals.length);
  const isStray = (residual: number) => !(Math.abs(residual) <= Math.max(least, STRAY_DEVIATIONS * usual));
  let strays = 0;
  while (strays + 1 <= most && isStray(residuals[strays]!)) strays++;
  return strays;
}

/** Root mean square of the known residuals. */
function rootMeanSquare(residuals: Float64Array): number {
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

/** The least-squares line through the slopes of equal parts of the line: does the growth gain speed? */
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

/** Linear interpolation between known floors. @param share of the span, 0 to 1 */
function heightAt(y: Float64Array, share: number): number {
  const at = share * (y.length - 1);
  let [before, after] = [Math.floor(at), Math.ceil(at)];
  while (before > 0 && Number.isNaN(y[before])) before--;
  while (after < y.length - 1 && Number.isNaN(y[after])) after++;
  const low = y[before]!;
  if (before === after) return low;
  // A line may begin with unknown floors: until the first known one it is as high as that.
  return Number.isNaN(low) ? y[after]! : low + ((at - before) / (after - before)) * (y[after]! - low);
}

/** How many blocks ago the floor was last in the calm. @param oldest see `lowestBack` */
function onsetBack(floors: Floors, level: number, oldest: number): number {
  let back = 0;
  while (back < oldest && Number.isNaN(floors.floor(level, back))) back++;
  const lowest = floors.floor(level, oldest);
  const calm = lowest + CALM_SHARE * (floors.floor(level, back) - lowest);
  while (back < oldest && !(floors.floor(level, back) <= calm)) back++;
  return back;
}

/** How many blocks ago the floor was lowest; where it was so more than once, the last time. */
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
