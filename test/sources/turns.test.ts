import { setImmediate } from 'node:timers';
import { expect, test } from 'vitest';
import { forEach, PORTION } from '../../src/model/portions.ts';
import { Turns } from '../../src/sources/turns.ts';

/** Longer than a slice of one millisecond. */
const WORK_MS = 3;

test('work in portions lets others run after each long portion, and returns its result', async () => {
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  function* work() {
    for (let portion = 0; portion < 10; portion++) {
      yield* forEach(Array.from({ length: PORTION }), () => undefined);
      const end = performance.now() + WORK_MS;
      while (performance.now() < end);
    }
    return 'the result';
  }
  const result = await new Turns().take(work());
  isDone = true;
  expect(result).toBe('the result');
  expect(turns).toBeGreaterThanOrEqual(9);
});
