/**
 * Theil-Sen line: its slope is the median slope of all pairs of points. Up to 29 % of the points may be outliers.
 * Source: Sen 1968, "Estimates of the regression coefficient based on Kendall's tau", JASA 63(324), 1379-1389; the
 * interval is from its section 4 (also Hollander & Wolfe 1999, Nonparametric Statistical Methods, section 9.3).
 * Cost: O(n² log n) time and O(n²) memory, n <= about 64 here.
 */
import { kendallVariance, tieTerm } from './kendall.ts';
import { normalQuantile } from './normal.ts';
import { median, quantileSorted } from './quantile.ts';

export interface Line {
  /** Units of y per second. */
  readonly slope: number;
  /** Ends of the slope's confidence interval. It is too narrow if the deviations are not independent. */
  readonly low: number;
  readonly high: number;
  /** Value of the line at t = 0. */
  readonly intercept: number;
}

/**
 * @param t seconds since the start of the window (not since the epoch: large times would lose digits)
 * @param y one value for each time, in the metric's unit; NaN = unknown
 * @param confidence probability that the interval holds the slope, between 0 and 1
 * @returns undefined if fewer than two distinct times have a known value
 * @throws {RangeError} if lengths differ, or confidence is not between 0 and 1
 * @example theilSen([0, 1, 2], [5, 7, 9]) // => { slope: 2, low: 2, high: 2, intercept: 5 }
 * @example theilSen([0, 0], [5, 7]) // => undefined
 */
export function theilSen(t: ArrayLike<number>, y: ArrayLike<number>, confidence = 0.9): Line | undefined {
  if (t.length !== y.length) throw new RangeError(`${t.length} times for ${y.length} values`);
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`not a confidence between 0 and 1: ${confidence}`);
  const times: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < y.length; i++) {
    if (!Number.isFinite(y[i])) continue;
    times.push(t[i]!);
    values.push(y[i]!);
  }
  const slopes = pairSlopes(times, values);
  const slope = quantileSorted(slopes, 0.5);
  if (slope === undefined) return undefined;
  const deviation = Math.sqrt(kendallVariance(values.length, tieTerm(times) + tieTerm(values)));
  const width = normalQuantile((1 + confidence) / 2) * deviation;
  // The number of slopes that the interval leaves out at each end.
  const outside = Math.max(0, Math.round((slopes.length - width) / 2) - 1);
  return {
    slope,
    low: slopes[outside]!,
    high: slopes[slopes.length - 1 - outside]!,
    intercept: median(values.map((value, i) => value - slope * times[i]!))!,
  };
}

/** Slopes of all pairs of points at different times, ascending. */
function pairSlopes(t: readonly number[], y: readonly number[]): Float64Array {
  const slopes = new Float64Array((t.length * (t.length - 1)) / 2);
  let count = 0;
  for (let i = 0; i < t.length; i++) {
    for (let j = i + 1; j < t.length; j++) {
      if (t[j] !== t[i]) slopes[count++] = (y[j]! - y[i]!) / (t[j]! - t[i]!);
    }
  }
  return slopes.subarray(0, count).sort();
}
