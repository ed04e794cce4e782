import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRIC_ROWS, type Metric } from '../../src/model/metrics.ts';
import { OTHER } from '../../src/model/reported.ts';
import { isZombie } from '../../src/model/snapshot.ts';
import { type TrackedSnapshot, Tracker } from '../../src/model/tracker.ts';
import { HOST, type ProcessSpec, type SnapshotSpec, snapshot } from './snapshots.ts';

const WEB: ProcessSpec = { pid: 10, argv: 'node web.js' };

/** Takes snapshots 20 seconds apart, with the processes of HOST in each of them. */
function follow({ patterns = {}, maxGroups = 50 }: { patterns?: Record<string, RegExp>; maxGroups?: number } = {}) {
  const list = Object.entries(patterns).map(([name, pattern]) => ({ name, pattern }));
  const tracker = new Tracker({ patterns: list, maxGroups });
  let t = 0;
  return {
    tracker,
    see(processes: readonly ProcessSpec[], spec?: SnapshotSpec): TrackedSnapshot {
      t += 20;
      return tracker.track(snapshot([...HOST, ...processes], { t, ...spec }));
    },
  };
}

const values = (tracked: TrackedSnapshot, group: string) => tracked.readings.groups.get(group)?.values;

describe('a group', () => {
  test('is the sum of its living members; its zombies are counted apart', () => {
    const { see } = follow();
    const tracked = see([
      { ...WEB, threads: 11, fds: 30, rssBytes: 500, anonBytes: 300 },
      { pid: 11, ppid: 10, threads: 4, fds: 7, rssBytes: 50, anonBytes: 20 },
      { pid: 12, ppid: 10, state: 'Z', threads: 1, rssBytes: 0, fds: undefined, anonBytes: undefined },
    ]);
    expect(values(tracked, 'web')).toMatchObject({
      processes: 2,
      threads: 15,
      zombies: 1,
      fds: 37,
      rss: 550,
      anon: 320,
    });
    expect(tracked.tasks).toBe(18);
  });

  test.each([
    ['threads', { threads: undefined }, { threads: 3 }],
    ['fds', { fds: undefined }, { fds: 3 }],
    ['rss', { rssBytes: undefined }, { rssBytes: 3 }],
    ['anon', { anonBytes: undefined }, { anonBytes: 3 }],
  ] as const)('has unknown %s if one member has', (metric, unknown, known) => {
    const { see } = follow();
    expect(values(see([WEB, { pid: 11, ppid: 10, ...unknown }]), 'web')).not.toHaveProperty(metric);
    expect(values(see([WEB, { pid: 11, ppid: 10, ...known }]), 'web')).toHaveProperty(metric);
  });

  test('has unknown zombies if the source cannot tell them', () => {
    const { see } = follow();
    const known = values(see([{ ...WEB, state: undefined }]), 'web');
    expect(known).not.toHaveProperty('zombies');
    expect(known).toMatchObject({ processes: 1 });
  });

  test('starts with the oldest of its roots', () => {
    const { see } = follow();
    const start = (processes: readonly ProcessSpec[]) => see(processes).readings.groups.get('web')?.start;
    const second: ProcessSpec = { pid: 20, startTicks: 50, argv: 'node web.js' };
    expect(start([WEB, { pid: 11, ppid: 10, startTicks: 1 }])).toBe('10:1010');
    expect(start([WEB, second])).toBe('20:50');
    expect(start([{ ...second, pid: 21 }, second])).toBe('20:50');
  });

  test('that lost its root starts with the oldest orphan, and orphans are counted', () => {
    const { see } = follow();
    const children = [11, 12].map((pid): ProcessSpec => ({ pid, ppid: 10 }));
    see([WEB, ...children]);
    const tracked = see(children.map((child) => ({ ...child, ppid: 1 })));
    expect(tracked.readings.groups.get('web')).toMatchObject({ start: '11:1011', values: { processes: 2 } });
    expect(tracked.details.get('web')).toMatchObject({ orphans: 2 });
  });

  test('has the tightest bounds of its members, and the host the tightest of all', () => {
    const { see } = follow();
    const { readings } = see([
      { ...WEB, fds: 10, nofileLimit: 64 },
      { pid: 20, argv: 'db', fds: 60, nofileLimit: 64 },
    ]);
    expect(readings.groups.get('web')?.bounds.fds).toMatchObject({ used: 10, limit: 64 });
    expect(readings.bounds.fds).toMatchObject({ used: 60, limit: 64 });
  });
});

