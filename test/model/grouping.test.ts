import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Change,
  type GroupedProcess,
  Grouping,
  type GroupPattern,
  type Membership,
  needsCommandLine,
  newGroupedProcess,
} from '../../src/model/grouping.ts';
import { finish } from '../../src/model/portions.ts';
import type { CgroupMembership } from '../../src/model/snapshot.ts';
import { HOST, type ProcessSpec, type SnapshotSpec, snapshot } from './snapshots.ts';

type Options = SnapshotSpec & {
  readonly patterns?: Readonly<Record<string, RegExp>>;
  /** Memberships in the snapshot before, by pid. */
  readonly before?: ReadonlyMap<number, Membership>;
};

function memberships(processes: readonly ProcessSpec[], { patterns = {}, before, ...spec }: Options = {}) {
  const list: GroupPattern[] = Object.entries(patterns).map(([name, pattern]) => ({ name, pattern }));
  const placed = new Map<number, GroupedProcess>();
  for (const one of snapshot(processes, spec).processes) {
    placed.set(one.pid, { ...newGroupedProcess(one), assignment: before?.get(one.pid) });
  }
  finish(new Grouping(list).assign(placed, all(placed), spec.selfPid));
  return membershipsOf(placed);
}

/** All processes as new ones, for a grouping that has not seen them before. */
function all(processes: ReadonlyMap<number, GroupedProcess>): Change[] {
  return [...processes.values()].map((process) => ({ process, before: undefined }));
}

function membershipsOf(processes: ReadonlyMap<number, GroupedProcess>): Map<number, Membership> {
  const found = new Map<number, Membership>();
  for (const [pid, { assignment }] of processes) if (assignment && assignment !== 'own') found.set(pid, assignment);
  return found;
}

/** Names of groups by pid. */
const groups = (processes: readonly ProcessSpec[], options?: Options): Record<number, string> =>
  Object.fromEntries([...memberships(processes, options)].map(([pid, { group }]) => [pid, group]));

const orphans = (found: ReadonlyMap<number, Membership>): number[] =>
  [...found].filter(([, { orphan }]) => orphan).map(([pid]) => pid);

const UNICORN: readonly ProcessSpec[] = [
  { pid: 4, ppid: 3, comm: 'ruby', argv: ['unicorn master -p 5000'] },
  { pid: 6, ppid: 4, comm: 'ruby' },
  { pid: 7, ppid: 4, comm: 'ruby' },
];

describe('a dyno', () => {
  const dyno: readonly ProcessSpec[] = [
    { pid: 1, ppid: 0, comm: 'ps-run', argv: 'ps-run' },
    { pid: 3, ppid: 1, comm: 'bash', argv: ['bash', '-c', 'leakwatch & exec unicorn'] },
    ...UNICORN,
    { pid: 8, ppid: 7, comm: 'ruby', state: 'Z' },
  ];

  test('has one group for the web server, and others for the shells that started it', () => {
    expect(groups(dyno)).toEqual({ 1: 'ps-run', 3: 'bash', 4: 'unicorn', 6: 'unicorn', 7: 'unicorn', 8: 'unicorn' });
  });

  test('has no group for leakwatch', () => {
    const beside: readonly ProcessSpec[] = [...dyno, { pid: 20, ppid: 3, comm: 'node', argv: 'node leakwatch' }];
    expect(groups(beside, { selfPid: 20 })).toEqual(groups(dyno));
  });

  test('has the same groups if the shell that started the application becomes leakwatch', () => {
    const became = dyno.map((process) => (process.pid === 3 ? { ...process, argv: 'node leakwatch' } : process));
    const { 3: _, ...others } = groups(dyno);
    expect(groups(became, { selfPid: 3 })).toEqual(others);
  });
});

