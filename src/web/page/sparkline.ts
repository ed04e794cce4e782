/** The curve of a series as two paths of a picture 100 wide and 26 high, which is stretched to its cell. */
import type { Point } from './report.ts';

/** Of the largest value, and in the metric's unit: a range smaller than both is drawn as if it were as large. */
const LEAST_RANGE_RATIO = 0.15;
const LEAST_RANGE = 4;

/**
 * A wobble of a few per cent must not look like a mountain.
 * @param points oldest first
 * @returns undefined for fewer than two points
 */
export function sparkline(points: readonly Point[]): { readonly line: string; readonly area: string } | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return undefined;
  const values = points.map(({ v }) => v);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const range = Math.max(high - low, LEAST_RANGE_RATIO * high, LEAST_RANGE);
  const bottom = (low + high) / 2 - range / 2;
  const span = Math.max(1, last.t - first.t);
  const path = points
    .map(({ t, v }) => `${(((t - first.t) / span) * 100).toFixed(1)} ${(24 - ((v - bottom) / range) * 22).toFixed(1)}`)
    .join('L');
  return { line: `M${path}`, area: `M0 26L${path}L100 26Z` };
}