describe('zombies', () => {
  const zombie = (pid: number, spec: Partial<ProcessSpec> = {}): ProcessSpec => ({
    ppid: 10,
    state: 'Z',
    ...spec,
    pid,
  });

  test('are counted by parent, and their age counts from when they were first seen as zombies', () => {
    const { see } = follow();
    const child: ProcessSpec = { pid: 11, ppid: 10, comm: 'ruby' };
    see([{ ...WEB, comm: 'node' }, child, zombie(12, { comm: 'convert' })]);
    see([
      { ...WEB, comm: 'node' },
      { ...child, state: 'Z' },
      zombie(12, { comm: 'convert' }),
      zombie(13, { comm: 'convert' }),
      zombie(14, { ppid: 11 }),
    ]);
    const tracked = see([
      { ...WEB, comm: 'node' },
      { ...child, state: 'Z' },
      zombie(12, { comm: 'convert' }),
      zombie(13, { comm: 'convert' }),
      zombie(14, { ppid: 11 }),
    ]);
    expect(tracked.readings.groups.get('web')).toMatchObject({
      oldestZombieSeconds: 40,
      values: { zombies: 4, processes: 1 },
    });
    expect(tracked.details.get('web')?.zombieParents).toEqual([
      {
        pid: 10,
        comm: 'node',
        zombies: 3,
        oldestSeconds: 40,
        names: [
          { name: 'convert', count: 2 },
          { name: 'ruby', count: 1 },
        ],
      },
      { pid: 11, comm: 'ruby', zombies: 1, oldestSeconds: 20, names: [{ name: 'app', count: 1 }] },
    ]);
  });

  test('that were reaped are forgotten, and a group without zombies has no oldest zombie', () => {
    const { see } = follow();
    see([WEB, zombie(11)]);
    expect(see([WEB]).readings.groups.get('web')).not.toHaveProperty('oldestZombieSeconds');
    expect(see([WEB, zombie(11)]).readings.groups.get('web')).toMatchObject({ oldestZombieSeconds: 0 });
  });

  test('with a reused pid have a new age', () => {
    const { see } = follow();
    see([WEB, zombie(11)]);
    expect(see([WEB, zombie(11, { startTicks: 9 })]).readings.groups.get('web')).toMatchObject({
      oldestZombieSeconds: 0,
    });
  });

  test('are reported with the five worst parents and the five most frequent names', () => {
    const { see } = follow();
    const parents = [20, 21, 22, 23, 24, 25, 26].map((pid): ProcessSpec => ({ pid, ppid: 10 }));
    const dead = parents.flatMap(({ pid }, i) =>
      Array.from({ length: i + 1 }, (_, n) => zombie(100 * pid + n, { ppid: pid, comm: `c${n}` })),
    );
    const { zombieParents } = see([WEB, ...parents, ...dead]).details.get('web')!;
    expect(zombieParents.map(({ pid, zombies }) => [pid, zombies])).toEqual([
      [26, 7],
      [25, 6],
      [24, 5],
      [23, 4],
      [22, 3],
    ]);
    expect(zombieParents[0]?.names).toHaveLength(5);
  });
});

describe('a parent that cannot be seen', () => {
  const zombie = (pid: number): ProcessSpec => ({ pid, ppid: 0, comm: 'probe', state: 'Z' });

  test('is told with its zombies, in a group that lasts', () => {
    const { tracker } = follow();
    const see = (processes: readonly ProcessSpec[], t: number) =>
      tracker.track(snapshot([{ pid: 1, ppid: 0, argv: 'node web.js' }, ...processes], { t }));
    see([{ ...zombie(20), state: 'S', argv: 'probe' }], 20);
    const { readings, details } = see([zombie(20), zombie(21)], 40);
    expect(readings.groups.get('container-runtime')).toMatchObject({
      start: '',
      parentUnseen: true,
      values: { zombies: 2, processes: 0 },
    });
    expect(details.get('container-runtime')?.zombieParents).toMatchObject([{ pid: 0, unseen: true, zombies: 2 }]);
    expect(tracker.growingZombieParent('container-runtime', 30)).toMatchObject({ unseen: true, zombies: 2 });
    expect(readings.groups.get('web')).not.toHaveProperty('parentUnseen');
  });

  test('is not the parent of living processes', () => {
    const { see, tracker } = follow();
    see([{ pid: 20, ppid: 0, comm: 'probe' }]);
    expect(tracker.growingParent('probe', undefined)).toBeUndefined();
  });

  test('starts processes as by hand, but not the application', () => {
    const { tracker } = follow();
    const { readings } = tracker.track(
      snapshot([
        { pid: 1, ppid: 0, argv: 'node web.js' },
        { pid: 20, ppid: 0, comm: 'probe' },
      ]),
    );
    expect(readings.groups.get('probe')?.session).toBe(true);
    expect(readings.groups.get('web')?.session).toBeUndefined();
  });
});

