/**
 * When a growth reaches its limit, if it goes on as it does: a number and a 90 % interval.
 *
 *   limit -----------------+---+-------+      headroom: from the top of the series, which is there before its floors
 *                       . |  .|     . |
 *                    . . |.  |  .    high:  the slope is at the flat end of its interval, or goes on to lose
 *                 /. .  low:                at the steep end, or goes on to gain
 *             _/~
 *
 * The constants were tuned on seeds of the corpus other than those of docs/detection-results.md, which has the coverage.
 */
import type { Bound } from '../model/reading.ts';
import type { GrowthLine } from './growth-line.ts';

export interface Forecast {
  /** Seconds from now, and the ends of their 90 % interval. */
  readonly seconds: number;
  readonly low: number;
  readonly high: number;
  /** Units per second of the growth that leads there. */
  readonly slope: number;
}

export interface Situation {
  /** How far the top of the series is above its present reading. */
  readonly above: number;
  /** The smallest step of its values: 1 of a count. */
  readonly grain: number;
  /** Until the next reading: a limit that is not reached is no nearer. */
  readonly intervalSeconds: number;
}

/** A line is not drawn further than this many times the span it was seen on. */
const MOST_SPANS = 5;
/** An acceleration counts as far as it is beyond so many standard errors. */
const CERTAIN_ERRORS = 2;
/** Part of its further course that the interval allows for, certain or not. */
const BEND_SHARE = 0.5;
/** Nothing is certain to less than this. */
const LEAST_WIDTH = 0.03;
/** Standard deviations to either side that hold 90 % of what is normal. */
const NINETY_PERCENT = 1.645;

/** @returns undefined where it may stand still as well, or the limit is too far away to be seen from here */
export function forecast(growth: GrowthLine, bound: Bound, situation: Situation): Forecast | undefined {
  const { slope, slopeLow, slopeHigh, spanSeconds, scatter, acceleration, accelerationError } = growth;
  if (!(slopeLow > 0)) return undefined;
  if (bound.used >= bound.limit) return { seconds: 0, low: 0, high: 0, slope };
  const headroom = Math.max(0, bound.limit - bound.used - situation.above);
  if (headroom > MOST_SPANS * spanSeconds * slope) return undefined;
  // What slows is measured on its newest part (see climb.ts) and not bent further: it would end nowhere.
  const errors = acceleration > 0 ? acceleration / accelerationError : 0;
  const certain = errors > CERTAIN_ERRORS ? acceleration * (1 - (CERTAIN_ERRORS / errors) ** 2) : 0;
  const seconds = Math.max(situation.intervalSeconds, timeTo(headroom, slope + (certain * spanSeconds) / 2, certain));
  // Relative to the way ahead: how it may wander, where it begins, and what it gains from the middle of the way behind.
  const wander = (slopeHigh / slope - 1) * Math.sqrt(1 + spanSeconds / seconds);
  const position = Math.hypot(NINETY_PERCENT * scatter, situation.grain) / (slope * seconds);
  const bend = (BEND_SHARE * acceleration * (spanSeconds + seconds)) / 2 / slope;
  const early = Math.hypot(wander, position, LEAST_WIDTH, Math.max(0, bend));
  const late = Math.hypot(wander, position, LEAST_WIDTH, Math.max(0, -bend));
  return { seconds, low: seconds / times(early), high: seconds * times(late), slope };
}

/** Where distance = rate t + acceleration t² / 2, neither of them negative. */
function timeTo(distance: number, rate: number, acceleration: number): number {
  return (2 * distance) / (rate + Math.sqrt(rate * rate + 2 * acceleration * distance));
}

/** The exponential function where it is harmless; next to the limit a width is many times the little time that is left. */
function times(width: number): number {
  return 1 + width + (width * width) / 2;
}
