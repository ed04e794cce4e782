import { expect, test } from 'vitest';
import { lateRise, trackWith } from './states.ts';

test('the shape of load takes a rise of two tasks, and of half of the load', () => {
  const kindOf = (values: readonly number[]) => trackWith('load', values).report().shape?.kind;
  expect(kindOf(lateRise(0, 2.01))).toBe('climbing');
  expect(kindOf(lateRise(0, 1.99))).toBe('flat');
  expect(kindOf(lateRise(100, 82))).toBe('climbing');
  expect(kindOf(lateRise(100, 78))).toBe('flat');
});