describe('a host', () => {
  const host: readonly ProcessSpec[] = [
    ...HOST.map((process) => ({ ...process, cgroup: process.pid === 1 ? '/init.scope' : '/' })),
    { pid: 20, ppid: 2, comm: 'kworker', kernel: true, cgroup: '/' },
    { pid: 30, comm: 'nginx', cgroup: '/system.slice/nginx.service' },
    { pid: 31, ppid: 30, comm: 'nginx', cgroup: '/system.slice/nginx.service' },
    { pid: 40, comm: 'sshd', argv: 'sshd: x', cgroup: '/system.slice/ssh.service' },
    { pid: 41, ppid: 40, comm: 'sshd', argv: 'sshd: x', cgroup: '/user.slice/user-0.slice/session-1.scope' },
    { pid: 42, ppid: 41, comm: 'bash', argv: '-bash', cgroup: '/user.slice/user-0.slice/session-1.scope' },
    { pid: 43, ppid: 42, comm: 'node', argv: 'node worker.js', cgroup: '/user.slice/user-0.slice/session-1.scope' },
    { pid: 44, ppid: 43, comm: 'sh', cgroup: '/user.slice/user-0.slice/session-1.scope' },
    { pid: 45, ppid: 44, comm: 'convert', cgroup: '/user.slice/user-0.slice/session-1.scope' },
    { pid: 50, comm: 'x', cgroup: `/system.slice/docker-${'a'.repeat(64)}.scope` },
    { pid: 51, ppid: 50, comm: 'y', cgroup: `/system.slice/docker-${'a'.repeat(64)}.scope` },
  ];

  test('has a group for each unit and container, and one for each tree of a session', () => {
    expect(groups(host)).toEqual({
      1: 'init',
      30: 'nginx.service',
      31: 'nginx.service',
      40: 'ssh.service',
      41: 'sshd',
      42: 'bash',
      43: 'worker',
      44: 'worker',
      45: 'worker',
      50: 'x',
      51: 'x',
    });
  });

  test('has the top process of each tree as a root', () => {
    const roots = [...memberships(host)].filter(([, { root }]) => root).map(([pid]) => pid);
    expect(roots).toEqual([1, 30, 40, 41, 42, 43, 50]);
  });

  test('has no kernel threads in any group', () => {
    expect(memberships(host).has(2)).toBe(false);
    expect(memberships(host).has(20)).toBe(false);
  });

  test('groups by trees, not by unit, what shares a unit with leakwatch', () => {
    const unit = '/system.slice/box.service';
    const box: readonly ProcessSpec[] = [
      ...HOST,
      { pid: 10, comm: 'sh', argv: 'sh -c both', cgroup: unit },
      { pid: 11, ppid: 10, argv: 'node leakwatch', cgroup: unit },
      { pid: 12, ppid: 10, argv: 'node web.js', cgroup: unit },
    ];
    expect(groups(box, { selfPid: 11 })).toEqual({ 1: 'init', 10: 'sh', 12: 'web' });
  });
});

describe('wrappers', () => {
  test('above applications are looked through', () => {
    const foreman: readonly ProcessSpec[] = [
      { pid: 1, ppid: 0, comm: 'ruby', argv: 'ruby /bin/foreman start' },
      { pid: 2, ppid: 1, comm: 'sh', argv: ['sh', '-c', 'puma'] },
      { pid: 3, ppid: 2, comm: 'ruby', argv: ['puma 6 [app]'] },
      { pid: 4, ppid: 1, comm: 'sh', argv: ['sh', '-c', 'node w.js'] },
      { pid: 5, ppid: 4, comm: 'node', argv: 'node worker.js' },
    ];
    expect(groups(foreman)).toEqual({ 1: 'foreman', 2: 'sh', 3: 'puma', 4: 'sh', 5: 'worker' });
  });

  test('that an application starts belong to the application', () => {
    const app: readonly ProcessSpec[] = [
      ...HOST,
      { pid: 10, argv: 'node web.js' },
      { pid: 11, ppid: 10, comm: 'sh', argv: ['sh', '-c', 'convert a b'] },
      { pid: 12, ppid: 11, comm: 'convert', argv: 'convert a b' },
      { pid: 13, ppid: 11, comm: 'timeout', argv: 'timeout 5 x' },
      { pid: 14, ppid: 13, comm: 'x', argv: 'x' },
    ];
    expect(groups(app)).toEqual({ 1: 'init', 10: 'web', 11: 'web', 12: 'web', 13: 'web', 14: 'web' });
  });

  test('that started leakwatch are looked through, whatever program they run', () => {
    const run: readonly ProcessSpec[] = [
      ...HOST,
      { pid: 10, argv: 'node suite.js' },
      { pid: 11, ppid: 10, argv: 'node leakwatch' },
      { pid: 12, ppid: 10, comm: 'puppet' },
    ];
    expect(groups(run)).toMatchObject({ 12: 'suite' });
    expect(groups(run, { selfPid: 11 })).toEqual({ 1: 'init', 10: 'suite', 12: 'puppet' });
  });
});