describe('starts and exits', () => {
  const turnover = (tracked: TrackedSnapshot, group = 'web') => {
    const { startsTotal, exitsTotal } = tracked.details.get(group)!;
    return [startsTotal, exitsTotal];
  };

  test('are counted from the second snapshot on, by identity', () => {
    const { see } = follow();
    expect(turnover(see([WEB, { pid: 11, ppid: 10 }]))).toEqual([0, 0]);
    expect(turnover(see([WEB, { pid: 11, ppid: 10 }, { pid: 12, ppid: 10 }]))).toEqual([1, 0]);
    expect(turnover(see([WEB, { pid: 11, ppid: 10 }]))).toEqual([1, 1]);
    expect(turnover(see([WEB, { pid: 11, ppid: 10, startTicks: 5000 }]))).toEqual([2, 2]);
  });

  test('a death is counted once, when it happens, in the group that the process was in', () => {
    const { see } = follow();
    const top: ProcessSpec = { pid: 20, argv: 'node top.js' };
    see([WEB, top, { pid: 11, ppid: 10 }]);
    const dead = see([
      WEB,
      { ...top, state: 'Z' },
      { pid: 11, ppid: 10, state: 'Z' },
      { pid: 21, argv: 'node top.js' },
    ]);
    expect(turnover(dead)).toEqual([0, 1]);
    expect(turnover(dead, 'top')).toEqual([1, 1]);
    expect(turnover(dead, 'init')).toEqual([0, 0]);
    expect(turnover(see([WEB]))).toEqual([0, 1]);
  });

  test('a process that is a zombie when first seen counts as started and exited', () => {
    const { see } = follow();
    see([WEB]);
    expect(turnover(see([WEB, { pid: 11, ppid: 10, state: 'Z' }]))).toEqual([1, 1]);
  });
});

describe('CPU time', () => {
  const cpu = (tracked: TrackedSnapshot) => tracked.details.get('web')!.cpuSecondsTotal;

  test('of an ended child is in the sum through its parent, including the time after its last sample', () => {
    const { see } = follow();
    expect(
      cpu(
        see([
          { ...WEB, cpuSeconds: 10 },
          { pid: 11, ppid: 10, cpuSeconds: 5 },
        ]),
      ),
    ).toBe(15);
    expect(cpu(see([{ ...WEB, cpuSeconds: 11, childCpuSeconds: 5.5 }]))).toBe(16.5);
  });

  test('of children too short-lived to be seen is in the sum', () => {
    const { see } = follow();
    see([{ ...WEB, childCpuSeconds: 100 }]);
    expect(cpu(see([{ ...WEB, childCpuSeconds: 103 }]))).toBe(3);
  });

  test('of a whole subtree that ended at once is counted once', () => {
    const { see } = follow();
    see([WEB, { pid: 11, ppid: 10, cpuSeconds: 2 }, { pid: 12, ppid: 11, cpuSeconds: 30, childCpuSeconds: 4 }]);
    expect(cpu(see([{ ...WEB, childCpuSeconds: 36.5 }]))).toBeCloseTo(32.5);
  });

  test('that a new process inherited from children before it was first seen is in the sum', () => {
    const { see } = follow();
    see([WEB]);
    see([WEB, { pid: 11, ppid: 10, cpuSeconds: 1, childCpuSeconds: 4 }]);
    expect(cpu(see([{ ...WEB, childCpuSeconds: 5.25 }]))).toBe(5.25);
  });

  test('of children that were never waited for is kept', () => {
    const { see } = follow();
    see([WEB, { pid: 11, ppid: 10, cpuSeconds: 30 }]);
    expect(cpu(see([WEB]))).toBe(30);
  });

  test('never falls, whatever happens', () => {
    const process = fc.record({
      pid: fc.integer({ min: 11, max: 18 }),
      ppid: fc.integer({ min: 10, max: 18 }),
      startTicks: fc.integer({ min: 1, max: 2 }),
      state: fc.constantFrom('S', 'Z'),
      cpuSeconds: fc.option(fc.nat(50), { nil: undefined }),
      childCpuSeconds: fc.option(fc.nat(50), { nil: undefined }),
    });
    const table = fc.uniqueArray(process, { selector: ({ pid }) => pid });
    fc.assert(
      fc.property(fc.array(table, { maxLength: 8 }), (tables) => {
        const { see } = follow();
        let before = 0;
        for (const processes of tables) {
          const now = cpu(see([WEB, ...processes]));
          expect(now).toBeGreaterThanOrEqual(before);
          before = now;
        }
      }),
    );
  });
});

