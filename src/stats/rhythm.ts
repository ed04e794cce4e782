/**
 * The rhythm in which things came: by a timer, in bursts, at certain hours only, none any more. Each is a test, and says
 * nothing unless chance would do as well in less than ERROR of all cases; together they are wrong in 1 % at most.
 * Null hypothesis: they came by chance (Poisson), at a rate that may change slowly, as by day and night.
 *
 *   a timer         |    |    |    |         |    |     gaps are multiples of one period, some missed
 *   in bursts       |||      ||      ||||       |||     gaps are short or long, none between
 *   certain hours   |  ||                |||  |         the same hours of each day
 *
 * It cannot see a timer with a random delay of more than TOLERANCE of its period, nor two timers at once.
 * Cost: some n² steps for n times, 65,000 for 256.
 */
import { median, quantileSorted } from './quantile.ts';

/** In seconds; times as they were given. */
export interface Rhythm {
  /** The times that it was found in. */
  readonly count: number;
  /**
   * One, or one burst, in each such period. The part `share` of the gaps are multiples of it: the others came between. Nine
   * of ten of these are within `spread`.
   */
  readonly every?: { readonly seconds: number; readonly spread: number; readonly share: number };
  /** The fewest and the most that came together. */
  readonly bursts?: { readonly low: number; readonly high: number };
  /** All came between these hours of a day of 86,400 seconds, 0 to 24; from 23 to 4 goes over midnight. */
  readonly hours?: { readonly from: number; readonly to: number };
  /** When the last one came: more have been due since. */
  readonly noneSince?: number;
}

/** Chosen: four tests together are wrong in one case of a hundred at most. */
const ERROR = 0.0025;
/** The clock of start times has ticks of 10 ms: USER_HZ, time(7). */
const TICK = 0.01;

/** Part of a period by which a gap may differ from a multiple of it. Chosen: a timer on a busy host is late by less. */
const TOLERANCE = 0.1;
/** Seconds. A tick is a tenth of a shorter period, so that its multiples could not be told from chance. */
const LEAST_PERIOD = 20 * TICK;
/** Part of all gaps that has to be multiples of the period, for it to be the rhythm of most of them. */
const LEAST_REGULAR = 0.5;
/** Part of those that has to be the period itself: where more are missed, it may be another one. */
const LEAST_SINGLE = 0.3;
/** Part of the gaps that the period is looked for in; it is tested on the others. Chosen: four of them are enough. */
const SEARCHED = 1 / 3;
/** Offsets from the median period, in median ones, up to which a gap counts for the mean. Chosen: two deviations. */
const USUAL_OFFSETS = 3;
/** The quantile of what gaps differ by that is told. */
const NINE_OF_TEN = 0.9;

/** Gaps between bursts are at least so many times as long as those within. */
const BURST_FACTOR = 10;
/** Part of the gaps that has to be within bursts, between bursts, and that may be neither. */
const LEAST_WITHIN = 0.3;
const LEAST_APART = 0.05;
const MOST_NEITHER = 0.05;
/**
 * The least part of exponential gaps that is from some length to BURST_FACTOR times as long, where LEAST_WITHIN are below
 * and LEAST_APART above: with s of them above it is s^(1/10) - s, 0.69 for s = 0.05, and 0.67 where 0.3 are below.
 */
const NEITHER_BY_CHANCE = 0.65;
/** Chosen: fewer are a start, a stop and a change. */
const LEAST_BURSTS = 5;

const DAY = 86_400;
/** Hours that are "certain hours" at most. Chosen: traffic is not asleep for two thirds of the day. */
const MOST_HOURS = 8;
/** Chosen: what was so on three days is no habit yet. */
const LEAST_DAYS = 4;
/** Part of a day: a quarter of an hour. Chosen. */
const EXACT = 0.01;
/** How many times as likely as on average a start may be at some hour, without a rule. That of a sine wave is twice. */
const PEAK = 2;

/** Chosen: a quiet time has to be so many times as long as any before it, because a rate may also go down. */
const QUIET_FACTOR = 3;

