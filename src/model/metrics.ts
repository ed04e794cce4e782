/**
 * The table of metrics: what leakwatch counts for a group, what it calls a growth of each, and what outputs call it. A
 * new metric is one row here. If it follows from a value that each process has (`ofProcess`), nothing else is needed;
 * if it counts processes by their state, `members.ts` does not compile until it says how.
 */
import { ALERTS, type LeakCode } from './alerts.ts';
import type { LookedAt } from './look.ts';
import type { ProcessSample } from './snapshot.ts';

/** A resource that can run out. Each metric counts against one of them. */
export type Resource = 'threads' | 'memory' | 'fds';

/** A row as it is written; the names of all rows together are the type `Metric`. */
interface Row {
  readonly name: string;
  readonly resource: Resource;
  /** The alert that says that this metric leaks. */
  readonly code: LeakCode;
  readonly unit: 'count' | 'bytes';
  /** Heading of its column. */
  readonly title: string;
  /** What it counts, in a sentence: for one of them, and for any other number. */
  readonly noun: { readonly one: string; readonly many: string };
  /**
   * The value of one living process; undefined = unknown. Absent where a group's value does not follow from those of
   * its processes.
   */
  readonly ofProcess?: (process: ProcessSample) => number | undefined;
  /** Its processes may share it, so that a group has what the process with most of it has. Absent: the sum. */
  readonly isShared?: true;
  /** What a look at the process that has most of it is at. */
  readonly looksAt: LookedAt;
  /**
   * How it counts against the limit of its resource. `whole`: by itself. `fallback`: it is part of another metric, and
   * counts where that one does not grow evenly enough for a forecast. `part`: it is part of another metric, and never
   * counts.
   */
  readonly againstLimit: 'whole' | 'fallback' | 'part';
  /**
   * It contains that metric and much that is no cost of the group. Where that metric is known, it is judged and counted
   * against the limit in place of this one, which is only shown.
   */
  readonly yieldsTo?: 'anon';
  /** A rise smaller than this many units is of no practical size. */
  readonly minimumRise: number;
  /** A rise smaller than this share of the level that it started from is of no practical size either. */
  readonly minimumRiseRatio: number;
  /** A healthy program's memory climbs while it warms up: no suspicion before the learning is over. */
  readonly warmsUp: boolean;
  /** It may grow until a collection or a rotation gives it back, for a day or longer. */
  readonly hasTeeth: boolean;
  /** Every process has some of it, so that more processes explain a growth. */
  readonly perProcess: boolean;
  /** Name on the log line of a group. */
  readonly logName: string;
  /** Name and place on the host's log line, which has the sum over all groups; absent where it is not written there. */
  readonly hostLog?: { readonly name: string; readonly place: number };
  readonly prometheusName: string;
  readonly help: string;
}

const MEBIBYTE = 1024 * 1024;

