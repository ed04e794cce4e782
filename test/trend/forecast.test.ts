import { expect, test } from 'vitest';
import { Series } from '../../src/series/series.ts';
import { forecast } from '../../src/trend/forecast.ts';
import { type Growth, measureGrowth } from '../../src/trend/slope.ts';
import { EPOCH, HOUR, INTERVAL_SECONDS, Random } from '../support/synthetic.ts';

function growthOf(values: (slot: number) => number, slots: number, level: number): Growth | undefined {
  const series = new Series(INTERVAL_SECONDS);
  for (let slot = 0; slot < slots; slot++) series.push(EPOCH + slot * INTERVAL_SECONDS, values(slot), () => undefined);
  return measureGrowth(series, level);
}

test('the end of a line is told to within a twentieth, and lies within the interval', () => {
  const perSlot = 40 / HOUR;
  let inside = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed);
    const growth = growthOf((slot) => 100 + perSlot * slot + 2 * random.normal(), 2 * HOUR, 3)!;
    const used = 100 + perSlot * 2 * HOUR;
    const limit = used + perSlot * 3 * HOUR;
    const end = forecast(growth, { used, limit })!;
    const truth = 3 * 3600;
    expect(Math.abs(end.seconds - truth) / truth, `seed ${seed}`).toBeLessThan(0.05);
    expect(end.low).toBeLessThanOrEqual(end.seconds);
    expect(end.high).toBeGreaterThanOrEqual(end.seconds);
    if (end.low <= truth && truth <= end.high) inside++;
  }
  // 90 % are promised; 40 of them scatter by two or so.
  expect(inside).toBeGreaterThanOrEqual(32);
});

test('nothing is foretold of what is flat, and next to nothing of what is noise', () => {
  expect(growthOf(() => 100, 2 * HOUR, 3)).toBeUndefined();
  let foretold = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const growth = growthOf(() => 100 + 5 * random.normal(), 2 * HOUR, 3);
    if (growth && forecast(growth, { used: 100, limit: 200 })) foretold++;
  }
  // Nobody asks unless a detector saw a climb.
  expect(foretold).toBeLessThanOrEqual(10);
});

const line: Growth = {
  since: EPOCH,
  spanSeconds: 1000,
  floor: 100,
  rise: 100,
  slope: 0.1,
  slopeLow: 0.08,
  slopeHigh: 0.125,
  mannKendallZ: 5,
  mannKendallP: 1e-6,
};

test('the interval is that of the slope', () => {
  expect(forecast(line, { used: 100, limit: 200 })).toEqual({ seconds: 1000, low: 800, high: 1250 });
});

test('a line is not drawn further than three times as long as it was seen', () => {
  expect(forecast(line, { used: 100, limit: 400 })).toMatchObject({ seconds: 3000 });
  expect(forecast(line, { used: 100, limit: 401 })).toBeUndefined();
  expect(forecast(line, { used: 100, limit: Number.POSITIVE_INFINITY })).toBeUndefined();
});

test('growth that may be standing still ends nowhere', () => {
  expect(forecast({ ...line, slopeLow: 0 }, { used: 100, limit: 200 })).toBeUndefined();
  expect(
    forecast({ ...line, slope: -0.1, slopeLow: -0.2, slopeHigh: -0.05 }, { used: 100, limit: 200 }),
  ).toBeUndefined();
});

test('beyond the limit the end is now', () => {
  expect(forecast(line, { used: 210, limit: 200 })).toEqual({ seconds: 0, low: 0, high: 0 });
});
