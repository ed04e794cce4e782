/**
 * The table of metrics: what leakwatch counts for a group, and what it calls a growth of each.
 * A new metric is one row here and one line in `members.ts` that fills it; sinks, detectors and docs read the table.
 */

export type Metric = 'threads' | 'zombies' | 'processes' | 'fds' | 'rss' | 'anon';

/** What can run out. A metric eats from one of them. */
export type Resource = 'threads' | 'memory' | 'fds';

export interface MetricRow {
  readonly name: Metric;
  readonly resource: Resource;
  /** Alert code and description when this metric leaks. */
  readonly code: string;
  readonly desc: string;
  /** A rise smaller than this many units is of no practical size. */
  readonly minimumRise: number;
  /** ... nor one smaller than this share of the level it started from. */
  readonly minimumRiseRatio: number;
  /** A healthy program's memory climbs while it warms up: no suspicion before the learning is over. */
  readonly warmsUp: boolean;
  /** Every process has some of it, so that it grows where processes grow. */
  readonly perProcess: boolean;
  /** Name on a group's log line, and how the number is written there. */
  readonly logName: string;
  readonly unit: 'count' | 'bytes';
  readonly prometheusName: string;
  readonly help: string;
}

const MEBIBYTE = 1024 * 1024;

export const METRICS: readonly MetricRow[] = [
  {
    name: 'threads',
    resource: 'threads',
    code: 'W10',
    desc: 'thread_leak',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    perProcess: true,
    logName: 'group_threads',
    unit: 'count',
    prometheusName: 'leakwatch_group_threads',
    help: 'Threads of the living processes of the group (zombies not included).',
  },
  {
    name: 'zombies',
    resource: 'threads',
    code: 'W11',
    desc: 'zombie_leak',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    perProcess: false,
    logName: 'group_zombies',
    unit: 'count',
    prometheusName: 'leakwatch_group_zombies',
    help: 'Dead children of the group that their living parent has not waited for.',
  },
  {
    name: 'processes',
    resource: 'threads',
    code: 'W14',
    desc: 'process_leak',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    perProcess: false,
    logName: 'group_processes',
    unit: 'count',
    prometheusName: 'leakwatch_group_processes',
    help: 'Living processes of the group (zombies not included).',
  },
  {
    name: 'fds',
    resource: 'fds',
    code: 'W13',
    desc: 'fd_leak',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    perProcess: true,
    logName: 'group_open_fds',
    unit: 'count',
    prometheusName: 'leakwatch_group_open_fds',
    help: 'Open file descriptors of the processes of the group.',
  },
  {
    name: 'rss',
    resource: 'memory',
    code: 'W12',
    desc: 'memory_leak',
    minimumRise: 4 * MEBIBYTE,
    minimumRiseRatio: 0.01,
    warmsUp: true,
    perProcess: true,
    logName: 'group_rss',
    unit: 'bytes',
    prometheusName: 'leakwatch_group_resident_memory_bytes',
    help: 'Resident memory of the processes of the group; pages shared by several are counted in each.',
  },
  {
    name: 'anon',
    resource: 'memory',
    code: 'W12',
    desc: 'memory_leak',
    minimumRise: 4 * MEBIBYTE,
    minimumRiseRatio: 0.01,
    warmsUp: true,
    perProcess: true,
    logName: 'group_anon',
    unit: 'bytes',
    prometheusName: 'leakwatch_group_anonymous_memory_bytes',
    help: 'Resident anonymous memory of the processes of the group (heap and stacks, no files, no shared memory).',
  },
];

export const RESOURCES: readonly Resource[] = ['threads', 'memory', 'fds'];

/** The rows by name. */
export const METRIC_ROWS: ReadonlyMap<Metric, MetricRow> = new Map(METRICS.map((row) => [row.name, row]));
