import { describe, expect, test } from 'vitest';
import { Series } from '../../src/series/series.ts';
import { plateauOf } from '../../src/trend/plateau.ts';
import { EPOCH, HOUR, INTERVAL_SECONDS, MINUTE } from '../support/synthetic.ts';

const ignore = { blockClosed: () => undefined };

/** The plateau after so many slots. */
function plateau(values: (slot: number) => number, slots: number): number | undefined {
  const series = new Series(INTERVAL_SECONDS);
  for (let slot = 0; slot < slots; slot++) series.push(EPOCH + slot * INTERVAL_SECONDS, values(slot), ignore);
  return plateauOf(series.floors);
}

test('a level floor is a plateau after two hours: an hour to settle, an hour that is level', () => {
  expect(plateau(() => 500, 2 * HOUR)).toBe(500);
  expect(plateau(() => 500, 2 * HOUR - 1)).toBeUndefined();
});

describe('the floor of the second half of life may move by a twentieth', () => {
  const slots = 8 * HOUR;
  // A rise in the fifth hour, far from the ends that are compared.
  const risingBy = (share: number) => (slot: number) => (slot < 5 * HOUR ? 1000 : 1000 / (1 - share));

  test('and no more', () => {
    expect(plateau(risingBy(0.049), slots)).toBeDefined();
    expect(plateau(risingBy(0.051), slots)).toBeUndefined();
    expect(plateau(risingBy(-0.049), slots)).toBeDefined();
    expect(plateau(risingBy(-0.051), slots)).toBeUndefined();
  });

  test('in its last hour too, which may move while the half is level again', () => {
    const bump = (from: number, to: number) => (slot: number) =>
      slot >= slots - from && slot < slots - to ? 1200 : 1000;
    // Two blocks of eleven minutes an hour ago are compared with the two newest: not what was before or between.
    expect(plateau(bump(86 * MINUTE, 64 * MINUTE), slots)).toBeUndefined();
    expect(plateau(bump(2 * HOUR, 86 * MINUTE), slots)).toBe(1000);
    expect(plateau(bump(64 * MINUTE, 22 * MINUTE), slots)).toBe(1000);
  });
});

test('its height is the mean of two blocks of eleven minutes', () => {
  expect(plateau((slot) => (slot < 8 * HOUR - 32 ? 1000 : 960), 8 * HOUR)).toBe(980);
});

test('the floor is read in blocks of ten minutes: two of them, so that what comes more often does not show', () => {
  // Room for a burst between two floors that are low.
  const bursts = (everyMinutes: number) => (slot: number) => (slot % (everyMinutes * MINUTE) < MINUTE ? 1000 : 1300);
  expect(plateau(bursts(9), 8 * HOUR)).toBe(1000);
  expect(plateau(bursts(45), 8 * HOUR)).not.toBe(1000);
});
