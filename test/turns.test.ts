import { setImmediate } from 'node:timers';
import { expect, test } from 'vitest';
import { forEach, PORTION } from '../src/model/portions.ts';
import { cpuOfOthers, SharedTurns, Turns } from '../src/turns.ts';
import { until } from './support/until.ts';

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
    // On a busy machine a step takes longer than it should.
    for (let spentMs = 0; spentMs < 200; ) {
      const begun = performance.now();
      spin(1);
      spentMs += performance.now() - begun;
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

test('shared turns: what is last is done after all others, and everything once', async () => {
  const turns = new SharedTurns();
  const done: string[] = [];
  const work =
    (name: string): (() => void) =>
    () => {
      spin(2);
      done.push(name);
    };
  turns.do('last', work('first'));
  turns.do('last', work('last'));
  turns.do('later', work('later'));
  turns.do('last', work('last as well'));
  turns.do('soon', work('soon'));
  // There is time for one in this turn.
  expect(done).toEqual(['first']);
  await until(() => done.length === 5, { what: 'the rest', everyMs: 1 });
  expect(done).toEqual(['first', 'soon', 'later', 'last', 'last as well']);
});

test('shared turns: others have their turn between two pieces of work', async () => {
  const turns = new SharedTurns();
  let done = 0;
  let rounds = 0;
  const count = (): void => {
    rounds++;
    if (done < 20) setImmediate(count);
  };
  setImmediate(count);
  for (let piece = 0; piece < 20; piece++) {
    turns.do(piece % 2 === 0 ? 'last' : 'soon', () => {
      spin(2);
      done++;
    });
  }
  await until(() => done === 20, { what: 'the work', everyMs: 1 });
  expect(rounds).toBeGreaterThanOrEqual(19);
});