const ROWS = [
  {
    name: 'threads',
    resource: 'threads',
    code: 'W10',
    unit: 'count',
    title: 'Threads',
    noun: { one: 'thread', many: 'threads' },
    ofProcess: ({ threads }) => threads,
    looksAt: 'threads',
    againstLimit: 'whole',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    hasTeeth: false,
    perProcess: true,
    logName: 'group_threads',
    hostLog: { name: 'threads', place: 2 },
    prometheusName: 'leakwatch_group_threads',
    help: 'Threads of the living processes of the group (zombies not included).',
  },
  {
    name: 'zombies',
    resource: 'threads',
    code: 'W11',
    unit: 'count',
    title: 'Zombies',
    noun: { one: 'zombie', many: 'zombies' },
    looksAt: 'zombies',
    againstLimit: 'whole',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    hasTeeth: false,
    perProcess: false,
    logName: 'group_zombies',
    hostLog: { name: 'zombies', place: 3 },
    prometheusName: 'leakwatch_group_zombies',
    help: 'Dead children of the group that their living parent has not waited for.',
  },
  {
    name: 'processes',
    resource: 'threads',
    code: 'W14',
    unit: 'count',
    title: 'Processes',
    noun: { one: 'process', many: 'processes' },
    looksAt: 'children',
    againstLimit: 'fallback',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    hasTeeth: false,
    perProcess: false,
    logName: 'group_processes',
    hostLog: { name: 'processes', place: 1 },
    prometheusName: 'leakwatch_group_processes',
    help: 'Living processes of the group (zombies not included).',
  },
  {
    name: 'fds',
    resource: 'fds',
    code: 'W13',
    unit: 'count',
    title: 'Open files',
    noun: { one: 'file descriptor', many: 'file descriptors' },
    ofProcess: ({ fds }) => fds,
    looksAt: 'fds',
    againstLimit: 'whole',
    minimumRise: 3,
    minimumRiseRatio: 0,
    warmsUp: false,
    hasTeeth: true,
    perProcess: true,
    logName: 'group_open_fds',
    hostLog: { name: 'open_fds', place: 5 },
    prometheusName: 'leakwatch_group_open_fds',
    help: 'Open file descriptors of the processes of the group.',
  },
  {
    name: 'rss',
    resource: 'memory',
    code: 'W12',
    unit: 'bytes',
    title: 'Memory',
    noun: { one: 'memory', many: 'memory' },
    ofProcess: ({ rssBytes }) => rssBytes,
    looksAt: 'memory',
    againstLimit: 'whole',
    yieldsTo: 'anon',
    minimumRise: 4 * MEBIBYTE,
    minimumRiseRatio: 0.01,
    warmsUp: true,
    hasTeeth: true,
    perProcess: true,
    logName: 'group_rss',
    hostLog: { name: 'rss', place: 4 },
    prometheusName: 'leakwatch_group_resident_memory_bytes',
    help: 'Resident memory of the processes of the group, with file pages; pages shared by several are counted in each.',
  },
  {
    name: 'anon',
    resource: 'memory',
    code: 'W12',
    unit: 'bytes',
    title: 'Anonymous',
    noun: { one: 'anonymous memory', many: 'anonymous memory' },
    ofProcess: ({ anonBytes }) => anonBytes,
    looksAt: 'memory',
    againstLimit: 'whole',
    minimumRise: 4 * MEBIBYTE,
    minimumRiseRatio: 0.01,
    warmsUp: true,
    hasTeeth: true,
    perProcess: true,
    logName: 'group_anon',
    prometheusName: 'leakwatch_group_anonymous_memory_bytes',
    help: 'Anonymous memory of the processes of the group, resident or swapped out (heap and stacks, no files, no shared memory).',
  },
  {
    name: 'shmem',
    resource: 'memory',
    code: 'W12',
    unit: 'bytes',
    title: 'Shared',
    noun: { one: 'shared memory', many: 'shared memory' },
    ofProcess: ({ shmemBytes }) => shmemBytes,
    isShared: true,
    looksAt: 'memory',
    againstLimit: 'whole',
    minimumRise: 4 * MEBIBYTE,
    minimumRiseRatio: 0.01,
    warmsUp: true,
    hasTeeth: true,
    perProcess: false,
    logName: 'group_shmem',
    prometheusName: 'leakwatch_group_shared_memory_bytes',
    help: 'Shared memory of the group, counted once (tmpfs, memfd, System V segments): that of its cgroup if no other group is in it, else that of the process that has most.',
  },
] as const satisfies readonly Row[];

export type Metric = (typeof ROWS)[number]['name'];

/** Metrics that count processes by their state. */
export type CountedMetric = Exclude<(typeof ROWS)[number], { readonly ofProcess: unknown }>['name'];

export interface MetricRow extends Row {
  readonly name: Metric;
}

export const METRICS: readonly MetricRow[] = ROWS;

/** The rows by name. */
export const METRIC_ROWS: ReadonlyMap<Metric, MetricRow> = new Map(METRICS.map((row) => [row.name, row]));

/** The name of the alert that says that this metric leaks: `desc` of its log lines. */
export function leakNameOf({ code }: MetricRow): string {
  return ALERTS[code].name;
}

export interface ResourceRow {
  readonly unit: 'count' | 'bytes';
  readonly title: string;
  /** Name of its limit in a sentence. */
  readonly limit: string;
  /** Memory is reclaimed before the last page is gone, so that its limit counts as reached a little earlier. */
  readonly reachedRatio: number;
  /** Each process has a limit of its own; else all processes under one limit share it. */
  readonly isPerProcess: boolean;
}

export const RESOURCE_ROWS: Readonly<Record<Resource, ResourceRow>> = {
  threads: {
    unit: 'count',
    title: 'Threads and processes',
    limit: 'thread limit',
    reachedRatio: 1,
    isPerProcess: false,
  },
  memory: { unit: 'bytes', title: 'Memory', limit: 'memory limit', reachedRatio: 0.98, isPerProcess: false },
  fds: {
    unit: 'count',
    title: 'Open files of one process',
    limit: 'file descriptor limit',
    reachedRatio: 1,
    isPerProcess: true,
  },
};

export const RESOURCES = Object.keys(RESOURCE_ROWS) as readonly Resource[];
