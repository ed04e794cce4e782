import { describe, expect, test } from 'vitest';
import { FloatArena } from '../../src/series/float-arena.ts';
import { Floors } from '../../src/series/floors.ts';
import { SignEvidence } from '../../src/trend/sign-evidence.ts';
import { INTERVAL_SECONDS } from '../support/synthetic.ts';

/** The evidence of the finest level after these floors. */
function evidenceOf(values: readonly number[]) {
  const floors = new Floors(INTERVAL_SECONDS);
  const evidence = new SignEvidence(floors.levels, new FloatArena(SignEvidence.sizeOf(floors.levels)));
  const listener = { blockClosed: (level: number) => evidence.blockClosed(floors, level) };
  for (const value of values) floors.push(value, listener);
  return evidence;
}

describe('the evidence of one level', () => {
  // R = (R + 1) (1 + bet) on a step up, (R + 1) (1 - bet) on a step down; the mean of bets of 1/4, 1/2 and 3/4.
  test.each([
    ['no step', [1], 0],
    ['a step up', [1, 2], (1.25 + 1.5 + 1.75) / 3],
    ['a step down', [2, 1], (0.75 + 0.5 + 0.25) / 3],
    ['two steps up', [1, 2, 3], (2.25 * 1.25 + 2.5 * 1.5 + 2.75 * 1.75) / 3],
    ['one up, one down', [1, 2, 1], (2.25 * 0.75 + 2.5 * 0.5 + 2.75 * 0.25) / 3],
  ])('after %s', (_, values, expected) => {
    expect(evidenceOf(values).of(0)).toBeCloseTo(expected, 6);
  });

  test('does not change with equal and unknown floors', () => {
    expect(evidenceOf([1, 2, 2, Number.NaN, 2]).of(0)).toBe(evidenceOf([1, 2]).of(0));
  });

  test('stays a finite number in a leak that goes on', () => {
    const values = Array.from({ length: 1000 }, (_, at) => at);
    // The most that a state file may hold (`formats/state.ts`).
    expect(evidenceOf(values).of(0)).toBe(Math.fround(1e30));
  });
});

test('an e-value is the evidence over the number of steps, and 1 before the first', () => {
  expect(evidenceOf([5]).eValueOf(0)).toBe(1);
  const evidence = evidenceOf([1, 2, 3]);
  expect(evidence.eValueOf(0)).toBeCloseTo(evidence.of(0) / 2, 9);
});

test('what was learned is what goes on', () => {
  const [evidence, other] = [evidenceOf([1, 2, 3, 2, 3, 4]), evidenceOf([])];
  other.learn(evidence.learned());
  expect(other.learned()).toEqual(evidence.learned());
  expect(other.of(0)).toBe(evidence.of(0));
});
