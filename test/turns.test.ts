import { setImmediate } from 'node:timers';
import { expect, test } from 'vitest';
import { forEach, PORTION } from '../src/model/portions.ts';
import { cpuOfOthers, Turns } from '../src/turns.ts';

/** Longer than the longest slice. */
const WORK_MS = 60;

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
      spin(WORK_MS);
    }
    return 'the result';
  }
  const result = await new Turns().take(work());
  isDone = true;
  expect(result).toBe('the result');
  expect(turns).toBeGreaterThanOrEqual(9);
});

test('work goes on for as long as the others took for their turn', async () => {
  const OTHERS_MS = 20;
  let turns = 0;
  let isDone = false;
  const work = (): void => {
    turns++;
    spin(OTHERS_MS);
    if (!isDone) setImmediate(work);
  };
  setImmediate(work);
  function* steps() {
    for (let step = 0; step < 200; step++) {
      spin(1);
      yield;
    }
  }
  const before = cpuOfOthers();
  await new Turns().take(steps());
  isDone = true;
  // One slice of a millisecond, and then as long as the others.
  expect(turns).toBeGreaterThan(1);
  expect(turns).toBeLessThanOrEqual(2 + 200 / OTHERS_MS);
  expect(cpuOfOthers() - before).toBeGreaterThan(0);
});

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