describe('a container', () => {
  const children: readonly ProcessSpec[] = [
    { pid: 10, ppid: 1, comm: 'helper', argv: 'helper' },
    { pid: 11, ppid: 10, comm: 'sub' },
  ];

  test('whose pid 1 is the application is one group', () => {
    expect(groups([{ pid: 1, ppid: 0, argv: 'node web.js' }, ...children])).toEqual({ 1: 'web', 10: 'web', 11: 'web' });
  });

  test('whose pid 1 is an init has a group for each child of the init', () => {
    expect(groups([{ pid: 1, ppid: 0, comm: 'tini', argv: 'tini -- x' }, ...children])).toEqual({
      1: 'tini',
      10: 'helper',
      11: 'helper',
    });
  });

  test('is told from a host by kthreadd (pid 2), not by the name of its init', () => {
    expect(groups([{ pid: 1, ppid: 0, argv: '/linuxrc' }, HOST[1]!, ...children])).toMatchObject({
      1: 'linuxrc',
      10: 'helper',
    });
  });
});

describe('containers without a name', () => {
  const id = (digit: string) => `/system.slice/docker-${digit.repeat(64)}.scope`;
  const RUNTIME = '/system.slice/containerd.service';
  const shim = (pid: number): ProcessSpec => ({
    pid,
    comm: 'containerd-shim',
    argv: '/usr/bin/containerd-shim-runc-v2 -namespace moby',
    cgroup: RUNTIME,
  });
  /** A shim with a container: a server with a worker. */
  const container = (from: number, digit: string): readonly ProcessSpec[] => [
    shim(from),
    { pid: from + 1, ppid: from, argv: 'node server.js', cgroup: id(digit) },
    { pid: from + 2, ppid: from + 1, argv: 'node worker.js', cgroup: id(digit) },
  ];
  /** What a health check starts: its parent is the shim, outside of the container. */
  const check: ProcessSpec = {
    pid: 90,
    ppid: 100,
    comm: 'curl',
    argv: 'curl localhost',
    cgroup: id('a'),
    startTicks: 9000,
  };

  test('are named by their program, with all that runs in them', () => {
    expect(groups([...HOST, ...container(100, 'a')])).toEqual({
      1: 'init',
      100: 'containerd.service',
      101: 'server',
      102: 'server',
    });
  });

  test('have the same name after a restart, under another id', () => {
    const names = (digit: string) => new Set(Object.values(groups([...HOST, ...container(100, digit)])));
    expect(names('b')).toEqual(names('a'));
  });

  test('that run the same program are trees of one group', () => {
    const found = memberships([...HOST, ...container(100, 'a'), ...container(200, 'b')]);
    expect([101, 201].map((pid) => found.get(pid))).toEqual(
      Array(2).fill({ group: 'server', root: true, orphan: false }),
    );
  });

  test('keep what is started in them later in the group of their first process', () => {
    const found = memberships([
      check,
      ...HOST,
      ...container(100, 'a'),
      { pid: 91, ppid: 90, comm: 'sh', cgroup: id('a') },
    ]);
    expect(found.get(90)).toEqual({ group: 'server', root: false, orphan: false });
    expect(found.get(91)).toEqual({ group: 'server', root: false, orphan: false });
  });

  test('are not the group of zombies that somebody outside has not waited for', () => {
    const zombie: ProcessSpec = { ...check, state: 'Z' };
    expect(groups([...HOST, ...container(100, 'a'), zombie])).toMatchObject({ 90: 'containerd.service' });
    expect(groups([...HOST, ...container(100, 'a'), { ...zombie, ppid: 0 }])).toMatchObject({ 90: 'server' });
  });

  test('follow an entry point to the program that it becomes', () => {
    const grouping = new Grouping([]);
    const start = [
      ...HOST,
      ...container(100, 'a').map((one) => ({ ...one, argv: one.pid === 101 ? 'sh /entrypoint.sh' : one.argv })),
      check,
    ];
    const placed = new Map(snapshot(start).processes.map((one) => [one.pid, newGroupedProcess(one)]));
    finish(grouping.assign(placed, all(placed), undefined));
    expect(membershipsOf(placed).get(90)?.group).toBe('entrypoint');
    const main = placed.get(101)!;
    const before = main.sample;
    main.sample = { ...before, argv: ['postgres'] };
    finish(grouping.assign(placed, [{ process: main, before }], undefined));
    for (const pid of [101, 102, 90]) expect(membershipsOf(placed).get(pid)?.group).toBe('postgres');
    // The first process ends, and the check is left.
    placed.delete(101);
    placed.delete(102);
    finish(grouping.assign(placed, [], undefined));
    expect(membershipsOf(placed).get(90)).toEqual({ group: 'postgres', root: false, orphan: true });
  });

  test('are looked through where they are wrappers, like everything else', () => {
    const wrapped: readonly ProcessSpec[] = [
      ...HOST,
      shim(100),
      { pid: 101, ppid: 100, comm: 'tini', argv: 'tini -- node server.js', cgroup: id('a') },
      { pid: 102, ppid: 101, argv: 'node server.js', cgroup: id('a') },
      { pid: 103, ppid: 102, comm: 'convert', cgroup: id('a') },
    ];
    expect(groups(wrapped)).toMatchObject({ 101: 'tini', 102: 'server', 103: 'server' });
  });

  test('that an application starts are no part of it', () => {
    const nested: readonly ProcessSpec[] = [
      ...HOST,
      { pid: 10, argv: 'agent' },
      { pid: 11, ppid: 10, argv: 'node job.js', cgroup: id('a') },
      { pid: 12, ppid: 11, argv: 'agent-helper', cgroup: '/' },
    ];
    expect(groups(nested)).toMatchObject({ 10: 'agent', 11: 'job', 12: 'agent-helper' });
  });

  test('show their processes one by one to leakwatch in the same container', () => {
    const inside: readonly ProcessSpec[] = [
      { pid: 1, ppid: 0, comm: 'tini', argv: 'tini -- run', cgroup: id('a') },
      { pid: 2, ppid: 1, argv: 'node leakwatch', cgroup: id('a') },
      { pid: 3, ppid: 1, argv: 'node web.js', cgroup: id('a') },
      { pid: 4, ppid: 0, argv: 'node console.js', cgroup: id('a') },
    ];
    expect(groups(inside, { selfPid: 2 })).toEqual({ 1: 'tini', 3: 'web', 4: 'console' });
  });
});