describe('groups beyond maxGroups', () => {
  const programs = (...names: string[]): ProcessSpec[] =>
    names.map((name) => ({ pid: name.charCodeAt(0), argv: name }));
  const names = (tracked: TrackedSnapshot): string[] => [...tracked.readings.groups.keys()].sort();

  test('are counted together in `other`, and their number is reported', () => {
    const { see } = follow({ maxGroups: 3 });
    const tracked = see(programs('a', 'b', 'c', 'd'));
    expect(names(tracked)).toEqual(['a', 'b', 'init', OTHER]);
    expect(values(tracked, OTHER)).toMatchObject({ processes: 2 });
    expect(tracked.groupsInOther).toBe(2);
    expect(tracked.details.get(OTHER)).toMatchObject({ startsTotal: 0 });
  });

  test('are reported once an earlier group has been absent for long', () => {
    const { see } = follow({ maxGroups: 3 });
    see(programs('a', 'b', 'c'));
    expect(names(see(programs('b', 'c', 'd')))).toEqual(['b', 'init', OTHER]);
    for (let i = 0; i < 14; i++) expect(names(see(programs('b', 'c')))).toEqual(['b', 'init', OTHER]);
    const tracked = see(programs('b', 'c'));
    expect(names(tracked)).toEqual(['b', 'c', 'init']);
    expect(tracked.groupsInOther).toBe(0);
  });

  test('are more while memory is short: the smallest go, but none of which something is told', () => {
    const { see, tracker } = follow({ maxGroups: 9 });
    const crowd = [...programs('a', 'b', 'c'), { pid: 500, ppid: 97, argv: 'a-child' }];
    expect(names(see(crowd))).toEqual(['a', 'b', 'c', 'init']);
    tracker.keep(2, (group) => group === 'c');
    expect(names(see(crowd))).toEqual(['a', 'c', OTHER]);
    expect(names(see(crowd))).toEqual(['a', 'c', OTHER]);
    tracker.keep(Number.POSITIVE_INFINITY, () => false);
    expect(names(see(crowd))).toEqual(['a', 'b', 'c', 'init']);
  });

  test('have a culprit as well', () => {
    const { see, tracker } = follow({ maxGroups: 1 });
    see([{ pid: 30, argv: 'x', threads: 1 }]);
    see([{ pid: 30, argv: 'x', threads: 9 }]);
    expect(grownMost(tracker, OTHER, 'threads', undefined)).toMatchObject({ pid: 30, growth: 8 });
  });
});

const grownMost = (tracker: Tracker, group: string, metric: Metric, since: number | undefined) =>
  tracker.grownMost(group, METRIC_ROWS.get(metric)!.ofProcess!, since);

