/**
 * Since when a series grows and how fast: the Theil-Sen line through its floors since it left the calm before.
 *
 *                  _/   since: where the line leaves the lowest floor
 *   _   __  _   _/~
 *    \_/  \/ \_/         calm: the lowest floor may lie anywhere in it
 *
 * Cost: O(n² log n) for n <= 32 floors, so it is asked for only when there is something to say.
 */
import { KEPT } from '../series/floors.ts';
import type { Series } from '../series/series.ts';
import { mannKendall } from '../stats/kendall.ts';
import { theilSen } from '../stats/theil-sen.ts';

/** Fewer floors than this make no line. */
const LEAST_FLOORS = 6;
/** Floors no further above the lowest than this part of the whole rise are still the calm. */
const CALM_SHARE = 0.1;

export interface Growth {
  /** Seconds since the epoch. */
  readonly since: number;
  readonly spanSeconds: number;
  readonly floor: number;
  readonly rise: number;
  /** Units per second, with a 90 % interval. */
  readonly slope: number;
  readonly slopeLow: number;
  readonly slopeHigh: number;
  readonly mannKendallZ: number;
  readonly mannKendallP: number;
}

/**
 * @param level where the growth was seen; coarser levels are taken for as long as it began before what they remember
 * @returns undefined where there are too few floors for a line
 */
export function measureGrowth(series: Series, level: number): Growth | undefined {
  const { floors } = series;
  let chosen = level;
  while (chosen < floors.levels - 1 && lowestBack(series, chosen) >= KEPT - 2 && floors.count(chosen) > KEPT) chosen++;
  let oldest = onsetBack(series, chosen);
  while (chosen > 0 && oldest + 1 < LEAST_FLOORS) oldest = onsetBack(series, --chosen);
  const n = oldest + 1;
  if (n < LEAST_FLOORS) return undefined;
  const blockSeconds = series.intervalSeconds * floors.size(chosen);
  const t = new Float64Array(n);
  const y = new Float64Array(n);
  for (let at = 0; at < n; at++) {
    t[at] = at * blockSeconds;
    y[at] = floors.floor(chosen, oldest - at);
  }
  const line = theilSen(t, y);
  if (!line) return undefined;
  const test = mannKendall(y);
  const floor = y.findLast((value) => !Number.isNaN(value))!;
  const lowestAt = lowestBack(series, chosen);
  const lowest = floors.floor(chosen, lowestAt);
  // The line may have left the lowest floor somewhat earlier, but not before the floor was there.
  const earlier = line.slope > 0 ? Math.max(0, (line.intercept - lowest) / line.slope) : 0;
  const earlierSeconds = Math.round(Math.min(earlier, (lowestAt - oldest) * blockSeconds));
  const beginning = floors.count(chosen) - n;
  return {
    since: series.timeOf(beginning * floors.size(chosen)) - earlierSeconds,
    spanSeconds: n * blockSeconds + earlierSeconds,
    floor,
    rise: floor - lowest,
    slope: line.slope,
    slopeLow: line.low,
    slopeHigh: line.high,
    mannKendallZ: test.z,
    mannKendallP: test.p,
  };
}

/** How many blocks ago the floor was in the calm, the last time it was. */
function onsetBack(series: Series, level: number): number {
  const { floors } = series;
  const oldest = lowestBack(series, level);
  let back = 0;
  while (back < oldest && Number.isNaN(floors.floor(level, back))) back++;
  const lowest = floors.floor(level, oldest);
  const calm = lowest + CALM_SHARE * (floors.floor(level, back) - lowest);
  while (back < oldest && !(floors.floor(level, back) <= calm)) back++;
  return back;
}

/** How many blocks ago the floor was lowest, the last time it was. */
function lowestBack(series: Series, level: number): number {
  const { floors } = series;
  let lowest = Number.POSITIVE_INFINITY;
  let at = 0;
  for (let back = 0; back < floors.kept(level); back++) {
    const floor = floors.floor(level, back);
    if (floor < lowest) {
      lowest = floor;
      at = back;
    }
  }
  return at;
}