test('leakwatch as process 1 watches what the shell had started before it became leakwatch', () => {
  const became: readonly ProcessSpec[] = [
    { pid: 1, ppid: 0, argv: 'node leakwatch' },
    { pid: 7, ppid: 1, argv: 'node web.js' },
    { pid: 8, ppid: 7, comm: 'helper' },
    { pid: 9, ppid: 1, comm: 'lost', state: 'Z' },
  ];
  // It cannot wait for the zombies that it inherits as process 1, so it tells of them.
  expect(groups(became, { selfPid: 1 })).toEqual({ 7: 'web', 8: 'web', 9: 'leakwatch' });
});

describe('patterns', () => {
  const tree: readonly ProcessSpec[] = [
    ...HOST,
    { pid: 10, argv: 'node web.js --port 80' },
    { pid: 11, ppid: 10, argv: 'node renderer.js' },
    { pid: 12, ppid: 11, argv: 'chrome' },
    { pid: 13, ppid: 10, argv: 'helper' },
    { pid: 20, argv: 'node web.js --port 81', cgroup: '/system.slice/second.service' },
  ];

  test('win over units, include the tree below, and may be nested', () => {
    const patterns = { shop: /web\.js/, render: /renderer/ };
    expect(groups(tree, { patterns })).toEqual({
      1: 'init',
      10: 'shop',
      11: 'render',
      12: 'render',
      13: 'shop',
      20: 'shop',
    });
    const roots = [...memberships(tree, { patterns })].filter(([, { root }]) => root).map(([pid]) => pid);
    expect(roots).toEqual([1, 10, 11, 20]);
  });

  test('are tried in order', () => {
    expect(groups(tree, { patterns: { first: /node/, second: /web/ } })).toMatchObject({ 10: 'first', 11: 'first' });
  });

  test('that match again below their own root make no second root', () => {
    const found = memberships(tree, { patterns: { all: /./ } });
    expect(found.get(11)).toEqual({ group: 'all', root: false, orphan: false });
  });

  test('that match a wrapper include its tree', () => {
    const wrapped: readonly ProcessSpec[] = [
      ...HOST,
      { pid: 10, comm: 'sh', argv: ['sh', '-c', 'poll'] },
      { pid: 11, ppid: 10, argv: 'curl x' },
    ];
    expect(groups(wrapped, { patterns: { poller: /poll/ } })).toMatchObject({ 10: 'poller', 11: 'poller' });
  });

  test('match neither leakwatch nor a shell whose command line holds that of leakwatch', () => {
    const us: readonly ProcessSpec[] = [
      ...HOST,
      { pid: 10, comm: 'sh', argv: ['sh', '-c', 'leakwatch --group web=unicorn'] },
      { pid: 11, ppid: 10, argv: 'node leakwatch --group web=unicorn' },
      { pid: 20, argv: 'unicorn master' },
    ];
    expect(groups(us, { selfPid: 11, patterns: { web: /unicorn/ } })).toEqual({ 1: 'init', 10: 'sh', 20: 'web' });
  });

  test('match children of leakwatch, and include what those start', () => {
    const us: readonly ProcessSpec[] = [
      ...HOST,
      { pid: 11, argv: 'leakwatch demo zombies' },
      { pid: 12, ppid: 11, argv: 'leaky-zombies' },
      { pid: 13, ppid: 12, argv: 'sleep 9' },
      { pid: 14, ppid: 12, state: 'Z' },
      { pid: 15, ppid: 11, argv: 'getconf PAGESIZE' },
      { pid: 16, ppid: 11, state: 'Z' },
    ];
    const found = memberships(us, { selfPid: 11, patterns: { demo: /^leaky/ } });
    expect(Object.fromEntries([...found].map(([pid, { group }]) => [pid, group]))).toEqual({
      1: 'init',
      12: 'demo',
      13: 'demo',
      14: 'demo',
      15: 'getconf',
      16: 'leakwatch',
    });
    expect(found.get(12)?.root).toBe(true);
  });
});