describe('the process that grew', () => {
  test('is the one with the largest increase', () => {
    const { see, tracker } = follow();
    const at = (web: number, child: number) =>
      see([
        { ...WEB, threads: web },
        { pid: 11, ppid: 10, comm: 'worker', threads: child },
      ]);
    at(100, 5);
    expect(grownMost(tracker, 'web', 'threads', undefined)).toBeUndefined();
    at(101, 9);
    expect(grownMost(tracker, 'web', 'threads', undefined)).toEqual({
      pid: 11,
      startTicks: 1011,
      comm: 'worker',
      value: 9,
      growth: 4,
      since: 20,
    });
    at(90, 5);
    expect(grownMost(tracker, 'web', 'threads', undefined)).toBeUndefined();
  });

  test('may be one that started after the growth began: then all it has is growth', () => {
    const { see, tracker } = follow();
    see([{ ...WEB, fds: 10 }]);
    see([
      { ...WEB, fds: 15 },
      { pid: 11, ppid: 10, fds: 12 },
    ]);
    expect(grownMost(tracker, 'web', 'fds', 25)).toMatchObject({ pid: 11, growth: 12 });
    expect(grownMost(tracker, 'web', 'fds', 60)).toMatchObject({ pid: 10, growth: 5 });
  });

  test('is a living process of the group, and only for amounts that a single process has', () => {
    const { see, tracker } = follow();
    const at = (more: number) =>
      see([WEB, { pid: 11, ppid: 10, state: 'Z', rssBytes: more }, { pid: 20, argv: 'db', rssBytes: more }]);
    at(1);
    at(5000);
    expect(grownMost(tracker, 'web', 'rss', undefined)).toBeUndefined();
    expect(grownMost(tracker, 'db', 'rss', undefined)).toMatchObject({ pid: 20, growth: 4999 });
    expect(grownMost(tracker, 'nobody', 'rss', undefined)).toBeUndefined();
  });

  test('is measured from about when the growth began, also hours later', () => {
    const { see, tracker } = follow();
    for (let i = 1; i <= 1000; i++) see([{ ...WEB, threads: i }]);
    // A snapshot every 20 seconds, each with a thread more: 750 threads at second 15,000.
    const culprit = grownMost(tracker, 'web', 'threads', 15_000)!;
    expect(culprit.growth).toBeGreaterThanOrEqual(250);
    expect(culprit.growth).toBeLessThan(250 + 180 + 1);
    expect(culprit.since).toBeLessThanOrEqual(15_000);
  });

  test('is the parent of most processes if the number of processes grew', () => {
    const { see, tracker } = follow();
    see([
      { ...WEB, comm: 'node' },
      ...[11, 12, 13].map((pid): ProcessSpec => ({ pid, ppid: 10 })),
      ...[14, 15].map((pid): ProcessSpec => ({ pid, ppid: 11 })),
      ...[16, 17].map((pid): ProcessSpec => ({ pid, ppid: 11, state: 'Z' })),
    ]);
    expect(tracker.growingParent('web', undefined)).toEqual({ pid: 10, comm: 'node', children: 3 });
    expect(tracker.growingParent('nobody', undefined)).toBeUndefined();
  });

  test('is the parent whose children became more, not the one that has most', () => {
    const { see, tracker } = follow();
    const lasting: ProcessSpec[] = [
      { ...WEB, comm: 'master' },
      { pid: 20, ppid: 10, comm: 'worker' },
      ...Array.from({ length: 30 }, (_, i): ProcessSpec => ({ pid: 100 + i, ppid: 10, comm: 'old' })),
      ...Array.from({ length: 30 }, (_, i): ProcessSpec => ({ pid: 200 + i, ppid: 10, comm: 'dead', state: 'Z' })),
    ];
    const { t: since } = see(lasting).readings;
    const more = Array.from({ length: 5 }, (_, i): ProcessSpec => ({ pid: 300 + i, ppid: 20, comm: 'new' }));
    const dead = Array.from(
      { length: 4 },
      (_, i): ProcessSpec => ({ pid: 400 + i, ppid: 20, comm: 'gone', state: 'Z' }),
    );
    see([...lasting, ...more, ...dead]);
    expect(tracker.growingParent('web', since)).toEqual({ pid: 20, comm: 'worker', children: 5 });
    expect(tracker.growingZombieParent('web', since)).toMatchObject({ pid: 20, comm: 'worker', zombies: 4 });
    expect(tracker.growingZombieParent('web', undefined)).toMatchObject({ pid: 10, zombies: 30 });
  });
});

