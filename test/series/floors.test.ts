import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Floors, KEPT, LEVELS } from '../../src/series/floors.ts';
import { Random } from '../support/synthetic.ts';

/** All floors of one level, by the definition: the least of 2^level slots, unknown where less than half are known. */
function floorsOf(slots: readonly number[], level: number): number[] {
  const length = 2 ** level;
  return Array.from({ length: Math.floor(slots.length / length) }, (_, block) => {
    const known = slots.slice(block * length, (block + 1) * length).filter((value) => !Number.isNaN(value));
    return 2 * known.length >= length ? Math.min(...known) : Number.NaN;
  });
}

const known = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));

function deepestFall(values: readonly number[]): number {
  let peak = Number.NEGATIVE_INFINITY;
  let deepest = 0;
  for (const value of known(values)) {
    peak = Math.max(peak, value);
    deepest = Math.max(deepest, peak - value);
  }
  return deepest;
}

function meanOf(values: readonly number[]): number {
  const sum = known(values).reduce((total, value) => total + value, 0);
  return known(values).length === 0 ? Number.NaN : sum / known(values).length;
}

function expectToBeTheModel(floors: Floors, slots: readonly number[]): void {
  expect(floors.slots).toBe(slots.length);
  for (let level = 0; level < LEVELS; level++) {
    const model = floorsOf(slots, level);
    const newestFirst = model.toReversed();
    const kept = Math.min(KEPT, model.length);
    const name = `level ${level} after ${slots.length} slots`;
    expect(floors.count(level), name).toBe(model.length);
    expect(floors.kept(level), name).toBe(kept);
    expect(
      Array.from({ length: kept }, (_, back) => floors.floor(level, back)),
      name,
    ).toEqual(newestFirst.slice(0, kept));
    expect(floors.drawdown(level), name).toBe(deepestFall(model));
    for (let back = 0; back <= kept; back++) {
      expect(floors.peakUntil(level, back), name).toBe(Math.max(...known(newestFirst.slice(back))));
    }
    for (const [back, count] of [
      [0, 2],
      [1, 4],
      [11, 2],
      [24, 4],
      [30, 9],
    ] as const) {
      // Exactly: sums of whole numbers.
      expect(floors.mean(level, back, count), name).toBe(meanOf(newestFirst.slice(0, kept).slice(back, back + count)));
    }
  }
  const whole = Array.from({ length: LEVELS }, (_, level) => level).find(
    (level) => Math.floor(slots.length / 2 ** level) <= KEPT,
  );
  expect(floors.lifeLevel()).toBe(whole ?? LEVELS - 1);
}

const slot = fc.oneof({ weight: 2, arbitrary: fc.integer({ min: -5, max: 9 }) }, fc.constant(Number.NaN));
/** Runs of the same length known and unknown too, for blocks of which just half is known. */
const slots = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.array(slot, { maxLength: 9 }) }, fc.constant(Array(8).fill(Number.NaN))), {
    maxLength: 40,
  })
  .map((runs): number[] => runs.flat());

describe('the floors of every level', () => {
  test('are those of a plain list of all slots', () => {
    fc.assert(
      fc.property(slots, (values) => {
        const floors = new Floors();
        for (const value of values) floors.push(value);
        expectToBeTheModel(floors, values);
      }),
    );
  });

  test('are those of a plain list when every ring has gone round', () => {
    const random = new Random(1);
    const floors = new Floors();
    const values: number[] = [];
    for (let at = 0; at < 40_000; at++) {
      const value = random.next() < 0.3 ? Number.NaN : random.between(0, 1000) + Math.floor(at / 100);
      values.push(value);
      floors.push(value);
    }
    expect(floors.count(LEVELS - 1)).toBeGreaterThan(KEPT);
    expectToBeTheModel(floors, values);
  });

  test('begin anew when cleared', () => {
    fc.assert(
      fc.property(slots, slots, (before, after) => {
        const floors = new Floors();
        for (const value of before) floors.push(value);
        floors.clear();
        for (const value of after) floors.push(value);
        expectToBeTheModel(floors, after);
      }),
    );
  });
});

test('a push tells the highest level that it closed', () => {
  const floors = new Floors();
  expect(Array.from({ length: 8 }, () => floors.push(1))).toEqual([0, 1, 0, 2, 0, 1, 0, 3]);
  for (let at = 8; at < 2 ** LEVELS - 1; at++) floors.push(1);
  expect(floors.push(1)).toBe(LEVELS - 1);
});

test('a block of which half is known has a floor, one of which less is known has none', () => {
  const unknown = Number.NaN;
  const floors = new Floors();
  for (const value of [unknown, 7, unknown, 5, unknown, unknown, unknown, 3]) floors.push(value);
  expect([floors.floor(2, 1), floors.floor(2, 0)]).toEqual([5, unknown]);
  // Of the eight slots together three are known.
  expect(floors.floor(3, 0)).toBeNaN();
});

test('nothing seen is no number', () => {
  const floors = new Floors();
  expect(floors.kept(0)).toBe(0);
  expect(floors.mean(0, 0, 4)).toBeNaN();
  expect(floors.peakUntil(0, 0)).toBe(Number.NEGATIVE_INFINITY);
  expect(floors.drawdown(0)).toBe(0);
  expect(floors.lifeLevel()).toBe(0);
});