describe('orphans', () => {
  const before = memberships([
    ...HOST,
    { pid: 3, argv: 'node web.js' },
    ...UNICORN.slice(1).map((p) => ({ ...p, ppid: 3 })),
  ]);

  test('that lost their parent stay in their group and are marked', () => {
    const after: readonly ProcessSpec[] = [...HOST, { pid: 6, argv: 'ruby x.rb' }, { pid: 7, ppid: 6 }];
    const found = memberships(after, { before });
    expect(found.get(6)).toEqual({ group: 'web', root: false, orphan: true });
    expect(orphans(found)).toEqual([6, 7]);
    expect(orphans(memberships(after, { before: found }))).toEqual([6, 7]);
  });

  test('that were re-parented to a subreaper instead of init are marked as well', () => {
    const reaper: ProcessSpec = { pid: 5, comm: 'systemd', argv: 'systemd --user' };
    expect(memberships([...HOST, reaper, { pid: 6, ppid: 5 }], { before }).get(6)).toMatchObject({
      group: 'web',
      orphan: true,
    });
  });

  test('are neither former roots nor processes that were not seen before', () => {
    const daemon: readonly ProcessSpec[] = [
      ...HOST,
      { pid: 3, argv: 'node web.js' },
      { pid: 90, argv: 'memcached -d' },
    ];
    const found = memberships(daemon, { before });
    expect(found.get(3)).toEqual({ group: 'web', root: true, orphan: false });
    expect(found.get(90)).toEqual({ group: 'memcached', root: true, orphan: false });
  });
});

describe('zombies', () => {
  const parents: readonly ProcessSpec[] = [...HOST, { pid: 10, argv: 'node web.js' }];

  test.each([
    ['without anything', {}],
    ['with a command line that a pattern matches', { argv: 'convert x' }],
    ['with a unit', { cgroup: '/system.slice/x.service' }],
  ])('%s belong to the group of their parent', (_, known) => {
    const zombie: ProcessSpec = { pid: 11, ppid: 10, state: 'Z', ...known };
    expect(groups([...parents, zombie], { patterns: { image: /convert/ } })).toMatchObject({ 11: 'web' });
  });

  test('of an init that does not reap belong to the group of the init', () => {
    expect(groups([...parents, { pid: 11, ppid: 1, comm: 'lost', state: 'Z' }])).toMatchObject({ 11: 'init' });
  });
});

