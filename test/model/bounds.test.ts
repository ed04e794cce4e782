import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPartlySeen, Limits, TaskCount } from '../../src/model/bounds.ts';
import type { CgroupLevel, ProcessSample } from '../../src/model/snapshot.ts';
import { type ProcessSpec, type SnapshotSpec, snapshot } from './snapshots.ts';

/** The bounds of the chosen processes; of all processes by default. */
function boundsOf(
  processes: readonly ProcessSpec[],
  spec: SnapshotSpec = {},
  chosen = processes.map(({ pid }) => pid),
) {
  const made = snapshot(processes, spec);
  const limits = new Limits();
  for (const process of made.processes) if (chosen.includes(process.pid)) limits.add(process);
  return limits.tightest({ ...made, tasksOfUid: tasksOfUid(made.processes) });
}

function tasksOfUid(processes: readonly ProcessSample[]): ReadonlyMap<number, number> {
  const tasks = new TaskCount();
  for (const process of processes) tasks.add(process);
  return tasks.byUid;
}

const level = (some: Partial<CgroupLevel>): CgroupLevel => ({
  path: '/x',
  pidsCurrent: undefined,
  pidsMax: undefined,
  memoryUsed: undefined,
  memoryMax: undefined,
  ...some,
});

describe('threads', () => {
  test('are bound by all tasks of the user, including zombies and other groups', () => {
    const processes: readonly ProcessSpec[] = [
      { pid: 10, uid: 1000, threads: 5, nprocLimit: 256 },
      { pid: 11, uid: 1000, threads: 1, state: 'Z' },
      { pid: 12, uid: 1000, threads: 40 },
      { pid: 13, uid: 1000, threads: undefined },
      { pid: 14, uid: 33, threads: 99 },
    ];
    expect(boundsOf(processes, {}, [10])).toEqual({ threads: { used: 47, limit: 256, of: 'uid:1000' } });
  });

  test('of root are not bound by RLIMIT_NPROC', () => {
    expect(boundsOf([{ pid: 10, uid: 0, nprocLimit: 5, threads: 9 }])).toEqual({});
    expect(boundsOf([{ pid: 10, uid: undefined, nprocLimit: 5, threads: 9 }])).toEqual({});
  });

  test('of the root of a user namespace are, together with tasks outside of it', () => {
    const bounds = boundsOf([{ pid: 10, uid: 0, nprocLimit: 60, threads: 9 }], { host: { isRootBound: true } });
    expect(bounds).toEqual({ threads: { used: 9, limit: 60, of: 'uid:0@namespace' } });
    expect(isPartlySeen(bounds.threads!.of)).toBe(true);
    expect(isPartlySeen('uid:0')).toBe(false);
  });

  test('are bound by the tightest limit of all ancestor cgroups', () => {
    const cgroup = { unitPath: '/a/b' };
    const levels = [
      level({ pidsCurrent: 3, pidsMax: 100 }),
      level({ pidsCurrent: 95, pidsMax: 120 }),
      level({ pidsMax: 10 }),
    ];
    expect(boundsOf([{ pid: 10, cgroup }], { cgroups: new Map([[cgroup, levels]]) })).toMatchObject({
      threads: { used: 95, limit: 120 },
    });
  });

  test.each([
    [
      { tasks: 90, threadsMax: 100, pidMax: 32768 },
      { used: 90, limit: 100 },
    ],
    [
      { tasks: 90, threadsMax: 126_000, pidMax: 99 },
      { used: 90, limit: 99 },
    ],
    [{ tasks: undefined, threadsMax: 100 }, undefined],
    [{ tasks: 5 }, undefined],
  ])('are bound by the limits of the host: %j', (host, threads) => {
    const found = boundsOf([{ pid: 10 }], { host }).threads;
    expect(found && { used: found.used, limit: found.limit }).toEqual(threads);
  });

  test('take the tightest limit of user, cgroup and host', () => {
    const cgroup = { unitPath: '/a' };
    const cgroups = new Map([[cgroup, [level({ pidsCurrent: 30, pidsMax: 40 })]]]);
    const host = { tasks: 100, threadsMax: 1000 };
    const with_ = (nprocLimit: number) => boundsOf([{ pid: 10, cgroup, nprocLimit }], { cgroups, host }).threads;
    expect(with_(12)).toMatchObject({ used: 30, limit: 40 });
    expect(with_(5)).toMatchObject({ used: 1, limit: 5 });
  });
});

describe('descriptors', () => {
  test('are bound by the process with the largest share in use, not by an idle one with a low limit', () => {
    const processes: readonly ProcessSpec[] = [
      { pid: 10, fds: 900, nofileLimit: 10_000 },
      { pid: 11, fds: 60, nofileLimit: 64 },
      { pid: 12, fds: undefined, nofileLimit: 3 },
      { pid: 14, fds: 1, nofileLimit: 3 },
      { pid: 13, fds: 5, nofileLimit: undefined },
    ];
    expect(boundsOf(processes).fds).toMatchObject({ used: 60, limit: 64 });
  });
});

