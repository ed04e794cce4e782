/**
 * The table of metric families in /metrics: each row says how to read its samples from the last publication. An unknown
 * value has no sample, and neither has a group that is gone. Naming: prometheus.io/docs/practices/naming (base units,
 * `_total` for counters). Cost: O(groups x metrics).
 */
import { ALERT_CODES } from '../../model/alerts.ts';
import type { Identity } from '../../model/identity.ts';
import { METRICS, RESOURCES } from '../../model/metrics.ts';
import { splitMissKey } from '../../model/misses.ts';
import type { GroupDetail } from '../../model/tracker.ts';
import { CAUSE_NAMES } from '../../verdict/causes.ts';
import type { Publication, SelfState } from '../../verdict/publication.ts';
import type { GroupReport, SeriesReport } from '../../verdict/report.ts';

export interface BuildInfo {
  readonly version: string;
  /** Version of Node.js. */
  readonly node: string;
}

/** What the families are read from; there is no publication before the first sample. */
export interface Facts {
  readonly build: BuildInfo;
  readonly identity: Identity;
  readonly publication: Publication | undefined;
}

/** A value and its labels, in the order of the family's labels; an undefined value is left out. */
export type Sample = readonly [value: number | undefined, ...labels: string[]];

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly labels: readonly string[];
  readonly read: (facts: Facts) => readonly Sample[];
}

export const FAMILIES: readonly Family[] = [
  ...METRICS.map(
    ({ name, prometheusName, help }): Family => ({
      name: prometheusName,
      help,
      type: 'gauge',
      labels: ['group'],
      read: eachGroup((group) => group.series.find((series) => series.metric === name)?.value),
    }),
  ),
  {
    name: 'leakwatch_group_oldest_zombie_seconds',
    help: 'How long the oldest zombie of the group has been seen dead; absent where there is none.',
    type: 'gauge',
    labels: ['group'],
    read: eachGroup((_, detail) => detail?.oldestZombieSeconds),
  },
  {
    name: 'leakwatch_group_orphans',
    help: 'Living processes of the group that lost their parents and live on.',
    type: 'gauge',
    labels: ['group'],
    read: eachGroup((_, detail) => detail?.orphans),
  },
  {
    name: 'leakwatch_group_cpu_seconds_total',
    help: 'User and system time used by the processes of the group, children it has waited for included.',
    type: 'counter',
    labels: ['group'],
    read: eachGroup((_, detail) => detail?.cpuSecondsTotal),
  },
  {
    name: 'leakwatch_group_process_starts_total',
    help: 'Processes of the group that were seen for the first time.',
    type: 'counter',
    labels: ['group'],
    read: eachGroup((_, detail) => detail?.startsTotal),
  },
  {
    name: 'leakwatch_group_process_exits_total',
    help: 'Processes of the group that died.',
    type: 'counter',
    labels: ['group'],
    read: eachGroup((_, detail) => detail?.exitsTotal),
  },
  {
    name: 'leakwatch_verdict',
    help: 'Always 1: the verdict that holds for a metric of a group, one of learning, ok, suspect, leak.',
    type: 'gauge',
    labels: ['group', 'metric', 'verdict'],
    read: eachSeries((series) => [1, series.verdict]),
  },
  {
    name: 'leakwatch_growth_per_second',
    help: 'Slope of the growth that is seen, in units of the metric per second; absent where none is.',
    type: 'gauge',
    labels: ['group', 'metric'],
    read: eachSeries((series) => [series.evidence.slopePerSecond]),
  },
  {
    name: 'leakwatch_evidence_log_e',
    help: 'Natural logarithm of the evidence that the metric grows without end.',
    type: 'gauge',
    labels: ['group', 'metric'],
    read: eachSeries((series) => [series.evidence.logE]),
  },
  {
    name: 'leakwatch_events_total',
    help: 'Alerts and warnings so far, by code.',
    type: 'counter',
    labels: ['code'],
    // Each code starts at 0, so that `rate` sees the first event.
    read: ({ publication }) => countedFromZero(ALERT_CODES, publication?.eventsTotal),
  },
  {
    name: 'leakwatch_limit',
    help: 'The limit of a resource that will be hit first.',
    type: 'gauge',
    labels: ['resource'],
    read: eachResource((resource, { report }) => report.bounds[resource]?.limit),
  },
  {
    name: 'leakwatch_used',
    help: 'How much of that limit is used.',
    type: 'gauge',
    labels: ['resource'],
    read: eachResource((resource, { report }) => report.bounds[resource]?.used),
  },
  {
    name: 'leakwatch_exhaustion_seconds',
    help: 'Seconds until a resource runs out at the present growth; absent where nothing can be said.',
    type: 'gauge',
    labels: ['resource'],
    read: eachResource((resource, { report }) => report.exhaustionSeconds[resource]),
  },
  {
    name: 'leakwatch_tasks',
    help: 'Tasks seen on the whole host: threads and zombies of every process.',
    type: 'gauge',
    labels: [],
    read: ({ publication }) => [[publication?.tasks]],
  },
  {
    name: 'leakwatch_samples_total',
    help: 'Samples taken.',
    type: 'counter',
    labels: [],
    read: ({ publication }) => [[publication?.self.samplesTotal ?? 0]],
  },
  {
    name: 'leakwatch_samples_late_total',
    help: 'Samples begun more than half an interval late, or skipped, also on purpose to keep to --max-cpu.',
    type: 'counter',
    labels: [],
    read: ({ publication }) => [[publication?.self.lateTotal ?? 0]],
  },
  {
    name: 'leakwatch_samples_failed_total',
    help: 'Samples that failed as a whole.',
    type: 'counter',
    labels: [],
    read: ({ publication }) => [[publication?.self.failedTotal ?? 0]],
  },
  {
    name: 'leakwatch_last_sample_timestamp_seconds',
    help: 'When the last sample was begun, seconds since the epoch.',
    type: 'gauge',
    labels: [],
    read: ({ publication }) => [[publication?.report.t]],
  },
  {
    name: 'leakwatch_sample_duration_seconds',
    help: 'How long the last sample took, from the first read to the verdicts.',
    type: 'gauge',
    labels: [],
    read: ofSelf((self) => self.sampleDurationSeconds),
  },
  {
    name: 'leakwatch_sample_interval_seconds',
    help: 'Time from one sample to the next: longer than configured where samples would cost more than they may.',
    type: 'gauge',
    labels: [],
    read: ofSelf((self) => self.presentIntervalSeconds),
  },
  {
    name: 'leakwatch_degraded',
    help: 'Whether leakwatch itself is degraded (W50), by cause: 1 while it is.',
    type: 'gauge',
    labels: ['cause'],
    read: ({ publication }) => {
      const causes = publication?.standing.map((event) => (event.code === 'W50' ? event.evidence.cause : undefined));
      return causes ? CAUSE_NAMES.map((cause) => [Number(causes.includes(cause)), cause]) : [];
    },
  },
  {
    name: 'leakwatch_dropped_total',
    help: 'What leakwatch itself let go of, by what it was.',
    type: 'counter',
    labels: ['what'],
    read: ({ publication }) => countedFromZero([], publication?.self.droppedTotal),
  },
  {
    name: 'leakwatch_sink_failures_total',
    help: 'Samples that an output failed to take, by output.',
    type: 'counter',
    labels: ['sink'],
    read: ({ publication }) => countedFromZero([], publication?.self.sinkFailuresTotal),
  },
  {
    name: 'leakwatch_push_failures_total',
    help: 'Pushes that failed, by what they went to.',
    type: 'counter',
    labels: ['target'],
    read: ({ publication }) => countedFromZero([], publication?.self.pushFailuresTotal),
  },
  {
    name: 'leakwatch_http_refused_total',
    help: 'Requests and connections that the HTTP server refused, by reason.',
    type: 'counter',
    labels: ['reason'],
    read: ({ publication }) => countedFromZero([], publication?.self.refusedTotal),
  },
  {
    name: 'leakwatch_unreadable',
    help: 'What the last sample could not read, and why.',
    type: 'gauge',
    labels: ['what', 'reason'],
    read: ({ publication }) =>
      [...(publication?.self.unreadable ?? [])].map(([key, count]) => {
        const { what, reason } = splitMissKey(key);
        return [count, what, reason];
      }),
  },
  {
    name: 'leakwatch_self_cpu_seconds_total',
    help: 'User and system time used by leakwatch itself, looked at once a minute.',
    type: 'counter',
    labels: [],
    read: ofSelf((self) => self.cpuSecondsTotal),
  },
  {
    name: 'leakwatch_self_resident_memory_bytes',
    help: 'Resident memory of leakwatch itself, looked at once a minute.',
    type: 'gauge',
    labels: [],
    read: ofSelf((self) => self.residentBytes),
  },
  {
    name: 'leakwatch_self_open_fds',
    help: 'Open file descriptors of leakwatch itself.',
    type: 'gauge',
    labels: [],
    read: ofSelf((self) => self.openFds),
  },
  {
    name: 'leakwatch_self_threads',
    help: 'Threads of leakwatch itself.',
    type: 'gauge',
    labels: [],
    read: ofSelf((self) => self.threads),
  },
  {
    name: 'leakwatch_build_info',
    help: 'Always 1: the version of leakwatch, and of Node.',
    type: 'gauge',
    labels: ['version', 'node'],
    read: ({ build }) => [[1, build.version, build.node]],
  },
  {
    name: 'leakwatch_target_info',
    help: 'Always 1: what is watched. An unknown release is empty.',
    type: 'gauge',
    labels: ['app', 'source', 'host', 'dyno', 'release'],
    read: ({ identity: { app, source, host, dyno, release = '' } }) => [[1, app, source, host, dyno, release]],
  },
];

