/**
 * Quantiles of a sample by linear interpolation between its order statistics.
 * Source: Hyndman & Fan 1996, "Sample quantiles in statistical packages", The American Statistician 50(4), type 7.
 */

/**
 * @param sorted values in ascending order, none is NaN
 * @param q which quantile, 0 (the least) to 1 (the greatest)
 * @returns undefined if there are no values
 * @throws {RangeError} if q is not from 0 to 1
 * @example quantileSorted([1, 2, 3, 4], 0.25) // => 1.75
 * @example quantileSorted([], 0.5) // => undefined
 */
export function quantileSorted(sorted: ArrayLike<number>, q: number): number | undefined {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`not a quantile from 0 to 1: ${q}`);
  const { length } = sorted;
  if (length === 0) return undefined;
  const at = (length - 1) * q;
  const below = Math.floor(at);
  const low = sorted[below]!;
  return at === below ? low : low + (at - below) * (sorted[below + 1]! - low);
}

/**
 * @param values in any order, none is NaN; the array is not changed
 * @returns undefined if there are no values
 * @example median([3, 1, 2, 10]) // => 2.5
 */
export function median(values: ArrayLike<number>): number | undefined {
  return quantileSorted(Float64Array.from(values).sort(), 0.5);
}
