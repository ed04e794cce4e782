/** Numbers that a process monitor easily gets wrong, with a test each that ours are right. */
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/model/metrics.ts';
import { finish } from '../../src/model/portions.ts';
import { Tracker } from '../../src/model/tracker.ts';
import { ProcSource } from '../../src/sources/proc/proc-source.ts';
import { processes } from '../sources/trees.ts';
import { type ProcessSpec as FileSpec, withoutRoot } from '../support/proc-tree.ts';

const KERNEL_THREAD = 0x00200000;
const INIT: FileSpec = { pid: 1, comm: 'init', cmdline: ['/sbin/init'] };
const WEB: FileSpec = { pid: 10, comm: 'node', cmdline: ['node', 'web.js'] };

/** From the files of a /proc to readings, as in the daemon. */
function host(specs: readonly FileSpec[]) {
  const tree = processes({ processes: [INIT, ...specs] });
  let t = 0;
  const source = new ProcSource({ procfs: tree.dir, clock: () => ({ t, wall: t }) });
  const tracker = new Tracker({ patterns: [], maxGroups: 50 });
  const look = async () => {
    t += 20;
    const snapshot = await source.sample();
    const { readings, details } = tracker.track(snapshot);
    return { misses: Object.fromEntries(snapshot.misses), groups: readings.groups, details, readings };
  };
  return { tree, source, look };
}

describe('a thread is counted once', () => {
  test('the leader is one of the threads of its process, not an additional one', async () => {
    const { groups } = await host([{ ...WEB, threads: 43 }]).look();
    expect(groups.get('web')?.values).toMatchObject({ processes: 1, threads: 43 });
  });
});

describe('nothing is read that is not needed', () => {
  test('single threads are looked at only when somebody asks, not in a sample', async () => {
    const { tree, look, source } = host([{ ...WEB, threads: 3, files: { 'task/10/stat': null } }]);
    expect((await look()).groups.get('web')?.values.threads).toBe(3);
    expect((await look()).misses).toEqual({});
    tree.set(10, { files: {} });
    const { kinds } = finish(source.look({ pid: 10, startTicks: 10_010, at: 'threads', since: undefined }));
    expect(kinds).toMatchObject([{ name: 'node', amount: 3 }]);
  });
});

describe('a counter never falls', () => {
  test('when a child ends, a thread ends, or the whole tree is restarted', async () => {
    const { tree, look } = host([
      { ...WEB, threads: 4, utime: 1000, stime: 200 },
      { pid: 11, ppid: 10, utime: 500 },
    ]);
    const totals: number[] = [];
    const record = async () => {
      totals.push((await look()).details.get('web')!.cpuSecondsTotal);
    };
    await record();
    tree.set(10, { threads: 2 });
    tree.kill(11);
    await record();
    tree.kill(10);
    tree.set(10, { ...WEB, startTicks: 99_999, utime: 0, stime: 0 });
    await record();
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    expect(totals[0]).toBe(17);
  });
});

describe('an unreadable value is counted', () => {
  test('in each sample, not only in the first', async () => {
    const { look } = host([{ ...WEB, fds: 'denied' }]);
    for (let i = 0; i < 3; i++) expect((await withoutRoot(look)).misses).toEqual({ 'fds:denied': 1 });
  });
});

describe('only living processes are remembered', () => {
  test('a process without a group is forgotten once it is gone', async () => {
    const { tree, look } = host([WEB]);
    const kernel: Omit<FileSpec, 'pid'> = { comm: 'kworker/0:1', flags: KERNEL_THREAD };
    await look();
    tree.set(50, kernel);
    await look();
    tree.kill(50);
    await look();
    // The same identity comes back: it counts as a start only if it was forgotten.
    tree.set(50, { comm: 'late', flags: 0, cmdline: ['late'], state: 'S', startTicks: 10_050 });
    const { details } = await look();
    expect(details.get('late')).toMatchObject({ startsTotal: 1, exitsTotal: 0 });
  });
});

describe('a group exists as long as it has a process', () => {
  test('and its start is the identity of a living process, or empty', async () => {
    const { tree, look } = host([WEB]);
    expect((await look()).groups.get('web')).toMatchObject({ start: '10:10010' });
    tree.kill(10);
    const { groups, details } = await look();
    expect([...groups.keys()]).toEqual(['init']);
    expect([...details.keys()]).toEqual(['init']);
  });
});

describe('a value that cannot exist is not an error', () => {
  test('zombies and kernel threads have neither memory nor descriptors, and no miss is counted', async () => {
    const { look } = host([
      WEB,
      { pid: 2, comm: 'kthreadd', flags: KERNEL_THREAD, files: { statm: null } },
      { pid: 11, ppid: 10, state: 'Z', files: { statm: null } },
    ]);
    for (let i = 0; i < 3; i++) {
      const { misses, groups } = await look();
      expect(misses).toEqual({});
      expect(Object.keys(groups.get('web')!.values).toSorted()).toEqual(METRICS.map(({ name }) => name).toSorted());
    }
  });
});

describe('a zombie is in the group of its parent', () => {
  test.each([
    ['seen alive', true],
    ['first seen dead', false],
  ])('if it was %s', async (_, alive) => {
    const child: FileSpec = { pid: 11, ppid: 10, comm: 'convert', cmdline: ['convert', 'a', 'b'] };
    const { tree, look } = host(alive ? [WEB, child] : [WEB]);
    await look();
    tree.set(11, { ...child, state: 'Z', cmdline: [] });
    for (let i = 0; i < 5; i++) {
      const { groups, details } = await look();
      expect(groups.get('web')?.values).toMatchObject({ processes: 1, zombies: 1 });
      expect(details.get('web')?.zombieParents).toMatchObject([{ pid: 10, zombies: 1 }]);
    }
  });

  test('and a leader that exited while its threads live is no zombie', async () => {
    const { groups } = await host([WEB, { pid: 11, ppid: 10, state: 'Z', threads: 2 }]).look();
    expect(groups.get('web')?.values).toMatchObject({ processes: 2, threads: 3, zombies: 0 });
  });
});

describe('what was read first is corrected', () => {
  test('a process that was seen before its exec gets the name of its new program', async () => {
    const { tree, look } = host([{ pid: 10, comm: 'sh', cmdline: ['sh', '-c', 'node web.js'] }]);
    expect([...(await look()).groups.keys()].sort()).toEqual(['init', 'sh']);
    tree.set(10, WEB);
    expect([...(await look()).groups.keys()].sort()).toEqual(['init', 'web']);
  });
});

describe('CPU time of ended processes is not lost', () => {
  test('neither that after the last sample, nor that of processes that were never seen', async () => {
    const { tree, look } = host([WEB, { pid: 11, ppid: 10, utime: 500 }]);
    await look();
    tree.kill(11);
    tree.set(10, { cutime: 500 + 150 + 25 }); // time that was seen, time after the last sample, and that of a process that was never seen
    expect((await look()).details.get('web')?.cpuSecondsTotal).toBe(5 + 1.5 + 0.25);
  });
});
