import { expect, test } from 'vitest';
import { DampedLoad } from '../../src/sources/load-average.ts';

test('averages of a constant load equal it, and each is known once its period has been observed', () => {
  const load = new DampedLoad();
  const told = Array.from({ length: 46 }, (_, tick) => load.add(3, 1000 + 20 * tick));
  expect(told[0]).toEqual({ minute1: 3, minutes5: undefined, minutes15: undefined });
  expect(told.findIndex(({ minutes5 }) => minutes5 !== undefined)).toBe(15);
  expect(told.findIndex(({ minutes15 }) => minutes15 !== undefined)).toBe(45);
  for (const { minute1 } of told) expect(minute1).toBeCloseTo(3, 10);
  expect(told.at(-1)!.minutes15).toBeCloseTo(3, 10);
});

test('averages have followed a step by 1 - 1/e of it after their period', () => {
  const load = new DampedLoad();
  load.add(0, 0);
  let last = load.add(0, 1);
  for (let t = 21; t <= 901; t += 20) {
    last = load.add(10, t);
    if (t === 61) expect(last.minute1).toBeCloseTo(10 * (1 - Math.exp(-1)), 10);
    if (t === 301) expect(last.minutes5).toBeCloseTo(10 * (1 - Math.exp(-1)), 10);
  }
  expect(last.minutes15).toBeCloseTo(10 * (1 - Math.exp(-1)), 10);
});

test('averages do not depend on how often a constant load is sampled', () => {
  const often = new DampedLoad();
  const seldom = new DampedLoad();
  for (const load of [often, seldom]) load.add(1, 0);
  for (let t = 1; t < 600; t++) often.add(4, t);
  expect(often.add(4, 600).minutes5).toBeCloseTo(seldom.add(4, 600).minutes5!, 10);
});
