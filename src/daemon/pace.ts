/**
 * How soon to take the next sample. Near a limit samples come closer together, because there is little time left to see
 * it come. The detectors do not see these extra samples (`Readings.extra`), so that their series stay evenly spaced.
 *
 *   limit  - - - - - - - - - - - - ____    ten samples on the way to a limit in sight; afterwards each wait is twice
 *                              ./          the one before, up to the interval again
 *                         .  /
 *          |    |    |   | | ||||| | |   |    |
 */
import { RESOURCES, type Resource } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';
import type { Report } from '../verdict/report.ts';

/** Samples on the way to a limit. One that is more than ten intervals away gets as many at the usual pace. */
const LOOKS = 10;
/**
 * The rate between two samples is noise, and counts only with 90 % of the limit used, or less than three intervals
 * left.
 */
const NEAR_RATIO = 0.9;
const FEW_INTERVALS = 3;
const LEAST_SECONDS = 1;

interface Used {
  readonly t: number;
  readonly bounds: Report['bounds'];
}

export class Pace {
  readonly #intervalSeconds: number;
  readonly #share: number;
  #present: number;
  /** The last two regular (not extra) samples, so that a rate is always measured over at least one interval. */
  #last: Used | undefined;
  #before: Used | undefined;

  /**
   * @param intervalSeconds as configured; below two seconds it is not shortened
   * @param share of one core that samples may cost: closer ones must not add to the trouble of a host at its limit
   */
  constructor(intervalSeconds: number, share: number) {
    this.#intervalSeconds = intervalSeconds;
    this.#share = share;
    this.#present = intervalSeconds;
  }

  /**
   * @param report of the last sample
   * @param cpuSeconds what it cost
   * @returns seconds until the next one, no more than the interval
   */
  next(report: Report, cpuSeconds: number): number {
    const interval = this.#intervalSeconds;
    if (interval < 2 * LEAST_SECONDS) return interval;
    if (!report.extra) {
      this.#before = this.#last;
      this.#last = report;
    }
    const ends = RESOURCES.map((resource) => this.#end(report, resource));
    const least = Math.max(LEAST_SECONDS, cpuSeconds / this.#share);
    const wanted = Math.min(2 * this.#present, ...ends.map((seconds) => seconds / LOOKS));
    this.#present = Math.min(interval, Math.max(least, wanted));
    return this.#present;
  }

  /** Seconds to the limit, by forecast or by the rate of the last samples; infinite where it is reached already. */
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
