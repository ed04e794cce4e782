/** A suspicion close to its limit is told as a leak: there is no time left to be sure. */
import type { Bound } from '../model/reading.ts';
import type { Verdict } from './report.ts';

/**
 * Close to its limit: 80 % of it are used, and the rest is used up within 20 minutes. Chosen: a suspicion takes an hour
 * or more to become a leak, so that at this distance the limit would come first.
 */
const NEAR_RATIO = 0.8;
const NEAR_SECONDS = 1200;

/**
 * How a suspicion is told. One that was told as a leak stays a leak for as long as it is suspected.
 * @param told the verdict that was told before
 * @param exhaustionSeconds until the bound is reached; undefined = unknown
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
