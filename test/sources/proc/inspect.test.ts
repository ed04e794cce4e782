import { rmSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Metric } from '../../../src/model/metrics.ts';
import { fdKind } from '../../../src/sources/proc/inspect.ts';
import { ProcSource } from '../../../src/sources/proc/proc-source.ts';
import { type ProcessSpec, withoutRoot } from '../../support/proc-tree.ts';
import { processes } from '../trees.ts';

const NOW = 1_700_000_000;
const UPTIME = 1000;

function inspector(spec: Omit<ProcessSpec, 'pid' | 'startTicks'>) {
  const tree = processes({ processes: [{ ...spec, pid: 10, startTicks: 5 }], host: { uptimeSeconds: UPTIME } });
  const source = new ProcSource({ procfs: tree.dir, clock: () => ({ t: NOW, wall: NOW }) });
  const inspect = (metric: Metric, since?: number, startTicks = 5) =>
    source.inspect({ pid: 10, startTicks, metric, since });
  return { tree, inspect };
}

describe('threads', () => {
  const tasks = [
    { tid: 10, comm: 'ruby', startTicks: 5 },
    { tid: 11, comm: 'worker-1', startTicks: 10 },
    { tid: 12, comm: 'worker-2', startTicks: 95_000 },
    { tid: 13, comm: 'worker-3', startTicks: 96_000 },
    { tid: 14, comm: 'timer 7', startTicks: 97_000 },
  ];

  test('are counted by name without differing numbers; names with most threads since the growth began come first', () => {
    // 60 seconds ago was 94,000 ticks after boot.
    expect(inspector({ tasks }).inspect('threads', NOW - 60).threadFamilies).toEqual([
      { name: 'worker-#', count: 3, growth: 2 },
      { name: 'timer 7', count: 1, growth: 1 },
      { name: 'ruby', count: 1, growth: 0 },
    ]);
  });

  test('are sorted by number if the growth has no known beginning', () => {
    expect(inspector({ tasks }).inspect('threads').threadFamilies?.[0]).toEqual({
      name: 'worker-#',
      count: 3,
      growth: undefined,
    });
  });

  test('beyond the newest thousand are not looked at, and the result says so', () => {
    const many = Array.from({ length: 1005 }, (_, i) => ({
      tid: 1000 + i,
      comm: `t${String.fromCharCode(97 + (i % 20))}`,
    }));
    const { threadFamilies, incomplete } = inspector({ tasks: many }).inspect('threads');
    expect(threadFamilies).toHaveLength(10);
    expect(incomplete).toBe('looked at 1000 of 1005 threads');
  });
});

test('descriptors are counted by kind', () => {
  const { tree, inspect } = inspector({ fds: 2 });
  symlinkSync('socket:[4711]', `${tree.dir}/10/fd/2`);
  symlinkSync('anon_inode:[eventpoll]', `${tree.dir}/10/fd/3`);
  expect(inspect('fds')).toEqual({ fdKinds: { device: 2, socket: 1, eventpoll: 1 } });
});

test('the result says if descriptors may not be read', () => {
  const { inspect } = inspector({ fds: 'denied' });
  expect(withoutRoot(() => inspect('fds'))).toEqual({ incomplete: 'denied' });
});

test.each(['rss', 'anon'] as const)('memory is split into kinds for %s', (metric) => {
  const { inspect } = inspector({ residentPages: 100, sharedPages: 40, swapPages: 3 });
  expect(inspect(metric).memory).toEqual({
    anonBytes: 60 * 4096,
    fileBytes: 40 * 4096,
    sharedBytes: 0,
    swapBytes: 3 * 4096,
  });
});

test('zombies and processes have an empty inspection', () => {
  expect(inspector({}).inspect('zombies')).toEqual({});
});

test('a different process with the same pid is not looked at', () => {
  expect(inspector({}).inspect('threads', undefined, 6)).toEqual({ incomplete: 'vanished' });
});

test('the result says if the process has ended', () => {
  const { tree, inspect } = inspector({});
  rmSync(`${tree.dir}/10/task`, { recursive: true });
  expect(inspect('threads')).toEqual({ incomplete: 'vanished' });
  tree.kill(10);
  expect(inspect('threads')).toEqual({ incomplete: 'vanished' });
});

test.each([
  ['socket:[1]', 'socket'],
  ['pipe:[1]', 'pipe'],
  ['anon_inode:[eventfd]', 'eventfd'],
  ['anon_inode:inotify', 'inotify'],
  ['anon_inode:[io_uring]', 'io_uring'],
  ['/dev/null', 'device'],
  ['/var/log/x (deleted)', 'file'],
  ['/memfd:x (deleted)', 'file'],
  ['/tmp/socket:[1]', 'file'],
  ['net:[4026531840]', 'other'],
  ['anon_inode:[<b>]', 'other'],
  ['', 'other'],
])('a descriptor of %j is a %s', (link, kind) => {
  expect(fdKind(link)).toBe(kind);
});

test('threads that started before the host slept are older than those after, by the hours asleep', () => {
  const tasks = [5, 66_100, 95_000].map((startTicks, at) => ({ tid: 10 + at, comm: `${'abc'[at]}`, startTicks }));
  const tree = processes({ processes: [{ pid: 10, startTicks: 5, tasks }], host: { uptimeSeconds: UPTIME } });
  // 30 seconds before the sleep and 30 after it; the sleep took 280 seconds: 340 seconds ago, or tick 66,000.
  const sleeps = [{ t: NOW - 30, seconds: 280 }];
  const source = new ProcSource({ procfs: tree.dir, clock: () => ({ t: NOW, wall: NOW, sleeps }) });
  const { threadFamilies } = source.inspect({ pid: 10, startTicks: 5, metric: 'threads', since: NOW - 60 });
  expect(threadFamilies?.map(({ name, growth }) => [name, growth])).toEqual([
    ['b', 1],
    ['c', 1],
    ['a', 0],
  ]);
});
