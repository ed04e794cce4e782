/**
 * A fixed publication: `unicorn` leaks zombies and may be leaking threads, `postgres` is quiet, `worker` is new and not
 * all of it can be seen. What a test wants otherwise it spreads over the result.
 */

import type { CodeOf } from '../../src/model/alerts.ts';
import { METRICS, type Metric } from '../../src/model/metrics.ts';
import type { CulpritEvent, NamedEvent } from '../../src/verdict/culprit.ts';
import type { GrowthEvidence } from '../../src/verdict/evidence.ts';
import type { Publication } from '../../src/verdict/publication.ts';
import { remedy } from '../../src/verdict/remedies.ts';
import type { Event, GroupReport, SeriesReport, Verdict } from '../../src/verdict/report.ts';
import { sentence } from '../../src/verdict/sentence.ts';
import { seen } from './seen.ts';

/** 2026-11-20T22:37:00Z */
export const SAMPLED_AT = 1_795_214_220;
const HOUR = 3600;
const MIB = 1024 * 1024;

export interface SeriesDraft {
  readonly verdict: Verdict;
  readonly evidence?: GrowthEvidence;
}

/** A group whose series are `ok` unless drafted; a metric that is not named is unknown. */
export function groupReport(
  name: string,
  values: Readonly<Partial<Record<Metric, number>>>,
  drafts: Readonly<Partial<Record<Metric, SeriesDraft>>> = {},
): GroupReport {
  const series = METRICS.map((metric): SeriesReport => {
    const { verdict, evidence = {} } = drafts[metric.name] ?? { verdict: 'ok' };
    const left = verdict === 'learning' && { learningSamplesLeft: 174 };
    return { metric: metric.name, value: values[metric.name], verdict, evidence, ...left };
  });
  return { name, start: `4711:${name.length}`, series };
}

const zombieEvidence: GrowthEvidence = {
  slopePerSecond: 114 / HOUR,
  slopeLow: 110 / HOUR,
  slopeHigh: 119 / HOUR,
  since: SAMPLED_AT - 75 * 60,
  rise: 36,
  floor: 38,
  mannKendallZ: 6.1,
  mannKendallP: 5e-10,
  logE: 21.5,
  exhaustionSeconds: 6822,
  exhaustionLow: 6500,
};

const threadEvidence: GrowthEvidence = {
  slopePerSecond: 4 / HOUR,
  slopeLow: 2.5 / HOUR,
  slopeHigh: 5 / HOUR,
  since: SAMPLED_AT - 2 * HOUR,
  rise: 8,
  floor: 47,
  logE: 7.25,
};

/** An event of a series that grows, or of a limit. */
export type GrowthEvent = Extract<NamedEvent, { readonly code: CodeOf<'growth'> }>;

/** The event with its sentence, and with what to do. */
export function named<E extends CulpritEvent>(event: E): E & { readonly text: string; readonly todo?: string } {
  const todo = remedy(event);
  return { ...event, text: sentence(event), ...(todo !== undefined && { todo }) };
}

export function zombieLeak(): GrowthEvent {
  return named({
    t: SAMPLED_AT,
    at: 'alert',
    code: 'W11',
    desc: 'zombie_leak',
    group: 'unicorn',
    metric: 'zombies',
    verdict: 'leak',
    previous: 'suspect',
    value: 38,
    evidence: zombieEvidence,
    culprit: {
      pid: 4711,
      comm: 'ruby',
      children: 38,
      zombies: {
        oldestSeconds: 4380,
        names: [
          { name: 'convert', count: 35 },
          { name: 'gs', count: 3 },
        ],
      },
    },
  });
}

