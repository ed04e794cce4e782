/**
 * Mann-Kendall test for a trend of any shape. S is the number of pairs of values that rise minus the number that fall.
 * Null hypothesis: the values are exchangeable. In most series neighbouring values are correlated: p is then too small.
 * Source: Mann 1945, Econometrica 13, 245-259; Kendall 1975, Rank Correlation Methods, 4th ed. (ties, continuity).
 * Cost: O(n²) comparisons, n <= about 64 here.
 */
import { normalCdf } from './normal.ts';

export interface MannKendall {
  /** Number of known values. */
  readonly n: number;
  readonly s: number;
  /** Variance of S under the null hypothesis, corrected for ties. */
  readonly variance: number;
  /** S, moved towards 0 by 1 (continuity correction), in standard deviations. */
  readonly z: number;
  /** Probability of this S or a larger one under the null hypothesis (one-sided). */
  readonly p: number;
}

/**
 * @param y values in the order of time, NaN = unknown
 * @returns z 0 and p 1 if there are fewer than two known values, or if all are the same
 * @example mannKendall([1, 2, 3, 4, 5]) // => { n: 5, s: 10, variance: 16.666667, z: 2.204541, p: 0.013743 }
 * @example mannKendall([7, 7, NaN, 7]) // => { n: 3, s: 0, variance: 0, z: 0, p: 1 }
 */
export function mannKendall(y: ArrayLike<number>): MannKendall {
  const known = Float64Array.from(y).filter((value) => !Number.isNaN(value));
  const n = known.length;
  const s = kendallS(known, 0, n);
  const variance = kendallVariance(n, tieTerm(known));
  if (variance === 0) return { n, s, variance, z: 0, p: 1 };
  const z = (s - Math.sign(s)) / Math.sqrt(variance);
  return { n, s, variance, z, p: normalCdf(-z) };
}

/**
 * Kendall's S of a part of a series: pairs that rise minus pairs that fall. Allocates nothing.
 * @param y values in the order of time, NaN = unknown
 * @param from first index
 * @param to index after the last
 * @example kendallS([9, 1, 2, NaN, 3], 1, 5) // => 3
 */
export function kendallS(y: ArrayLike<number>, from: number, to: number): number {
  let s = 0;
  for (let i = from; i < to - 1; i++) {
    const earlier = y[i]!;
    for (let j = i + 1; j < to; j++) {
      // NaN is neither above nor below: pairs with it add nothing.
      if (y[j]! > earlier) s++;
      else if (y[j]! < earlier) s--;
    }
  }
  return s;
}

/**
 * Tells whether Kendall's S of a part of a series is at least `least`. It stops as soon as too many pairs do not rise:
 * in noise it looks at about ten pairs, and `kendallS` at all of them.
 * @param y values in the order of time, NaN = unknown
 * @param from first index
 * @param to index after the last
 * @example reachesKendallS([9, 1, 2, NaN, 3], 1, 5, 3) // => true
 */
export function reachesKendallS(y: ArrayLike<number>, from: number, to: number, least: number): boolean {
  const n = to - from;
  // The largest S that is still possible after the pairs seen so far.
  let most = (n * (n - 1)) / 2;
  for (let i = from; i < to - 1; i++) {
    const earlier = y[i]!;
    for (let j = i + 1; j < to; j++) {
      const later = y[j]!;
      if (later > earlier) continue;
      most -= later < earlier ? 2 : 1;
      if (most < least) return false;
    }
  }
  return most >= least;
}

/**
 * Variance of S for n exchangeable values.
 * @param ties the `tieTerm` of the values, plus that of the times if some of them are equal
 * @example kendallVariance(4, 0) // => 8.666667
 */
export function kendallVariance(n: number, ties: number): number {
  // If all values are equal, the corrections for values and times together can exceed what they correct.
  return Math.max(0, n * (n - 1) * (2 * n + 5) - ties) / 18;
}

/**
 * What ties subtract from 18 times the variance of S: the sum of g (g - 1) (2 g + 5) over groups of g equal values.
 * @param values none is NaN; the array is not changed
 * @example tieTerm([2, 1, 2, 3]) // => 18
 */
export function tieTerm(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  let sum = 0;
  for (let i = 0, group = 1; i < sorted.length; i++, group++) {
    if (sorted[i] === sorted[i + 1]) continue;
    sum += group * (group - 1) * (2 * group + 5);
    group = 0;
  }
  return sum;
}
