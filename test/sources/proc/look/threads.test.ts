import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { finish } from '../../../../src/model/portions.ts';
import { lookAtThreads } from '../../../../src/sources/proc/look/threads.ts';
import { PidList } from '../../../../src/sources/proc/pid-list.ts';
import { ProcSource } from '../../../../src/sources/proc/proc-source.ts';
import { files, lookContext } from '../../../support/look-context.ts';
import { looker, NOW } from '../../../support/looker.ts';
import { withoutRoot } from '../../../support/proc-tree.ts';
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
    const { kinds } = looker({ tasks }).look('threads', NOW - 60);
    // The kernel lists the newest threads last. The fixture is a directory like any other.
    expect(kinds.toSorted((a, b) => b.newer! - a.newer!)).toEqual([
      { name: 'worker-#', amount: 3, newer: 2, states: [{ name: 'sleeping', count: 3 }] },
      { name: 'timer 7', amount: 1, newer: 1, states: [{ name: 'sleeping', count: 1 }] },
      { name: 'ruby', amount: 1, newer: 0, states: [{ name: 'sleeping', count: 1 }] },
    ]);
  });

  test('are not called newer if the growth has no known beginning', () => {
    expect(looker({ tasks }).look('threads').kinds[0]).toMatchObject({ name: 'worker-#', amount: 3 });
    expect(looker({ tasks }).look('threads').kinds[0]).not.toHaveProperty('newer');
    expect(looker({ tasks }).look('threads')).not.toHaveProperty('starts');
  });

  test('of the family that grew most are told with their starts, to 10 ms', () => {
    // Tick 100,000 is now.
    expect(looker({ tasks }).look('threads', NOW - 60).starts).toEqual([NOW - 50, NOW - 40]);
    const many = Array.from({ length: 300 }, (_, i) => ({ tid: 1000 + i, comm: `t${i}`, startTicks: 95_001 + i }));
    const { dir } = looker({ tasks: many }).tree;
    const context = lookContext(10, { procfs: dir, sinceTicks: 94_000, timeOf: (ticks) => NOW - 1000 + ticks / 100 });
    const { starts = [], kinds } = finish(lookAtThreads(context));
    expect(kinds[0]?.states).toEqual([{ name: 'sleeping', count: 100 }]);
    expect(starts).toHaveLength(256);
    expect(starts.at(-1)).toBeCloseTo(NOW - 47, 5);
    expect(starts[0]).toBeCloseTo(NOW - 47 - 2.55, 5);
  });

  test('are told with what they do, most frequent first', () => {
    const at = (tid: number, wchan: string) => ({ [`task/${tid}/wchan`]: wchan });
    const files = { ...at(11, 'ep_poll'), ...at(12, 'futex_do_wait'), ...at(13, 'futex_do_wait') };
    const running = tasks.map((task) => (task.tid === 14 ? { ...task, state: 'R' } : task));
    const { kinds } = looker({ tasks: running, files }).look('threads');
    expect(Object.fromEntries(kinds.map(({ name, states }) => [name, states]))).toEqual({
      'worker-#': [
        { name: 'in futex_wait', count: 2 },
        { name: 'in epoll_wait', count: 1 },
      ],
      'timer 7': [{ name: 'running', count: 1 }],
      ruby: [{ name: 'sleeping', count: 1 }],
    });
  });

  test('that tell nothing of what they wait for are told as such', () => {
    const files = Object.fromEntries(
      tasks.flatMap(({ tid }) => [
        [`task/${tid}/wchan`, '0'],
        [`task/${tid}/syscall`, ''],
      ]),
    );
    const { tree, look } = looker({ tasks, files });
    for (const { tid } of tasks) chmodSync(`${tree.dir}/10/task/${tid}/syscall`, 0);
    expect(withoutRoot(() => look('threads'))).toMatchObject({ incomplete: 'what they wait for may not be read' });
  });

  test('that find no room in the budget are not looked at, those listed first, and the look says so', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ tid: 1000 + i, comm: `t${i}`, startTicks: 95_001 + i }));
    const { dir } = looker({ tasks: many }).tree;
    const list = new PidList(`${dir}/10/task`);
    const listed = Array.from({ length: 300 }, () => list.next()!);
    list.close();
    const context = lookContext(10, {
      procfs: dir,
      sinceTicks: 0,
      timeOf: (ticks) => ticks,
      budget: files(400),
    });
    const { kinds, starts, incomplete } = finish(lookAtThreads(context));
    // Three files for each of the first hundred: what a thread waits for, by function and by call.
    expect(kinds).toMatchObject([{ name: 't#', amount: 200 }]);
    expect(starts).toEqual(
      listed
        .slice(-200)
        .map((tid) => 94_001 + tid)
        .sort((a, b) => a - b),
    );
    expect(incomplete).toBe('looked at 200 of 300 threads');
  });

  test('are looked at in some number, though the list of them has used up the budget', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ tid: 1000 + i, comm: `t${i}` }));
    const { dir } = looker({ tasks: many }).tree;
    const seen = finish(lookAtThreads(lookContext(10, { procfs: dir, budget: files(0) })));
    expect(seen.kinds).toMatchObject([{ name: 't#', amount: 100 }]);
    expect(seen.incomplete).toContain('looked at 100 of 300 threads');
  });

  test('of which the newest are not listed within half of the budget have no starts', () => {
    const many = Array.from({ length: 600 }, (_, i) => ({ tid: 1000 + i, comm: `t${i}` }));
    const { dir } = looker({ tasks: many }).tree;
    let asked = 0;
    const budget = {
      spend(_: number | undefined, share = 1) {
        if (share < 1) asked++;
        return share === 1 || asked < 2;
      },
    };
    const { kinds, starts, incomplete } = finish(
      lookAtThreads(lookContext(10, { procfs: dir, sinceTicks: 0, timeOf: (ticks) => ticks, budget })),
    );
    expect(kinds[0]).toMatchObject({ amount: 512, newer: 512 });
    expect(starts).toBeUndefined();
    expect(incomplete).toBe('looked at 512 of 600 threads');
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