describe('a group or process that is gone', () => {
  test('is gone at once: there is no group without a process', () => {
    const { see } = follow();
    see([WEB]);
    const tracked = see([]);
    expect(tracked.readings.groups.has('web')).toBe(false);
    expect(tracked.details.has('web')).toBe(false);
  });

  test('has the same totals if it comes back after a short absence', () => {
    const { see } = follow();
    see([{ ...WEB, cpuSeconds: 7 }]);
    see([]);
    expect(see([{ ...WEB, startTicks: 9, cpuSeconds: 1 }]).details.get('web')).toMatchObject({
      cpuSecondsTotal: 8,
      startsTotal: 1,
      exitsTotal: 1,
    });
  });

  test('is forgotten: 1,000 snapshots of churn leave no more in memory than one of them', () => {
    const { see, tracker } = follow({ maxGroups: 20 });
    const churn = (i: number): ProcessSpec[] =>
      Array.from({ length: 40 }, (_, n) => {
        const pid = 100 + ((i * 7 + n) % 500);
        return {
          pid,
          startTicks: i * 40 + n,
          ppid: n % 3 ? 10 : 1,
          argv: `p${(i * 3 + n) % 900}`,
          state: n % 5 ? 'S' : 'Z',
        };
      });
    let groups = 0;
    for (let i = 0; i < 1000; i++) groups = Math.max(groups, see([WEB, ...churn(i)]).readings.groups.size);
    expect(groups).toBeLessThanOrEqual(21);
    see([WEB]);
    // None of the 500 pids is known any more, so they count as starts.
    const before = see([WEB]).details.get('web')!.startsTotal;
    const after = see([WEB, ...Array.from({ length: 500 }, (_, n): ProcessSpec => ({ pid: 100 + n, ppid: 10 }))]);
    expect(after.details.get('web')!.startsTotal - before).toBe(500);
    expect(tracker.growingParent('web', undefined)).toMatchObject({ pid: 10, children: 500 });
  });
});

test('the counts of all groups add up to the living processes and the zombies', () => {
  const process = fc.record({
    pid: fc.integer({ min: 3, max: 40 }),
    ppid: fc.integer({ min: 0, max: 40 }),
    state: fc.constantFrom('S', 'Z'),
    threads: fc.integer({ min: 1, max: 5 }),
    argv: fc.constantFrom('a', 'b', 'sh -c x', 'c', undefined),
    kernel: fc.boolean(),
  });
  const table = fc.uniqueArray(process, { selector: ({ pid }) => pid });
  fc.assert(
    fc.property(fc.array(table, { maxLength: 4 }), fc.integer({ min: 1, max: 3 }), (tables, maxGroups) => {
      const { see } = follow({ maxGroups });
      for (const processes of tables) {
        const groups = [...see(processes).readings.groups.values()];
        const members = [...snapshot([...HOST, ...processes]).processes].filter(({ kernel }) => !kernel);
        const [dead, living] = [members.filter(isZombie), members.filter((member) => !isZombie(member))];
        const total = (of: (values: (typeof groups)[number]['values']) => number | undefined): number =>
          groups.reduce((sum, { values: each }) => sum + of(each)!, 0);
        expect(total(({ processes: count }) => count)).toBe(living.length);
        expect(total(({ zombies }) => zombies)).toBe(dead.length);
        expect(total(({ threads }) => threads)).toBe(living.reduce((sum, { threads }) => sum + threads!, 0));
      }
    }),
  );
});

describe('the trees of a group', () => {
  test.each([
    ['run-u42.service', true],
    ['sshd@9-192.0.2.1:22-198.51.100.7:49152.service', true],
    ['web.service', undefined],
  ])('are of a session, which ends when its work is done, in %s: %s', (unit, session) => {
    const { see } = follow();
    const { readings } = see([{ pid: 20, argv: 'backup', cgroup: `/system.slice/${unit}` }]);
    const [, reading] = [...readings.groups].find(([name]) => name !== 'init')!;
    expect(reading.session).toBe(session);
  });

  test('are counted unless there is exactly one', () => {
    const { see } = follow();
    expect(see([WEB, { pid: 11, ppid: 10 }]).readings.groups.get('web')).not.toHaveProperty('roots');
    expect(see([WEB, { pid: 12, argv: 'node web.js' }]).readings.groups.get('web')).toMatchObject({ roots: 2 });
    const worker: ProcessSpec = { pid: 13, ppid: 10 };
    see([WEB, worker]);
    expect(see([{ ...worker, ppid: 1 }]).readings.groups.get('web')).toMatchObject({ roots: 0 });
  });

  test.each([
    ['-bash', true],
    ['bash', true],
    ['bash -c work', undefined],
    ['bash work.sh', undefined],
    ['tmux', true],
    ['/usr/sbin/cron -f', true],
    ['npm start', undefined],
  ])('are marked as started from a session if their parent is one: %s', (argv, session) => {
    const { see, tracker } = follow();
    const parent: ProcessSpec = { pid: 9, comm: argv.split(' ')[0]!, argv };
    const { readings } = see([parent, { ...WEB, ppid: 9 }]);
    const group = argv === 'bash work.sh' ? 'work' : 'web';
    expect(readings.groups.get(group)?.session).toBe(session);
    expect(tracker.root('web')?.parent?.sample.pid).toBe(group === 'web' ? 9 : undefined);
  });
});
