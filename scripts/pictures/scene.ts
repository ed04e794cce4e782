/**
 * The scene of docs/pictures/page.png: a dyno on which unicorn forgets to wait for the image converters it starts, while
 * sidekiq's memory begins to look as if it grows. Numbers fit together: uses of limits are the sums of the groups.
 */

import packageJson from '../../package.json' with { type: 'json' };
import { METRIC_ROWS, type Metric } from '../../src/model/metrics.ts';
import type { NamedEvent } from '../../src/verdict/culprit.ts';
import type { GrowthEvidence } from '../../src/verdict/evidence.ts';
import type { Publication } from '../../src/verdict/publication.ts';
import { groupReport, named, publication } from '../../test/support/publication.ts';
import { seen } from '../../test/support/seen.ts';
import { Random } from '../../test/support/synthetic.ts';

export const VERSION = packageJson.version;
export const INTERVAL_SECONDS = 20;
/** 2026-11-21T14:32:00Z */
export const NOW = 1_795_271_520;
const HOUR = 3600;
const DAY = 24 * HOUR;
const MB = 2 ** 20;

const ZOMBIES_SINCE = NOW - 2.2 * HOUR;
const ZOMBIES_AN_HOUR = 42;
const MEMORY_SINCE = NOW - 7 * HOUR;
const MEMORY_AN_HOUR = 6.4 * MB;

/** What a metric of a group is worth at an age in seconds; `wobble` is its noise. */
interface Curve {
  readonly now: number;
  readonly wobble: number;
  readonly since?: number;
  readonly anHour?: number;
}

const flat = (now: number, wobble = 0): Curve => ({ now, wobble });

/** A metric without a curve is unknown. */
const GROUPS: Readonly<Record<string, Readonly<Partial<Record<Metric, Curve>>>>> = {
  unicorn: {
    threads: flat(13, 1),
    zombies: { now: 92, wobble: 0, since: ZOMBIES_SINCE, anHour: ZOMBIES_AN_HOUR },
    processes: flat(4),
    fds: flat(74, 5),
    rss: flat(487 * MB, 9 * MB),
    anon: flat(381 * MB, 8 * MB),
    shmem: flat(0),
  },
  sidekiq: {
    threads: flat(18, 2),
    zombies: flat(0),
    processes: flat(1),
    fds: flat(41, 3),
    rss: { now: 312 * MB, wobble: 4 * MB, since: MEMORY_SINCE, anHour: MEMORY_AN_HOUR },
    anon: { now: 266 * MB, wobble: 4 * MB, since: MEMORY_SINCE, anHour: MEMORY_AN_HOUR },
    shmem: flat(2 * MB),
  },
  nginx: {
    threads: flat(3),
    zombies: flat(0),
    processes: flat(3),
    fds: flat(46, 8),
    rss: flat(17.4 * MB, 0.2 * MB),
    anon: flat(5.1 * MB, 0.1 * MB),
    shmem: flat(1.2 * MB),
  },
  'redis-server': {
    threads: flat(5),
    zombies: flat(0),
    processes: flat(1),
    fds: flat(29, 3),
    rss: flat(58.2 * MB, 2.5 * MB),
    anon: flat(51.6 * MB, 2.5 * MB),
    shmem: flat(0),
  },
};

const zombieEvidence: GrowthEvidence = {
  slopePerSecond: ZOMBIES_AN_HOUR / HOUR,
  since: ZOMBIES_SINCE,
  rise: 92,
  floor: 92,
  exhaustionSeconds: ((256 - 138) / ZOMBIES_AN_HOUR) * HOUR,
};

const memoryEvidence: GrowthEvidence = {
  slopePerSecond: MEMORY_AN_HOUR / HOUR,
  since: MEMORY_SINCE,
  rise: 45 * MB,
  floor: 310 * MB,
  exhaustionSeconds: ((2048 - 921) * MB * HOUR) / MEMORY_AN_HOUR,
};

