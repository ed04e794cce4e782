/**
 * `leakwatch/detector`: the verdict on one series, in any JavaScript. It needs no Node and imports nothing when built,
 * so it can be bundled in any format, for a browser too. No side effects on import.
 *
 *   import { createDetector } from 'leakwatch/detector';
 *   const detector = createDetector({ metric: 'threads', intervalSeconds: 20 });
 *   for (const [t, value] of points) if (detector.push(t, value) === 'leak') console.log(detector.evidence());
 */
import { METRICS, type Metric } from './model/metrics.ts';
import { inWords, requireOptions, requirePositive } from './text/arguments.ts';
import type { GrowthEvidence } from './verdict/evidence.ts';
import { Judge } from './verdict/judge.ts';
import type { Verdict } from './verdict/report.ts';

export type { Metric } from './model/metrics.ts';
export type { GrowthEvidence } from './verdict/evidence.ts';
export type { Verdict } from './verdict/report.ts';

export interface DetectorOptions {
  readonly metric: Metric;
  /** Seconds between two points. How long the detector waits is counted in points. */
  readonly intervalSeconds: number;
  /** Accepted false alarms a year of this series. */
  readonly falseAlarmsPerYear?: number;
}

export interface Detector {
  /**
   * @param tSeconds any clock in seconds that does not go back
   * @param value a count or bytes, not negative; undefined = unknown
   * @throws {TypeError} if the time or the value is not a number
   * @throws {RangeError} if the time is not finite, or the value not finite or negative
   */
  push(tSeconds: number, value: number | undefined): Verdict;
  /**
   * The measured program has restarted: a new life begins at this time. Points of an earlier time belong to the life
   * before, so they are ignored from now on.
   * @throws {TypeError} if the time is not a number
   * @throws {RangeError} if the time is not finite
   */
  restart(tSeconds: number): void;
  /** The numbers behind the current verdict. */
  evidence(): GrowthEvidence;
}

const OPTIONS = ['metric', 'intervalSeconds', 'falseAlarmsPerYear'];

/**
 * A detector of one series: the same code as the daemon's.
 * @throws {TypeError} if the metric or an option is unknown, or of the wrong type
 * @throws {RangeError} if the interval or the budget is not a positive number
 */
export function createDetector(options: DetectorOptions): Detector {
  requireOptions('createDetector', options, OPTIONS);
  const { intervalSeconds, falseAlarmsPerYear = 1 } = options;
  const metric = METRICS.find(({ name }) => name === options.metric);
  if (!metric) {
    const names = METRICS.map(({ name }) => name).join(', ');
    throw new TypeError(`metric must be one of ${names}, not ${inWords(options.metric)}`);
  }
  requirePositive('intervalSeconds', intervalSeconds);
  requirePositive('falseAlarmsPerYear', falseAlarmsPerYear);
  const judge = new Judge({ metric, intervalSeconds, falseAlarmsPerYear });
  let begunSeconds = Number.NEGATIVE_INFINITY;
  return {
    push(tSeconds, value) {
      requireTime(tSeconds);
      if (value !== undefined) requireReading(value);
      return tSeconds < begunSeconds ? judge.verdict : judge.push(tSeconds, value);
    },
    restart(tSeconds) {
      requireTime(tSeconds);
      begunSeconds = tSeconds;
      judge.restart();
    },
    evidence: () => judge.evidence(undefined),
  };
}

function requireTime(tSeconds: unknown): void {
  if (typeof tSeconds !== 'number') throw new TypeError(`tSeconds must be a number, not ${inWords(tSeconds)}`);
  if (!Number.isFinite(tSeconds)) throw new RangeError(`tSeconds must be a finite number, not ${tSeconds}`);
}

function requireReading(value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`value must be a number or undefined, not ${inWords(value)}`);
  if (!(value >= 0 && Number.isFinite(value)))
    throw new RangeError(`value must be a finite number that is not negative, not ${value}`);
}