test('an exec changes the group of a root', () => {
  const shell = memberships([...HOST, { pid: 10, comm: 'sh', argv: 'sh run.sh' }]);
  expect(shell.get(10)?.group).toBe('run');
  expect(memberships([...HOST, { pid: 10, argv: 'node web.js' }], { before: shell }).get(10)).toEqual({
    group: 'web',
    root: true,
    orphan: false,
  });
});

/** Four processes, each the parent of the next and the last the parent of the first; 23 is leakwatch. */
const circleThroughUs: ProcessSpec[] = [
  { pid: 23, ppid: 24 },
  { pid: 8, ppid: 23 },
  { pid: 16, ppid: 8, argv: 'unicorn master' },
  { pid: 24, ppid: 16 },
];

describe('strange tables', () => {
  test('circles of parents, and parents that are not in the table', () => {
    const found = groups([
      { pid: 10, ppid: 12 },
      { pid: 11, ppid: 10 },
      { pid: 12, ppid: 11 },
      { pid: 13, ppid: 13, comm: 'self' },
      { pid: 14, ppid: 99, comm: 'lost' },
    ]);
    expect(found).toEqual({ 10: 'app', 11: 'app', 12: 'app', 13: 'self', 14: 'lost' });
  });

  test.each([
    ['leakwatch is listed first', circleThroughUs],
    ['its child is listed first', circleThroughUs.toSorted((a, b) => a.pid - b.pid)],
    ['its parent is listed first', circleThroughUs.toReversed()],
  ])('a circle of parents with leakwatch in it: a tree begins below leakwatch (%s)', (_, circle) => {
    expect(groups(circle, { selfPid: 23, patterns: { web: /unicorn/ } })).toEqual({ 8: 'app', 16: 'web', 24: 'web' });
  });

  test('a chain of 30,000 parents', () => {
    const line = Array.from({ length: 30_000 }, (_, i) => ({ pid: 30_000 - i, ppid: 29_999 - i }));
    expect(new Set(Object.values(groups(line)))).toEqual(new Set(['app']));
  });
});

describe('any table', () => {
  const process = fc.record({
    ppid: fc.nat(25),
    comm: fc.constantFrom('app', 'sh', 'init', 'ruby', ''),
    argv: fc.constantFrom(undefined, 'node web.js', 'sh -c x', 'unicorn master', 'foreman start'),
    state: fc.constantFrom('S', 'R', 'Z', undefined),
    cgroup: fc.constantFrom(undefined, '/', '/system.slice/a.service', '/user.slice/session-1.scope'),
  });
  const table = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 25 }), process, fc.boolean()), { selector: ([pid]) => pid })
    .map((list) => list.map(([pid, spec, kernel]): ProcessSpec => ({ ...spec, pid, kernel: kernel && pid % 5 === 2 })));

  test('gives a group to every process but kernel threads and leakwatch', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 25 }), (processes, selfPid) => {
        const found = memberships(processes, { selfPid, patterns: { web: /unicorn/ } });
        for (const { pid, kernel } of processes) expect(found.has(pid), `${pid}`).toBe(!kernel && pid !== selfPid);
      }),
      { numRuns: 500, examples: [[circleThroughUs, 23]] },
    );
  });

  test('gives every group a root or an orphan', () => {
    fc.assert(
      fc.property(table, (processes) => {
        const found = [...memberships(processes).values()];
        for (const { group } of found) {
          expect(
            found.some((one) => one.group === group && (one.root || one.orphan)),
            group,
          ).toBe(true);
        }
      }),
    );
  });
});

test('command lines are needed of pid 1, of processes without a parent, and below what is looked through', () => {
  const needs = (pid: number, parent?: { pid: number; comm: string; argv?: string[] }, kernel = false): boolean => {
    const process = { pid, ppid: parent?.pid ?? 0, kernel, cgroup: undefined };
    return needsCommandLine(process, parent && { argv: undefined, cgroup: undefined, ...parent }, new Set([77]));
  };
  expect(needs(1)).toBe(true);
  expect(needs(9)).toBe(true);
  expect(needs(9, { pid: 1, comm: 'anything' })).toBe(true);
  expect(needs(9, { pid: 5, comm: 'bash' })).toBe(true);
  expect(needs(9, { pid: 5, comm: 'ruby', argv: ['ruby', '/bin/foreman'] })).toBe(true);
  expect(needs(9, { pid: 5, comm: 'ruby', argv: ['unicorn master'] })).toBe(false);
  expect(needs(9, { pid: 77, comm: 'npm' })).toBe(true); // an ancestor of leakwatch
  expect(needs(9, { pid: 1, comm: 'init' }, true)).toBe(false);
});

