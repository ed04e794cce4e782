/**
 * When a growth reaches its limit, if it goes on: a number of seconds and a 90 % interval.
 *
 *   limit -----------------+---+-------+      headroom: from the top of the series, which gets there before its floors
 *                       . |  .|     . |
 *                    . . |.  |  .    high:  the tops are low, the slope is at the flat end of its interval, or goes on
 *                 /. .  low:                to lose; they are high, it is at the steep end, or goes on to gain
 *             _/~
 *
 * Tops differ, as the teeth of a collector do. The limit is reached as soon as the highest reading so far gets there, so
 * the interval spans what the tops of the newest blocks foretell, each by itself.
 *
 * Its constants were tuned on other seeds of the corpus than docs/detection-results.md reports. What moving one does to
 * error and coverage is in the table "Forecasts" of `npm run bench:detection -- --tune`.
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

/** Heights above the newest reading, negative if below; the lowest is at most the latest, and the highest at least. */
export interface Tops {
  readonly latest: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface Situation {
  /** To which the series has come in its newest blocks, as high as they would be now if only the growth had gone on. */
  readonly tops: Tops;
  /** The smallest step of its values: 1 for a count. */
  readonly grain: number;
  /** Time to the next reading: a limit that is not reached yet is at least so far away. */
  readonly intervalSeconds: number;
}

/**
 * A line is drawn no further than so many times the span it was seen on. More: forecasts are shown sooner, and err
 * more.
 */
const MOST_SPANS = 5;
/** Standard errors of an acceleration that are chance (95 %, two-sided); only what exceeds them bends the line. */
const CERTAIN_ERRORS = 2;
/**
 * Share of the further bend that the interval allows for, whether it is certain or not. More: wider, and holds more.
 */
const BEND_SHARE = 0.5;
/** Least relative width of the interval to either side, for what none of its terms knows. */
const LEAST_WIDTH = 0.03;
/** Standard deviations to either side that hold 90 % of a normal distribution: `normalQuantile(0.95)`. */
const NINETY_PERCENT = 1.645;

/** @returns undefined where the slope may be zero as well, or the limit is too far away for the span that was seen */
export function forecast(growth: GrowthLine, bound: Bound, situation: Situation): Forecast | undefined {
  const { slope, slopeLow, slopeHigh, spanSeconds, scatter, acceleration, accelerationError } = growth;
  if (!(slopeLow > 0)) return undefined;
  if (bound.used >= bound.limit) return { seconds: 0, low: 0, high: 0, slope };
  const { tops, grain, intervalSeconds } = situation;
  const headroomOf = (top: number): number => Math.max(0, bound.limit - bound.used - top);
  if (headroomOf(tops.latest) > MOST_SPANS * spanSeconds * slope) return undefined;
  // A growth that slows is measured on its newest part (see climb.ts) and not bent further: it would end below the
  // limit.
  const errors = acceleration > 0 ? acceleration / accelerationError : 0;
  const certain = errors > CERTAIN_ERRORS ? acceleration * (1 - (CERTAIN_ERRORS / errors) ** 2) : 0;
  const secondsTo = (top: number): number =>
    Math.max(intervalSeconds, timeTo(headroomOf(top), slope + (certain * spanSeconds) / 2, certain));
  // Relative to the way ahead: how the growth may wander, how exactly its start is known, and its bend since mid-span.
  const widthOf = (seconds: number, bends: 1 | -1): number => {
    const wander = (slopeHigh / slope - 1) * Math.sqrt(1 + spanSeconds / seconds);
    const position = Math.hypot(NINETY_PERCENT * scatter, grain) / (slope * seconds);
    const bend = (bends * BEND_SHARE * acceleration * (spanSeconds + seconds)) / 2 / slope;
    return Math.hypot(wander, position, LEAST_WIDTH, Math.max(0, bend));
  };
  const [soonest, latest] = [secondsTo(tops.highest), secondsTo(tops.lowest)];
  return {
    seconds: secondsTo(tops.latest),
    low: Math.max(intervalSeconds, soonest / times(widthOf(soonest, 1))),
    high: latest * times(widthOf(latest, -1)),
    slope,
  };
}

/** Solves distance = rate t + acceleration t² / 2 for t; neither rate nor acceleration is negative. */
function timeTo(distance: number, rate: number, acceleration: number): number {
  return (2 * distance) / (rate + Math.sqrt(rate * rate + 2 * acceleration * distance));
}

/**
 * exp(width), to the second order: next to the limit a width is many times the little time left, and exp would explode.
 */
function times(width: number): number {
  return 1 + width + (width * width) / 2;
}
