/**
 * How soon to look again. Where the end of something is near there is little time left to see it come, and samples come
 * closer together; the detectors do not see those in between (`Readings.extra`), so that their series stay even.
 *
 *   limit  - - - - - - - - - - - - ____    an end in sight is looked at ten times on the way there, and afterwards
 *                              ./          each wait is twice the one before, up to the interval again
 *                         .  /
 *          |    |    |   | | ||||| | |   |    |
 */
import { RESOURCES, type Resource } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';
import type { Report } from '../verdict/report.ts';

/** Looks on the way to an end; one that is as many intervals away is seen well enough. */
const LOOKS = 10;
/** Two samples make no forecast: what they say counts near the limit, or where it is a matter of so many intervals. */
const NEAR_RATIO = 0.9;
const FEW_INTERVALS = 3;
const LEAST_SECONDS = 1;
/** Of one core, that samples may take. */
const MOST_SHARE = 0.05;

interface Used {
  readonly t: number;
  readonly bounds: Report['bounds'];
}

export class Pace {
  readonly #intervalSeconds: number;
  #present: number;
  /** The last two samples of the interval: what came since the older one came in an interval at the least. */
  #last: Used | undefined;
  #before: Used | undefined;

  /** @param intervalSeconds as configured; one below two seconds leaves nothing to shorten */
  constructor(intervalSeconds: number) {
    this.#intervalSeconds = intervalSeconds;
    this.#present = intervalSeconds;
  }

  /**
   * @param report of the last sample
   * @param sampleSeconds how long it took
   * @returns seconds until the next one, no more than the interval
   */
  next(report: Report, sampleSeconds: number): number {
    const interval = this.#intervalSeconds;
    if (interval < 2 * LEAST_SECONDS) return interval;
    if (!report.extra) {
      this.#before = this.#last;
      this.#last = report;
    }
    const ends = RESOURCES.map((resource) => this.#end(report, resource));
    const least = Math.max(LEAST_SECONDS, sampleSeconds / MOST_SHARE);
    const wanted = Math.min(2 * this.#present, ...ends.map((seconds) => seconds / LOOKS));
    this.#present = Math.min(interval, Math.max(least, wanted));
    return this.#present;
  }

  /** Seconds until there is nothing left, as forecast or as it goes; what has been reached already will not be. */
  #end({ t, bounds, exhaustionSeconds }: Report, resource: Resource): number {
    const forecast = exhaustionSeconds[resource] || Number.POSITIVE_INFINITY;
    const bound = bounds[resource];
    const before = this.#before?.bounds[resource];
    if (!bound || !before || before.of !== bound.of) return forecast;
    const seconds = secondsLeft(bound, bound.used - before.used, t - this.#before!.t);
    const isNear = bound.used >= NEAR_RATIO * bound.limit;
    return isNear || seconds <= FEW_INTERVALS * this.#intervalSeconds ? Math.min(forecast, seconds) : forecast;
  }
}

function secondsLeft({ used, limit }: Bound, growth: number, seconds: number): number {
  if (!(growth > 0 && seconds > 0 && used < limit)) return Number.POSITIVE_INFINITY;
  return ((limit - used) * seconds) / growth;
}
