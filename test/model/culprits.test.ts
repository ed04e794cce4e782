import { expect, test } from 'vitest';
import { Tracker } from '../../src/model/tracker.ts';
import { snapshot } from './snapshots.ts';

/** Two workers with so many threads each, and so many zombies. */
function workers(threads: readonly [number, number], zombies: readonly [number, number]): Tracker {
  const tracker = new Tracker({ patterns: [], maxGroups: 9 });
  const pids = [11, 12] as const;
  const of = (counts: readonly [number, number], dead: readonly [number, number]) => [
    ...pids.map((pid, at) => ({ pid, comm: 'worker', startTicks: pid, threads: counts[at]! })),
    ...pids.flatMap((ppid, at) =>
      Array.from({ length: dead[at]! }, (_, i) => ({ pid: 100 * ppid + i, ppid, comm: 'job', state: 'Z' })),
    ),
  ];
  tracker.track(snapshot(of([1, 1], [0, 0]), { t: 0 }));
  tracker.track(snapshot(of(threads, zombies), { t: 60 }));
  return tracker;
}

const threadsOf = ({ threads }: { readonly threads: number | undefined }): number | undefined => threads;

test('of workers that grow alike, the one that was told stays the culprit', () => {
  const tracker = workers([11, 12], [3, 4]);
  expect(tracker.grownMost('worker', threadsOf, 1)?.pid).toBe(12);
  expect(tracker.grownMost('worker', threadsOf, 1, 11)).toMatchObject({ pid: 11, value: 11, growth: 10 });
  expect(tracker.grownMost('worker', threadsOf, 1, 99)?.pid).toBe(12);
  expect(tracker.growingZombieParent('worker', 1)?.pid).toBe(12);
  expect(tracker.growingZombieParent('worker', 1, 11)).toMatchObject({ pid: 11, zombies: 3 });
});

test('until another one has grown more than twice as much', () => {
  const tracker = workers([11, 22], [2, 5]);
  expect(tracker.grownMost('worker', threadsOf, 1, 11)?.pid).toBe(12);
  expect(tracker.growingZombieParent('worker', 1, 11)?.pid).toBe(12);
  const even = workers([11, 21], [2, 4]);
  expect(even.grownMost('worker', threadsOf, 1, 11)?.pid).toBe(11);
  expect(even.growingZombieParent('worker', 1, 11)?.pid).toBe(11);
});

test('one that did not grow does not stay', () => {
  expect(workers([1, 3], [0, 1]).grownMost('worker', threadsOf, 1, 11)?.pid).toBe(12);
  expect(workers([1, 3], [0, 1]).growingZombieParent('worker', 1, 11)?.pid).toBe(12);
});
