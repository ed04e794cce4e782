/**
 * The lengths of the blocks in which a series is looked at, one for each level. They double from one slot to half a
 * day: what comes and goes within a block does not show in its floor. Whole days follow, as only those hide day and
 * night.
 *
 *   20 s   40 s   80 s   2.7 min   5.3 min ... 5.7 h   11.4 h   1 day   2 days
 */

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** Days of the blocks of the two coarsest levels. A third level would cost 250 bytes for each series. */
const DAYS = [1, 2] as const;
/** Blocks double up to this share of a day. */
const LONGEST_DOUBLED_DAYS = 1 / 2;
/**
 * Seconds. A shorter interval is an experiment in quick motion, in which an hour has as many slots as at the usual one.
 */
const LEAST_REAL_INTERVAL = 5;
/** Seconds: the default of `--interval`, which Heroku's log-runtime-metrics has too. */
const USUAL_INTERVAL = 20;
/** Least number of slots of a day, however long the interval: with 8 there are three levels below the days. */
const LEAST_DAY = 8;
/**
 * An hour holds at most so many blocks of the finest level that verdicts look at: at 20 s a block of 80 s, and windows
 * of 16 (rank) and 27 minutes (sign). A rise that is over sooner is a burst.
 */
const JUDGED_BLOCKS_PER_HOUR = 45;

/** A day has at most so many parts: one less than the means that are kept (`KEPT_MEANS` of floors.ts). */
const MOST_DAY_PARTS = 12;

export interface Scale {
  /** Length of a slot. */
  readonly intervalSeconds: number;
  /** Slots of a block, by level. */
  readonly sizes: Int32Array;
  /** Number of levels whose blocks double; those above have blocks of days. */
  readonly doublings: number;
  /** Finest level that verdicts look at. */
  readonly finestJudged: number;
  /** The level whose blocks a day is made of: a sixth to a twelfth of it each. */
  readonly dayPart: number;
  /** Slots of an hour and of a day. */
  readonly hour: number;
  readonly day: number;
}

let latest: Scale | undefined;

/** @param intervalSeconds below 5 s, hours and days are as many slots as at 20 s */
export function scaleOf(intervalSeconds: number): Scale {
  // All series of a host share one scale.
  if (latest?.intervalSeconds !== intervalSeconds) latest = makeScale(intervalSeconds);
  return latest;
}

function makeScale(intervalSeconds: number): Scale {
  const real = intervalSeconds < LEAST_REAL_INTERVAL ? USUAL_INTERVAL : intervalSeconds;
  const day = Math.max(LEAST_DAY, Math.round(DAY_SECONDS / real));
  const hour = Math.max(1, Math.round(HOUR_SECONDS / real));
  const doublings = Math.floor(Math.log2(LONGEST_DOUBLED_DAYS * day)) + 1;
  const doubling = Array.from({ length: doublings }, (_, level) => 2 ** level);
  const sizes = Int32Array.from([...doubling, ...DAYS.map((days) => days * day)]);
  return {
    intervalSeconds,
    sizes,
    doublings,
    finestJudged: levelOf({ sizes }, hour / JUDGED_BLOCKS_PER_HOUR),
    dayPart: levelOf({ sizes }, day / MOST_DAY_PARTS),
    hour,
    day,
  };
}

/** The finest level whose blocks have at least so many slots; the coarsest level if none has. */
export function levelOf({ sizes }: Pick<Scale, 'sizes'>, slots: number): number {
  const level = sizes.findIndex((size) => size >= slots);
  return level < 0 ? sizes.length - 1 : level;
}