/**
 * @param starts when they came, in seconds, ascending; for `hours` from midnight of any day
 * @param now on the same clock: none has come from the last of `starts` until now
 * @returns undefined if no test says anything
 * @example findRhythm([0, 20, 40, 60.02, 80, 100, 120, 140, 160], 165) // => { count: 9, every: { seconds: 20, spread: 0.02, share: 1 } }
 * @example findRhythm([0, 3, 4, 9], 10) // => undefined
 */
export function findRhythm(starts: readonly number[], now: number): Rhythm | undefined {
  const bursts = findBursts(starts);
  const events = bursts ? bursts.map(([first]) => first!) : starts;
  const period = findPeriod(gapsOf(events));
  const daily = findHours(starts);
  // Whatever comes once in a night is said to come then, unless it comes at a certain minute.
  const isDaily = period !== undefined && period.seconds > DAY / 2;
  const isExact = period !== undefined && period.spread <= EXACT * period.seconds;
  const every = isDaily && daily && !isExact ? undefined : period;
  const hours = isDaily && isExact ? undefined : daily;
  const isOver = hasStopped(events, now - (starts.at(-1) ?? now), every !== undefined);
  if (!bursts && !every && !hours && !isOver) return undefined;
  const sizes = bursts?.map(({ length }) => length);
  return {
    count: starts.length,
    ...(every && { every }),
    ...(sizes && { bursts: { low: Math.min(...sizes), high: Math.max(...sizes) } }),
    ...(hours && { hours }),
    ...(isOver && { noneSince: starts.at(-1)! }),
  };
}

/** Rounded to milliseconds: differences of times since 1970 are exact to a microsecond, and gaps are compared. */
function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => Math.round(1000 * (time - times[i]!)) / 1000);
}

/**
 * The period is looked for in the first third of the gaps: that of them that most others are like. It is tested on the
 * rest, so that it need not be paid for that the best one was taken. Whatever came before, a longer gap of a Poisson
 * process is less likely than a shorter one. So of all gaps 2 * TOLERANCE at most are as near as that to a multiple of a
 * given period, whatever the rate is: the binomial test has that probability.
 */
function findPeriod(gaps: readonly number[]): Rhythm['every'] {
  const searched = gaps.slice(0, Math.floor(gaps.length * SEARCHED));
  const tested = gaps.slice(searched.length);
  let best = { seconds: 0, like: 0 };
  for (const seconds of searched) {
    // Multiples do not count here: 20 is one of 5 as well.
    const like = seconds < LEAST_PERIOD ? 0 : searched.filter((gap) => isAbout(gap, seconds)).length;
    if (like > best.like) best = { seconds, like };
  }
  if (best.like === 0) return undefined;
  const period = refine(searched, best.seconds);
  const { length: hits } = multiplesOf(tested, period);
  if (atLeast(hits, tested.length, 2 * TOLERANCE + TICK / period) > ERROR) return undefined;
  const seconds = refine(gaps, period);
  const regular = multiplesOf(gaps, seconds);
  const single = regular.filter((gap) => isAbout(gap, seconds));
  if (regular.length < LEAST_REGULAR * gaps.length || single.length < LEAST_SINGLE * regular.length) return undefined;
  const offsets = regular.map((gap) => Math.abs(gap - nearest(gap, seconds))).sort((a, b) => a - b);
  const spread = Math.max(TICK, quantileSorted(offsets, NINE_OF_TEN)!);
  return { seconds, spread, share: regular.length / gaps.length };
}

/**
 * The mean period, which is more exact than a tick; of the gaps that are nearest to the median one, as others that came
 * between may have left parts of a period that look like one.
 */
function refine(gaps: readonly number[], about: number): number {
  const periods = multiplesOf(gaps, about).map((gap) => gap / Math.round(nearest(gap, about) / about));
  const middle = median(periods) ?? about;
  const usual = median(periods.map((period) => Math.abs(period - middle))) ?? 0;
  const near = periods.filter((period) => Math.abs(period - middle) <= Math.max(TICK, USUAL_OFFSETS * usual));
  return near.reduce((sum, period) => sum + period, 0) / near.length;
}

function multiplesOf(gaps: readonly number[], period: number): number[] {
  return gaps.filter((gap) => Math.abs(gap - nearest(gap, period)) <= TOLERANCE * period);
}