const zombieLeak: NamedEvent = named({
  t: NOW - 1.9 * HOUR,
  at: 'alert',
  code: 'W11',
  desc: 'zombie_leak',
  group: 'unicorn',
  metric: 'zombies',
  verdict: 'leak',
  previous: 'suspect',
  value: 12,
  evidence: zombieEvidence,
  culprit: {
    pid: 4711,
    comm: 'ruby',
    children: 92,
    zombies: {
      oldestSeconds: NOW - ZOMBIES_SINCE,
      names: [
        { name: 'convert', count: 84 },
        { name: 'gs', count: 8 },
      ],
    },
  },
});

const memorySuspicion: NamedEvent = named({
  t: NOW - 1200,
  at: 'warn',
  code: 'W12',
  desc: 'memory_leak',
  group: 'sidekiq',
  metric: 'anon',
  verdict: 'suspect',
  previous: 'ok',
  value: 266 * MB,
  evidence: memoryEvidence,
  culprit: {
    pid: 4802,
    comm: 'ruby',
    value: 266 * MB,
    growth: 45 * MB,
    ...seen(
      {
        t: NOW - 1200,
        at: 'memory',
        kinds: [
          { name: 'malloc arenas', amount: 139 * MB },
          { name: 'heap', amount: 118 * MB },
          { name: 'programs and libraries', amount: 9 * MB },
        ],
      },
      {
        t: NOW - 7 * 3600,
        at: 'memory',
        kinds: [
          { name: 'heap', amount: 116 * MB },
          { name: 'malloc arenas', amount: 96 * MB },
          { name: 'programs and libraries', amount: 9 * MB },
        ],
      },
    ),
  },
});

export function scene(): Publication {
  const canned = publication();
  const groups = Object.entries(GROUPS).map(([name, curves]) => {
    const values = Object.fromEntries(Object.entries(curves).map(([metric, { now }]) => [metric, now]));
    const found = {
      unicorn: { zombies: { verdict: 'leak', evidence: zombieEvidence } },
      sidekiq: { anon: { verdict: 'suspect', evidence: memoryEvidence } },
    } as const;
    return groupReport(name, values, Object.hasOwn(found, name) ? found[name as keyof typeof found] : {});
  });
  return {
    ...canned,
    report: {
      t: NOW,
      groups,
      bounds: {
        threads: { used: 138, limit: 256, of: 'uid:15291' },
        memory: { used: 921 * MB, limit: 2048 * MB, of: '/sys/fs/cgroup' },
        fds: { used: 74, limit: 1024, of: 'pid:4711' },
      },
      exhaustionSeconds: {
        threads: zombieEvidence.exhaustionSeconds!,
        memory: memoryEvidence.exhaustionSeconds!,
      },
      events: [],
    },
    details: new Map(),
    events: [],
    standing: [zombieLeak, memorySuspicion],
    self: {
      ...canned.self,
      samplesTotal: 9360,
      lateTotal: 0,
      intervalSeconds: INTERVAL_SECONDS,
      cpuSecondsTotal: 31,
      residentBytes: 52.3 * MB,
      unreadable: new Map(),
    },
  };
}

/** The server's own series: at most 32 points, the last day of it. */
export function pointsOf(group: string, metric: Metric): readonly { t: number; v: number }[] | undefined {
  const curve = GROUPS[group]?.[metric];
  if (!curve) return undefined;
  const { now, wobble, since = NOW, anHour = 0 } = curve;
  const random = new Random([...`${group} ${metric}`].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) | 0);
  return Array.from({ length: 48 }, (_, at) => {
    const t = NOW - DAY / 2 + (at * DAY) / 2 / 48;
    const start = now - (anHour * (NOW - since)) / HOUR;
    const v = start + (anHour * Math.max(0, t - since)) / HOUR + wobble * (2 * random.next() - 1);
    return { t, v: Math.max(0, METRIC_ROWS.get(metric)!.unit === 'bytes' ? v : Math.round(v)) };
  });
}