/** Only the groups of the last report, because details may still know a group that is gone. */
function eachGroup(value: (group: GroupReport, detail: GroupDetail | undefined) => number | undefined): Family['read'] {
  return ({ publication }) =>
    (publication?.report.groups ?? []).map((group) => [value(group, publication?.details.get(group.name)), group.name]);
}

function eachSeries(value: (series: SeriesReport) => Sample): Family['read'] {
  return ({ publication }) =>
    (publication?.report.groups ?? []).flatMap((group) =>
      group.series.map((series): Sample => {
        const [number, ...labels] = value(series);
        return [number, group.name, series.metric, ...labels];
      }),
    );
}

function eachResource(
  value: (resource: (typeof RESOURCES)[number], publication: Publication) => number | undefined,
): Family['read'] {
  return ({ publication }) =>
    publication ? RESOURCES.map((resource) => [value(resource, publication), resource]) : [];
}

function ofSelf(value: (self: SelfState) => number | undefined): Family['read'] {
  return ({ publication }) => [[publication && value(publication.self)]];
}

/** Counts by name: first the given names in their order, 0 where nothing was counted, then all others. */
function countedFromZero(names: readonly string[], counts: ReadonlyMap<string, number> = new Map()): Sample[] {
  const all = new Map([...names.map((name) => [name, 0] as const), ...counts]);
  return [...all].map(([name, count]) => [count, name]);
}
