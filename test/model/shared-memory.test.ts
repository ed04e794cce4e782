import { expect, test } from 'vitest';
import type { CgroupMembership, CgroupShmem } from '../../src/model/snapshot.ts';
import { Tracker } from '../../src/model/tracker.ts';
import { HOST, type ProcessSpec, snapshot } from './snapshots.ts';

const A: CgroupMembership = { unitPath: '/' };
const B: CgroupMembership = { unitPath: '/' };

/** Shared memory by group. */
function shmemOf(processes: readonly ProcessSpec[], shmem?: ReadonlyMap<CgroupMembership, CgroupShmem>) {
  const { groups } = new Tracker({ patterns: [], maxGroups: 9 }).track(
    snapshot([HOST[1]!, ...processes], { ...(shmem && { shmem }) }),
  ).readings;
  return Object.fromEntries([...groups].map(([name, { values }]) => [name, values.shmem]));
}

test('a pool that processes share is counted once', () => {
  const worker = (pid: number, shmemBytes: number) => ({ pid, ppid: 10, comm: 'pg', shmemBytes, rssBytes: 700 });
  expect(shmemOf([{ pid: 10, comm: 'pg', shmemBytes: 600 }, worker(11, 640), worker(12, 10)])).toEqual({ pg: 640 });
});

test('what one process does not tell is unknown of the group', () => {
  const processes = [
    { pid: 10, comm: 'pg', shmemBytes: 600 },
    { pid: 11, ppid: 10, comm: 'pg', shmemBytes: undefined },
  ];
  expect(shmemOf(processes)).toEqual({ pg: undefined });
});

test('what a cgroup counts belongs to the only group that is in it, also if no process has mapped it', () => {
  const cgroup = { path: '/a', bytes: 5000 };
  const web = { pid: 10, comm: 'web', cgroup: A, shmemBytes: 0 };
  const db = { pid: 20, comm: 'db', cgroup: B, shmemBytes: 30 };
  expect(shmemOf([web, db], new Map([[A, cgroup]]))).toEqual({ web: 5000, db: 30 });
  const shared = new Map([
    [A, cgroup],
    [B, cgroup],
  ]);
  expect(shmemOf([web, db], shared)).toEqual({ web: 0, db: 30 });
});

test('a group has what all of its cgroups count', () => {
  const processes = [
    { pid: 10, comm: 'web', cgroup: A },
    { pid: 11, ppid: 10, comm: 'web', cgroup: B },
  ];
  const two = new Map([
    [A, { path: '/a', bytes: 5000 }],
    [B, { path: '/b', bytes: 700 }],
  ]);
  expect(shmemOf(processes, two)).toEqual({ web: 5700 });
});

test('a process of another group that passes through does not take it away, one that stays does', () => {
  const tracker = new Tracker({ patterns: [], maxGroups: 9 });
  const web = { pid: 10, comm: 'web', cgroup: A };
  const guest = { pid: 20, comm: 'guest', cgroup: A };
  const see = (...processes: ProcessSpec[]) => {
    const shmem = new Map([[A, { path: '/a', bytes: 5000 }]]);
    return tracker.track(snapshot([HOST[1]!, ...processes], { shmem })).readings.groups.get('web')!.values.shmem;
  };
  expect([see(web), see(web, guest), see(web)]).toEqual([5000, 5000, 5000]);
  const lasting = Array.from({ length: 16 }, () => see(web, guest));
  expect(lasting).toEqual([...Array(15).fill(5000), 0]);
});
