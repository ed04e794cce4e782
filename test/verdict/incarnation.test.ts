import { describe, expect, test } from 'vitest';
import { Incarnation } from '../../src/verdict/incarnation.ts';

/** Sees these roots 20 seconds apart, each as often as said. @returns the numbers of the readings that begin a life */
function beginnings(...roots: readonly (readonly [root: string, times: number])[]): readonly number[] {
  const incarnation = new Incarnation(roots[0]![0]);
  const seen = roots.flatMap(([root, times]) => Array.from({ length: times }, () => root));
  return seen.flatMap((root, at) => (incarnation.see(root, 1000 + 20 * at) ? [at] : []));
}

describe('a new incarnation begins', () => {
  test('with another root, at once', () => {
    expect(beginnings(['a', 5], ['b', 1], ['c', 3])).toEqual([5, 6]);
  });

  test('not while the root is the same', () => {
    expect(beginnings(['a', 100])).toEqual([]);
    expect(beginnings(['', 100])).toEqual([]);
  });

  test('not with each short process in a group that has no root', () => {
    expect(beginnings(['', 5], ['a', 1], ['', 5], ['b', 2], ['c', 1], ['', 40], ['d', 12], ['', 1])).toEqual([]);
  });

  test('not with a short process that a sample caught first', () => {
    expect(beginnings(['a', 1], ['', 5], ['b', 1], ['', 5])).toEqual([]);
  });

  test('with a root that has lasted for four minutes', () => {
    expect(beginnings(['', 5], ['a', 13], ['b', 1])).toEqual([17, 18]);
  });

  test('when a root that has lasted ends', () => {
    expect(beginnings(['a', 12], ['', 5])).toEqual([12]);
    expect(beginnings(['a', 11], ['', 5])).toEqual([]);
  });
});

test('a group is without a root until one has lasted', () => {
  const incarnation = new Incarnation('a');
  expect(incarnation.isRootless).toBe(false);
  incarnation.see('a', 0);
  incarnation.see('', 20);
  expect(incarnation.isRootless).toBe(true);
  incarnation.see('b', 40);
  expect(incarnation.isRootless).toBe(true);
  incarnation.see('b', 280);
  expect(incarnation.isRootless).toBe(false);
});