describe('memory', () => {
  test('is bound by the tightest cgroup, or by the host', () => {
    const cgroup = { unitPath: '/a' };
    const cgroups = new Map([[cgroup, [level({ memoryUsed: 100, memoryMax: 512 }), level({ memoryMax: 1 })]]]);
    const host = { memoryTotal: 8000, memoryAvailable: 1000 };
    expect(boundsOf([{ pid: 10, cgroup }], { cgroups, host }).memory).toMatchObject({ used: 100, limit: 512 });
    expect(boundsOf([{ pid: 10 }], { cgroups, host }).memory).toMatchObject({ used: 7000, limit: 8000 });
    expect(boundsOf([{ pid: 10 }], { host: { memoryTotal: 8000 } }).memory).toBeUndefined();
  });
});

test('unlimited is no bound', () => {
  const processes = [{ pid: 10, fds: 5, nofileLimit: Number.POSITIVE_INFINITY, nprocLimit: Number.POSITIVE_INFINITY }];
  expect(boundsOf(processes)).toEqual({});
});

test('a process that lowered its limit below what it has open has run into nothing', () => {
  const processes: readonly ProcessSpec[] = [
    { pid: 10, fds: 5, nofileLimit: 1 },
    { pid: 11, fds: 64, nofileLimit: 64 },
  ];
  expect(boundsOf(processes).fds).toMatchObject({ used: 64, limit: 64 });
});

test('one descriptor that was inherited above the limit leaves a full table full', () => {
  expect(boundsOf([{ pid: 10, fds: 121, nofileLimit: 120 }]).fds).toMatchObject({ used: 121, limit: 120 });
});

test('a process that has restricted itself hides no limit of its user', () => {
  const processes = [3, 4].map((nprocLimit, at) => ({ pid: 10 + at, uid: 1000, nprocLimit }));
  expect(boundsOf(processes)).toMatchObject({ threads: { used: 2, limit: 4 } });
});

describe('a limit that is enforced', () => {
  const a = { unitPath: '/a' };
  const bounds = (...levels: readonly CgroupLevel[]) =>
    boundsOf([{ pid: 10, cgroup: a }], { cgroups: new Map([[a, levels]]), host: { tasks: 99, threadsMax: 100 } });

  test('is told before one with less room', () => {
    const refusing = level({ path: '/a', pidsCurrent: 50, pidsMax: 60, refusedForks: 2 });
    expect(bounds(refusing).threads).toEqual({ used: 50, limit: 60, of: '/a', refused: 2 });
  });

  test('but cannot be seen is told as such', () => {
    const hidden = { pidsCurrent: 50, pidsMax: 50, isPidsMaxObserved: true };
    expect(bounds(level(hidden)).threads).toEqual({ used: 50, limit: 50, of: '/x', isObserved: true });
    const killing = { memoryUsed: 70, memoryMax: 80, isMemoryMaxObserved: true, oomKills: 1 };
    expect(bounds(level(killing)).memory).toEqual({ used: 70, limit: 80, of: '/x', refused: 1, isObserved: true });
  });

  test('long ago bounds nothing by itself', () => {
    expect(bounds(level({ refusedForksEver: 7, oomKillsEver: 1 })).memory).toBeUndefined();
  });
});

test('kernel.pid_max of a namespace is compared with the tasks that are in it', () => {
  const made = snapshot([{ pid: 10, threads: 5 }], { host: { tasks: 4814, pidMax: 700, isPidMaxOfNamespace: true } });
  const limits = new Limits();
  for (const process of made.processes) limits.add(process);
  const basis = { ...made, tasksOfUid: new Map() };
  expect(limits.tightest({ ...basis, tasks: 5 }).threads).toEqual({ used: 5, limit: 700, of: 'pid_max' });
  expect(limits.tightest({ ...basis, tasks: undefined }).threads).toBeUndefined();
});

test('no other bound has less room', () => {
  const limit = fc.option(fc.nat(100), { nil: undefined });
  const process = fc.record({ fds: limit, nofileLimit: limit, nprocLimit: limit, threads: limit, uid: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(process), limit, limit, limit, (list, tasks, threadsMax, pidMax) => {
      const made = snapshot(
        list.map((one, i) => ({ ...one, pid: i + 1 })),
        { host: { tasks, threadsMax, pidMax } },
      );
      const ofUid = tasksOfUid(made.processes);
      const halves = [new Limits(), new Limits()] as const;
      for (const [i, one] of made.processes.entries()) halves[i % 2 === 0 ? 0 : 1].add(one);
      halves[0].addAll(halves[1]);
      const bounds = halves[0].tightest({ ...made, tasksOfUid: ofUid });
      const room = (used: number | undefined, most: number | undefined): number =>
        used === undefined || most === undefined ? Number.POSITIVE_INFINITY : most - used;
      const left = {
        threads: [
          ...made.processes.map((one) =>
            one.uid === 0 || (one.nprocLimit ?? 0) < 4
              ? Number.POSITIVE_INFINITY
              : room(ofUid.get(one.uid!), one.nprocLimit),
          ),
          room(tasks, threadsMax),
          room(tasks, pidMax),
        ],
      };
      expect(room(bounds.threads?.used, bounds.threads?.limit)).toBe(
        Math.min(Number.POSITIVE_INFINITY, ...left.threads),
      );
      // Descriptors are limited per process: the one with the largest share in use is the nearest to its limit.
      const { fds } = bounds;
      for (const one of made.processes) {
        if (one.fds === undefined || one.nofileLimit === undefined) continue;
        if (one.fds >= 2 * one.nofileLimit) continue;
        expect(fds!.used * one.nofileLimit).toBeGreaterThanOrEqual(one.fds * fds!.limit);
      }
    }),
  );
});