export function threadSuspicion(): GrowthEvent {
  return named({
    t: SAMPLED_AT - 600,
    at: 'warn',
    code: 'W10',
    desc: 'thread_leak',
    group: 'unicorn',
    metric: 'threads',
    verdict: 'suspect',
    previous: 'ok',
    value: 47,
    evidence: threadEvidence,
    culprit: {
      pid: 4718,
      comm: 'ruby',
      value: 21,
      growth: 8,
      ...seen({
        t: SAMPLED_AT - 600,
        at: 'threads',
        kinds: [
          { name: 'worker-#', amount: 14, newer: 8 },
          { name: 'ruby', amount: 7, newer: 0 },
        ],
      }),
    },
  });
}

export function publication(): Publication {
  return {
    report: {
      t: SAMPLED_AT,
      groups: [
        groupReport(
          'unicorn',
          { threads: 47, zombies: 38, processes: 4, fds: 88, rss: 412 * MIB, anon: 300 * MIB },
          {
            zombies: { verdict: 'leak', evidence: zombieEvidence },
            threads: { verdict: 'suspect', evidence: threadEvidence },
          },
        ),
        groupReport('postgres', { threads: 9, zombies: 0, processes: 9, fds: 211, rss: 96.5 * MIB, anon: 41 * MIB }),
        groupReport(
          'worker',
          { threads: 3, zombies: 0, processes: 1, rss: 20 * MIB },
          Object.fromEntries(METRICS.map(({ name }) => [name, { verdict: 'learning' }])),
        ),
      ],
      bounds: { threads: { used: 97, limit: 256 }, memory: { used: 430 * MIB, limit: 512 * MIB } },
      exhaustionSeconds: { threads: 6822 },
      events: [withoutCulprit(zombieLeak())],
    },
    details: new Map([
      [
        'unicorn',
        {
          name: 'unicorn',
          cpuSecondsTotal: 1234.56,
          startsTotal: 40,
          exitsTotal: 38,
          orphans: 0,
          oldestZombieSeconds: 4380,
          zombieParents: [
            { pid: 4711, comm: 'ruby', zombies: 38, oldestSeconds: 4380, names: [{ name: 'convert', count: 38 }] },
          ],
        },
      ],
      [
        'postgres',
        {
          name: 'postgres',
          cpuSecondsTotal: 80,
          startsTotal: 2,
          exitsTotal: 2,
          orphans: 1,
          oldestZombieSeconds: undefined,
          zombieParents: [],
        },
      ],
      [
        'worker',
        {
          name: 'worker',
          cpuSecondsTotal: 0.25,
          startsTotal: 1,
          exitsTotal: 0,
          orphans: 0,
          oldestZombieSeconds: undefined,
          zombieParents: [],
        },
      ],
    ]),
    events: [zombieLeak()],
    standing: [zombieLeak(), threadSuspicion()],
    eventsTotal: new Map([
      ['W11', 2],
      ['W10', 1],
    ]),
    tasks: 97,
    self: {
      samplesTotal: 1260,
      lateTotal: 2,
      leftOutTotal: 0,
      failedTotal: 0,
      sampleDurationSeconds: 0.0042,
      intervalSeconds: 20,
      presentIntervalSeconds: 20,
      cpuSecondsTotal: 9.5,
      residentBytes: 48 * MIB,
      openFds: 23,
      threads: 7,
      sinkFailuresTotal: new Map([['log', 0]]),
      droppedTotal: new Map([
        ['log_lines', 0],
        ['groups', 0],
      ]),
      unreadable: new Map([['fds:denied', 3]]),
    },
  };
}

/** What is seen before anything is wrong. */
export function quietPublication(): Publication {
  const troubled = publication();
  const groups = troubled.report.groups.map(({ name, series }) =>
    groupReport(name, Object.fromEntries(series.map(({ metric, value }) => [metric, value] as const))),
  );
  return {
    ...troubled,
    report: { ...troubled.report, groups, exhaustionSeconds: {}, events: [] },
    events: [],
    standing: [],
    eventsTotal: new Map(),
  };
}

function withoutCulprit({ culprit: _, text: __, ...event }: GrowthEvent): Event {
  return event;
}
