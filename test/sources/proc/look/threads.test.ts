import { describe, expect, test } from 'vitest';
import { finish } from '../../../../src/model/portions.ts';
import { ProcSource } from '../../../../src/sources/proc/proc-source.ts';
import { looker, NOW } from '../../../support/looker.ts';
import { processes } from '../../trees.ts';

describe('threads', () => {
  const tasks = [
    { tid: 10, comm: 'ruby', startTicks: 5 },
    { tid: 11, comm: 'worker-1', startTicks: 10 },
    { tid: 12, comm: 'worker-2', startTicks: 95_000 },
    { tid: 13, comm: 'worker-3', startTicks: 96_000 },
    { tid: 14, comm: 'timer 7', startTicks: 97_000 },
  ];

  test('are counted by name without differing numbers, and those that came since the growth began', () => {
    expect(looker({ tasks }).look('threads', NOW - 60).kinds).toEqual([
      { name: 'worker-#', amount: 3, newer: 2 },
      { name: 'timer 7', amount: 1, newer: 1 },
      { name: 'ruby', amount: 1, newer: 0 },
    ]);
  });

  test('are not called newer if the growth has no known beginning', () => {
    expect(looker({ tasks }).look('threads').kinds[0]).toEqual({ name: 'worker-#', amount: 3 });
  });

  test('beyond the newest two thousand are not looked at, and the look says so', () => {
    const many = Array.from({ length: 2005 }, (_, i) => ({ tid: 1000 + i, comm: 't' }));
    const { tree, source } = looker({ tasks: many });
    expect(tree.dir).not.toBe('');
    const { kinds, incomplete } = finish(source.look({ pid: 10, startTicks: 5, at: 'threads', since: undefined }));
    const [, looked = ''] = /^looked at (\d+) of 2005 threads$/.exec(incomplete ?? '') ?? [];
    expect(Number(looked)).toBeLessThanOrEqual(2000);
    expect(kinds).toEqual([{ name: 't', amount: Number(looked) }]);
  });
});

test('threads that started before the host slept are older than those after, by the hours asleep', () => {
  const tasks = [5, 66_100, 95_000].map((startTicks, at) => ({ tid: 10 + at, comm: `${'abc'[at]}`, startTicks }));
  const tree = processes({ processes: [{ pid: 10, startTicks: 5, tasks }], host: { uptimeSeconds: 1000 } });
  // 30 seconds before the sleep and 30 after it; the sleep took 280 seconds: 340 seconds ago, or tick 66,000.
  const sleeps = [{ t: NOW - 30, seconds: 280 }];
  const source = new ProcSource({ procfs: tree.dir, clock: () => ({ t: NOW, wall: NOW, sleeps }) });
  const { kinds } = finish(source.look({ pid: 10, startTicks: 5, at: 'threads', since: NOW - 60 }));
  expect(Object.fromEntries(kinds.map(({ name, newer }) => [name, newer]))).toEqual({ a: 0, b: 1, c: 1 });
});