function isAbout(gap: number, period: number): boolean {
  return Math.abs(gap - period) <= TOLERANCE * period;
}

/** The multiple of a period that is nearest to a gap; the period itself at least. */
function nearest(gap: number, period: number): number {
  return Math.max(1, Math.round(gap / period)) * period;
}

/**
 * Looks for a length that gaps do not have, up to ten times as long, while many are shorter and many longer. Of
 * exponential gaps NEITHER_BY_CHANCE at least lie there. The binomial test is paid for each gap that may be the longest
 * within a burst.
 */
function findBursts(starts: readonly number[]): readonly (readonly number[])[] | undefined {
  const gaps = gapsOf(starts);
  const sorted = [...gaps].sort((a, b) => a - b);
  const n = sorted.length;
  for (let within = Math.ceil(LEAST_WITHIN * n); within < n; within++) {
    const longest = Math.max(TICK, sorted[within - 1] ?? 0);
    const apart = sorted.filter((gap) => gap >= BURST_FACTOR * longest).length;
    if (apart < LEAST_APART * n || apart < LEAST_BURSTS - 1) return undefined;
    const neither = sorted.filter((gap) => gap > longest).length - apart;
    if (neither > MOST_NEITHER * n || n * atLeast(n - neither, n, 1 - NEITHER_BY_CHANCE) > ERROR) continue;
    return splitAt(starts, gaps, longest);
  }
  return undefined;
}

function splitAt(starts: readonly number[], gaps: readonly number[], longest: number): number[][] {
  const parts: number[][] = [];
  for (const [i, start] of starts.entries()) {
    if (i > 0 && gaps[i - 1]! <= longest) parts.at(-1)!.push(start);
    else parts.push([start]);
  }
  return parts;
}

/**
 * All starts in a few hours of the day. What comes on one day counts once, as it may belong together. The probability
 * that n independent points lie in a part p of a circle is n p^(n-1), for p <= 1/2 (Stevens 1939, Annals of Eugenics 9).
 */
function findHours(starts: readonly number[]): Rhythm['hours'] {
  const times = starts.map((start) => start - Math.floor(start / DAY) * DAY).sort((a, b) => a - b);
  let [first, last, free] = [0, 0, 0];
  for (const [i, time] of times.entries()) {
    const isLast = i + 1 === times.length;
    const next = times[isLast ? 0 : i + 1]!;
    const gap = next - time + (isLast ? DAY : 0);
    if (gap > free) [first, last, free] = [next, time, gap];
  }
  const taken = DAY - free;
  // A day begins in the middle of the hours that are free.
  const days = new Set(starts.map((start) => Math.floor((start - first + free / 2) / DAY))).size;
  const chance = days * Math.min(1, (PEAK * taken) / DAY) ** (days - 1);
  if (taken > MOST_HOURS * 3600 || days < LEAST_DAYS || chance > ERROR) return undefined;
  return { from: Math.floor(first / 3600), to: Math.ceil(last / 3600) };
}

/**
 * Has none come for longer than chance would have it? At a constant rate, a gap longer than q after n gaps of the length
 * L together has the probability (1 + q / L)^-n. A night may be quiet as well, so that without a timer there must have
 * been a day and a night. In either case it has to be far longer than any gap before.
 */
function hasStopped(events: readonly number[], quiet: number, isTimed: boolean): boolean {
  const gaps = gapsOf(events);
  if (gaps.length === 0) return false;
  if (quiet < QUIET_FACTOR * Math.max(...gaps)) return false;
  const before = events.at(-1)! - events[0]!;
  return isTimed || (Math.max(before, quiet) >= DAY && (1 + quiet / before) ** -gaps.length <= ERROR);
}

/** The probability of `hits` or more of `n`, each with probability `p`. */
function atLeast(hits: number, n: number, p: number): number {
  if (hits <= 0) return 1;
  let sum = 0;
  let logChoose = 0;
  for (let k = 0; k <= n; k++) {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    if (k >= hits) sum += Math.exp(logChoose + k * Math.log(p) + (n - k) * Math.log1p(-p));
  }
  return Math.min(1, sum);
}
