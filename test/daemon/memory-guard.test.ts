/** What leakwatch lets go of near the limit of its own memory. */
import { expect, test } from 'vitest';
import { MemoryGuard } from '../../src/daemon/memory-guard.ts';

const LIMIT = 100;

/** Follows how much is used, of which leakwatch has so much itself. @returns what is left, and the groups that stay */
function follow(used: readonly (number | undefined)[], { own = 60, groups = 40 } = {}) {
  const guard = new MemoryGuard();
  return used.map((amount) => {
    guard.next(
      amount === undefined ? undefined : { used: amount, limit: LIMIT, own },
      Math.min(groups, guard.mostGroups),
    );
    return [guard.leftBytes, guard.mostGroups] as const;
  });
}

const ALL = Number.POSITIVE_INFINITY;

test('is nothing while there is memory, or no limit', () => {
  expect(follow([50, 89, undefined, 89])).toEqual(Array(4).fill([undefined, ALL]));
});

test('is what only saves time from 90 % of the limit on, until less than 80 % is used', () => {
  expect(follow([90, 85, 80, 79, 89]).map(([left]) => left)).toEqual([10, 15, 20, undefined, undefined]);
});

test('is half of the groups, again and again, if that does not help', () => {
  const groups = follow(Array(25).fill(95)).map(([, most]) => most);
  expect([groups[3], groups[4], groups[9], groups[14], groups[19], groups[24]]).toEqual([ALL, 20, 10, 5, 5, 5]);
  expect(follow([...Array(5).fill(95), 70]).at(-1)).toEqual([undefined, ALL]);
});

test('is no group where it gets better', () => {
  expect(follow([95, 89, 89, 89, 89, 89, 89]).at(-1)).toEqual([11, ALL]);
});

test('is no group where another program fills the limit', () => {
  expect(follow(Array(25).fill(99), { own: 24 }).at(-1)).toEqual([1, ALL]);
  expect(follow(Array(25).fill(99), { own: 25 }).at(-1)).toEqual([1, 5]);
});

test('a limit that is exceeded leaves something to say', () => {
  expect(follow([120])[0]![0]).toBe(1);
});
