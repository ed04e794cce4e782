/**
 * leakwatch as a library. No side effects on import.
 *
 *   import { createDetector } from 'leakwatch';
 *   const detector = createDetector({ metric: 'threads', intervalSeconds: 20 });
 *   for (const [t, value] of points) if (detector.push(t, value) === 'leak') console.log(detector.evidence());
 */
import { createMonitor as createLoop, type Monitor } from './daemon/monitor.ts';
import type { GroupPattern } from './model/grouping.ts';
import { LinearPattern, NotLinearError, WHY_LINEAR } from './model/linear-pattern.ts';
import { Sinks } from './sinks/sink.ts';
import { openSource } from './sources/open.ts';
import { requireOptions, requirePositive, requireType } from './text/arguments.ts';
import type { Publication } from './verdict/publication.ts';

export type { Monitor } from './daemon/monitor.ts';
export { createDetector, type Detector, type DetectorOptions } from './detector.ts';
export type { AlertCode } from './model/alerts.ts';
export type { GroupPattern } from './model/grouping.ts';
export type { Metric, Resource } from './model/metrics.ts';
export type { Bound } from './model/reading.ts';
export type { Culprit, NamedEvent } from './verdict/culprit.ts';
export type { Evidence, GrowthEvidence } from './verdict/evidence.ts';
export type { Publication } from './verdict/publication.ts';
export type { Event, GroupReport, Report, SeriesReport, Verdict } from './verdict/report.ts';

export interface EmbeddedMonitorOptions {
  readonly intervalSeconds?: number;
  readonly procfs?: string;
  readonly groups?: readonly GroupPattern[];
  readonly maxGroups?: number;
  readonly falseAlarmsPerMonth?: number;
  /** Share of one core that samples may cost: they are taken less often before they cost more; 0.01 unless given. */
  readonly maxCpuShare?: number;
  /** Gets each sample, and near a limit also the extra ones in between (`report.extra`), which no verdict rests on. */
  readonly onSample: (publication: Publication) => void;
  /**
   * Gets the error of a sample that failed, and the first error of `onSample` (`self.sinkFailuresTotal` counts them).
   * The next sample is still taken.
   */
  readonly onFailure?: (error: unknown) => void;
}

const OPTIONS: readonly (keyof EmbeddedMonitorOptions)[] = [
  'intervalSeconds',
  'procfs',
  'groups',
  'maxGroups',
  'falseAlarmsPerMonth',
  'maxCpuShare',
  'onSample',
  'onFailure',
];

/**
 * The daemon's loop for embedding: samples this host until the signal that `run` gets is aborted.
 * @throws {TypeError} if `onSample` is missing, or an option is unknown or of the wrong type
 * @throws {RangeError} if the interval, a budget or the number of groups is not a positive number
 * @throws {Error} if `procfs` is given and is not a proc file system
 */
export function createMonitor(options: EmbeddedMonitorOptions): Monitor {
  requireOptions('createMonitor', options, OPTIONS);
  const { intervalSeconds = 20, procfs = '/proc', groups = [], maxGroups = 50 } = options;
  const { falseAlarmsPerMonth = 1, maxCpuShare = 0.01 } = options;
  requirePositive('intervalSeconds', intervalSeconds);
  requirePositive('maxGroups', maxGroups);
  requirePositive('falseAlarmsPerMonth', falseAlarmsPerMonth);
  requirePositive('maxCpuShare', maxCpuShare);
  const { onSample, onFailure = () => undefined } = options;
  requireType('procfs', procfs, 'string');
  requireType('onSample', onSample, 'function');
  requireType('onFailure', onFailure, 'function');
  requireGroups(groups);
  const sinks = new Sinks(onFailure);
  sinks.add({ name: 'onSample', publish: onSample });
  return createLoop({
    sinks,
    source: openSource({ procfs, everyCommandLine: groups.length > 0 }),
    intervalSeconds,
    groups,
    maxGroups,
    falseAlarmsPerMonth,
    maxCpuShare,
    onFailure,
  });
}

/** @throws {TypeError} if they are no list of names with a pattern, or one cannot be matched in linear time */
function requireGroups(groups: unknown): void {
  const isGroup = (one: unknown): boolean => {
    const { name, pattern } = (one ?? {}) as Partial<GroupPattern>;
    return typeof name === 'string' && pattern instanceof RegExp;
  };
  if (!Array.isArray(groups) || !groups.every(isGroup))
    throw new TypeError('groups must be an array of objects with a name (string) and a pattern (RegExp)');
  for (const { name, pattern } of groups as GroupPattern[]) {
    try {
      new LinearPattern(pattern);
    } catch (error) {
      if (!(error instanceof NotLinearError)) throw error;
      throw new TypeError(
        `the pattern of the group ${JSON.stringify(name)} must have no ${error.message}: ${WHY_LINEAR}`,
      );
    }
  }
}
