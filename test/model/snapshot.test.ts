import { expect, test } from 'vitest';
import { isZombie, processId } from '../../src/model/snapshot.ts';

test.each([
  ['Z', 1, true],
  ['Z', 0, true],
  ['Z', undefined, true],
  ['X', 1, true],
  ['Z', 2, false],
  ['S', 1, false],
  ['I', 1, false],
  [undefined, 1, false],
])('state %s with %s threads: a zombie is %s', (state, threads, zombie) => {
  expect(isZombie({ state, threads })).toBe(zombie);
});

test('the same pid with a different start time is a different process', () => {
  expect(processId({ pid: 12, startTicks: 3 })).toBe('12:3');
  expect(processId({ pid: 1, startTicks: 23 })).not.toBe(processId({ pid: 12, startTicks: 3 }));
});
