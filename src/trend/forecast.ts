/** When a growth reaches its limit, if it goes on as it does. */
import type { Bound } from '../model/reading.ts';
import type { Growth } from './slope.ts';

export interface Forecast {
  /** Seconds from now at the measured slope, and at the steep and the flat end of its interval. */
  readonly seconds: number;
  readonly low: number;
  /** Infinity where the interval holds standing still. */
  readonly high: number;
}

/** A line is not drawn further than this many times the span it was seen on. */
const MOST_SPANS = 3;

/** @returns undefined where the growth is not certain, or the limit too far away to be seen from here */
export function forecast(growth: Growth, bound: Bound): Forecast | undefined {
  if (!(growth.slopeLow > 0)) return undefined;
  const headroom = Math.max(0, bound.limit - bound.used);
  const seconds = headroom / growth.slope;
  if (seconds > MOST_SPANS * growth.spanSeconds) return undefined;
  return { seconds, low: headroom / growth.slopeHigh, high: headroom / growth.slopeLow };
}
