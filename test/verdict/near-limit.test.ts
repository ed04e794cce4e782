/** When a suspicion is told as a leak because its limit is close. */
import { expect, test } from 'vitest';
import { tellSuspicion } from '../../src/verdict/near-limit.ts';

const used = (share: number) => ({ used: 1000 * share, limit: 1000 });

test('from 80 % of the limit, with twenty minutes left or less', () => {
  expect(tellSuspicion('ok', used(0.8), 1200)).toBe('leak');
  expect(tellSuspicion('ok', used(0.799), 1200)).toBe('suspect');
  expect(tellSuspicion('ok', used(0.8), 1201)).toBe('suspect');
});

test('not where the limit or its end is unknown', () => {
  expect(tellSuspicion('ok', undefined, 10)).toBe('suspect');
  expect(tellSuspicion('ok', used(0.99), undefined)).toBe('suspect');
});

test('one that was told as a leak stays one', () => {
  expect(tellSuspicion('leak', used(0.1), undefined)).toBe('leak');
  expect(tellSuspicion('suspect', used(0.1), undefined)).toBe('suspect');
});