describe('from snapshot to snapshot', () => {
  /** Compares a grouping that is kept from snapshot to snapshot with one that assigns every process anew. */
  test('an assignment that is kept is the one that would be found', () => {
    const pid = fc.integer({ min: 1, max: 9 });
    const kinds: Partial<ProcessSpec>[] = [
      { comm: 'sh', argv: ['sh', '-c', 'x'] },
      { comm: 'ruby', argv: ['ruby', 'web.rb'] },
      { comm: 'app', argv: undefined },
      { comm: 'app', state: 'Z' },
      { comm: 'nginx', cgroup: '/system.slice/nginx.service' },
      { comm: 'worker', argv: ['worker', '--marked'] },
      { comm: 'k', kernel: true },
      { comm: 'app', cgroup: `/docker/${'a'.repeat(64)}`, argv: ['node', 'box.js'] },
      { comm: 'sh', cgroup: `/docker/${'a'.repeat(64)}`, argv: ['sh', '-c', 'x'] },
      { comm: 'app', cgroup: `/docker/${'b'.repeat(64)}`, state: 'Z' },
    ];
    const process = fc.record({ pid, ppid: fc.nat(9), kind: fc.constantFrom(...kinds), startTicks: fc.nat(1) });
    const step = fc.record({
      changed: fc.array(process, { maxLength: 4 }),
      ended: fc.array(pid, { maxLength: 2 }),
      selfPid: fc.constantFrom(undefined, 5, 6),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const patterns = [{ name: 'marked', pattern: /--marked/ }];
        const cgroups = new Map<string, CgroupMembership>();
        const grouping = new Grouping(patterns);
        const kept = new Map<number, GroupedProcess>();
        let anew = new Map<number, GroupedProcess>();
        for (const { changed, ended, selfPid } of steps) {
          const next = new Map([...kept.values()].map(({ sample }) => [sample.pid, sample]));
          for (const one of ended) next.delete(one);
          for (const { kind, ...rest } of changed) {
            // No circles of parents: their assignments depend on the order in which they are made.
            const ppid = Math.min(rest.ppid, rest.pid - 1);
            // Parents are older than their children.
            const startTicks = 10 * rest.pid + rest.startTicks;
            const [sample] = snapshot([{ ...rest, startTicks, ppid, ...kind }]).processes;
            const path = sample?.cgroup?.unitPath;
            if (path && !cgroups.has(path)) cgroups.set(path, sample.cgroup!);
            next.set(rest.pid, { ...sample!, cgroup: path ? cgroups.get(path) : undefined });
          }
          for (const [one, process] of kept) {
            if (next.get(one)?.startTicks === process.sample.startTicks) continue;
            kept.delete(one);
            // The kernel re-parents the children of a process that has ended.
            for (const [child, sample] of next) {
              if (sample.ppid !== one || kept.get(child)?.sample.startTicks !== sample.startTicks) continue;
              next.set(child, { ...sample, ppid: 0 });
            }
          }
          const before = anew;
          const changes: Change[] = [];
          anew = new Map();
          for (const [one, sample] of next) {
            const known = kept.get(one);
            const process = known ?? newGroupedProcess(sample);
            if (process.sample !== sample || !known) changes.push({ process, before: known?.sample });
            process.sample = sample;
            kept.set(one, process);
          }
          for (const [one, { sample }] of kept) {
            const old = before.get(one);
            const assignment = old?.sample.startTicks === sample.startTicks ? old.assignment : undefined;
            anew.set(one, { ...newGroupedProcess(sample), assignment });
          }
          finish(grouping.assign(kept, changes, selfPid));
          finish(new Grouping(patterns).assign(anew, all(anew), selfPid));
          expect(membershipsOf(kept)).toEqual(membershipsOf(anew));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
