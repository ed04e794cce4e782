/** A suspicion so near to its limit that there is no time to be sure: it is told as a leak. */
import type { Bound } from '../model/reading.ts';

/** So much of the limit is used, and the rest ends within so many seconds. */
const NEAR_RATIO = 0.8;
const NEAR_SECONDS = 1200;

/** @param exhaustionSeconds until the bound is reached; undefined = nobody can say */
export function isNearLimit(bound: Bound | undefined, exhaustionSeconds: number | undefined): boolean {
  if (!bound || exhaustionSeconds === undefined) return false;
  return bound.used >= NEAR_RATIO * bound.limit && exhaustionSeconds <= NEAR_SECONDS;
}
