/**
 * leakwatch as a library. No side effects on import.
 *
 *   import { createDetector } from 'leakwatch';
 *   const detector = createDetector({ metric: 'threads', intervalSeconds: 20 });
 *   for (const [t, value] of points) if (detector.push(t, value) === 'leak') console.log(detector.evidence());
 */
import { createMonitor as createLoop, type Monitor } from './daemon/monitor.ts';
import type { GroupPattern } from './model/grouping.ts';
import { METRICS, type Metric } from './model/metrics.ts';
import { Sinks } from './sinks/sink.ts';
import { openSource } from './sources/open.ts';
import type { GrowthEvidence } from './verdict/evidence.ts';
import { Judge } from './verdict/judge.ts';
import type { Publication } from './verdict/publication.ts';
import type { Verdict } from './verdict/report.ts';

export type { Monitor } from './daemon/monitor.ts';
export type { AlertCode } from './model/alerts.ts';
export type { GroupPattern } from './model/grouping.ts';
export type { Metric, Resource } from './model/metrics.ts';
export type { Bound } from './model/reading.ts';
export type { Culprit, NamedEvent } from './verdict/culprit.ts';
export type { Evidence, GrowthEvidence } from './verdict/evidence.ts';
export type { Publication } from './verdict/publication.ts';
export type { Event, GroupReport, Report, SeriesReport, Verdict } from './verdict/report.ts';

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
   * @throws {TypeError} if the value is not a number
   * @throws {RangeError} if the time is not finite, or the value not finite or negative
   */
  push(tSeconds: number, value: number | undefined): Verdict;
  /**
   * The measured program has restarted: a new incarnation begins with the next point.
   * @param tSeconds time of the restart, which the detector does not need
   */
  restart(tSeconds: number): void;
  /** The numbers behind the current verdict. */
  evidence(): GrowthEvidence;
}

/**
 * A detector of one series: the same code as the daemon's.
 * @throws {TypeError} if the metric is unknown
 * @throws {RangeError} if the interval or the budget is not a positive number
 */
export function createDetector(options: DetectorOptions): Detector {
  const { intervalSeconds, falseAlarmsPerYear = 1 } = options;
  const metric = METRICS.find(({ name }) => name === options.metric);
  if (!metric)
    throw new TypeError(`metric must be one of ${METRICS.map(({ name }) => name).join(', ')}, not ${options.metric}`);
  requirePositive('intervalSeconds', intervalSeconds);
  requirePositive('falseAlarmsPerYear', falseAlarmsPerYear);
  const judge = new Judge({ metric, intervalSeconds, falseAlarmsPerYear });
  return {
    push(tSeconds, value) {
      if (!Number.isFinite(tSeconds)) throw new RangeError(`tSeconds must be a finite number, not ${tSeconds}`);
      if (value !== undefined) requireReading(value);
      return judge.push(tSeconds, value);
    },
    restart: () => judge.restart(),
    evidence: () => judge.evidence(undefined),
  };
}

export interface EmbeddedMonitorOptions {
  readonly intervalSeconds?: number;
  readonly procfs?: string;
  readonly groups?: readonly GroupPattern[];
  readonly maxGroups?: number;
  readonly falseAlarmsPerMonth?: number;
  /** Gets each sample, and near a limit also the extra ones in between (`report.extra`), which no verdict rests on. */
  readonly onSample: (publication: Publication) => void;
  /**
   * Gets the error of a sample that failed, and the first error of `onSample` (`self.sinkFailuresTotal` counts them).
   * The next sample is still taken.
   */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * The daemon's loop for embedding: samples this host until the signal that `run` gets is aborted.
 * @throws {RangeError} if the interval, the budget or the number of groups is not a positive number
 * @throws {Error} if `procfs` is given and is not a proc file system
 */
export function createMonitor(options: EmbeddedMonitorOptions): Monitor {
  const { intervalSeconds = 20, procfs = '/proc', groups = [], maxGroups = 50, falseAlarmsPerMonth = 1 } = options;
  requirePositive('intervalSeconds', intervalSeconds);
  requirePositive('maxGroups', maxGroups);
  requirePositive('falseAlarmsPerMonth', falseAlarmsPerMonth);
  const { onSample, onFailure = () => undefined } = options;
  const sinks = new Sinks(onFailure);
  sinks.add({ name: 'onSample', publish: onSample });
  return createLoop({
    sinks,
    source: openSource({ procfs, everyCommandLine: groups.length > 0 }),
    intervalSeconds,
    groups,
    maxGroups,
    falseAlarmsPerMonth,
    onFailure,
  });
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be a positive number, not ${value}`);
}

function requireReading(value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`value must be a number or undefined, not ${inWords(value)}`);
  if (!(value >= 0 && Number.isFinite(value)))
    throw new RangeError(`value must be a finite number that is not negative, not ${value}`);
}

/** @returns a description of any value, including those that cannot be converted to a string */
function inWords(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : value === null ? 'null' : `a ${typeof value}`;
}
