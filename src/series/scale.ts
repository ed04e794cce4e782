/**
 * The lengths of time that a series is looked at: blocks that double from one slot to half a day, so that whatever comes
 * and goes faster than a block vanishes from it; then whole days, because what comes and goes by day and night vanishes
 * from nothing else.
 *
 *   20 s   40 s   80 s   2.7 min   5.3 min ... 5.7 h   11.4 h   1 day   2 days
 */

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** Multiples of a day at the coarse end. */
const DAYS = [1, 2] as const;
/** An interval shorter than this is an experiment in quick motion: hours and days shrink with it. */
const LEAST_REAL_INTERVAL = 5;
const USUAL_INTERVAL = 20;
/** Slots of a day at the least, however rare the samples: fewer make no blocks. */
const LEAST_DAY = 8;

export interface Scale {
  /** Of a slot. */
  readonly intervalSeconds: number;
  /** By level: the slots of a block. */
  readonly sizes: Int32Array;
  /** Levels that double; those above are days. */
  readonly doublings: number;
  /** Finest level that verdicts look at: their windows are 16 and 32 minutes. A rise that is over sooner is a burst. */
  readonly finestJudged: number;
  /** Slots. */
  readonly hour: number;
  readonly day: number;
}

let latest: Scale | undefined;

/** @param intervalSeconds below 5 s, hours and days are as many slots as at 20 s */
export function scaleOf(intervalSeconds: number): Scale {
  // All series of a host have the same.
  if (latest?.intervalSeconds !== intervalSeconds) latest = makeScale(intervalSeconds);
  return latest;
}

function makeScale(intervalSeconds: number): Scale {
  const real = intervalSeconds < LEAST_REAL_INTERVAL ? USUAL_INTERVAL : intervalSeconds;
  const day = Math.max(LEAST_DAY, Math.round(DAY_SECONDS / real));
  const hour = Math.max(1, Math.round(HOUR_SECONDS / real));
  const doublings = Math.floor(Math.log2(day / 2)) + 1;
  const doubling = Array.from({ length: doublings }, (_, level) => 2 ** level);
  const sizes = Int32Array.from([...doubling, ...DAYS.map((days) => days * day)]);
  return {
    intervalSeconds,
    sizes,
    doublings,
    finestJudged: levelOf({ sizes }, hour / 45),
    hour,
    day,
  };
}

/** The finest level whose blocks last at least so many slots; the coarsest where none does. */
export function levelOf({ sizes }: Pick<Scale, 'sizes'>, slots: number): number {
  const level = sizes.findIndex((size) => size >= slots);
  return level < 0 ? sizes.length - 1 : level;
}
