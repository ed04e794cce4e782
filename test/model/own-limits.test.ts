/** Limits of leakwatch itself, such as those of its service or container: it must not take them for those of the host. */
import { expect, test } from 'vitest';
import type { CgroupLevel, CgroupMembership } from '../../src/model/snapshot.ts';
import { Tracker } from '../../src/model/tracker.ts';
import { snapshot } from './snapshots.ts';

const level: CgroupLevel = { path: '/own', pidsCurrent: 8, pidsMax: 32, memoryUsed: 45, memoryMax: 256 };
const own: CgroupMembership = { unitPath: '/own' };
const host = { memoryTotal: 9000, memoryAvailable: 4000, tasks: 100, threadsMax: 900 };

const boundsWith = (cgroup: CgroupMembership | undefined) =>
  new Tracker({ patterns: [], maxGroups: 10 }).track(
    snapshot(
      [
        { pid: 10, argv: 'node web.js', cgroup },
        { pid: 20, argv: 'leakwatch', cgroup: own },
      ],
      { selfPid: 20, host, cgroups: new Map([[own, [level]]]) },
    ),
  ).readings.bounds;

test('do not bound the host', () => {
  expect(boundsWith(undefined)).toMatchObject({ memory: { of: 'host' }, threads: { of: 'threads-max' } });
});

test('bound everything if other processes are under them as well, as on a dyno', () => {
  expect(boundsWith(own)).toMatchObject({ memory: { of: '/own' }, threads: { of: '/own' } });
});
