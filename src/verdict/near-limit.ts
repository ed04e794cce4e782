/** A suspicion so near to its limit that there is no time to be sure: it is told as a leak. */
import type { Bound } from '../model/reading.ts';
import type { Verdict } from './report.ts';

/** So much of the limit is used, and the rest ends within so many seconds. */
const NEAR_RATIO = 0.8;
const NEAR_SECONDS = 1200;

/**
 * What is told of a suspicion. One that was told as a leak stays one for as long as it is suspected.
 * @param told before
 * @param exhaustionSeconds until the bound is reached; undefined = nobody can say
 */
export function tellSuspicion(
  told: Verdict,
  bound: Bound | undefined,
  exhaustionSeconds: number | undefined,
): 'suspect' | 'leak' {
  return told === 'leak' || isNear(bound, exhaustionSeconds) ? 'leak' : 'suspect';
}

function isNear(bound: Bound | undefined, exhaustionSeconds: number | undefined): boolean {
  if (!bound || exhaustionSeconds === undefined) return false;
  return bound.used >= NEAR_RATIO * bound.limit && exhaustionSeconds <= NEAR_SECONDS;
}
