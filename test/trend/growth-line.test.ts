import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Series } from '../../src/series/series.ts';
import { measureGrowth } from '../../src/trend/growth-line.ts';
import { DAY, EPOCH, HOUR, INTERVAL_SECONDS, MINUTE, Random, wandering } from '../support/synthetic.ts';

const ignore = { blockClosed: () => undefined };

function seriesOf(values: (slot: number) => number, slots: number, epoch = EPOCH): Series {
  const series = new Series(INTERVAL_SECONDS);
  for (let slot = 0; slot < slots; slot++) series.push(epoch + slot * INTERVAL_SECONDS, values(slot), ignore);
  return series;
}

const timeOf = (slot: number) => EPOCH + slot * INTERVAL_SECONDS;

test('a line is measured exactly', () => {
  const growth = measureGrowth(
    seriesOf((slot) => 100 + 2 * slot, 32),
    0,
  )!;
  expect(growth).toMatchObject({
    since: EPOCH,
    // Of 29 floors: the first three are no further up than calm may be.
    spanSeconds: 28 * INTERVAL_SECONDS,
    floor: 162,
    rise: 62,
    slope: 0.1,
    slopeLow: 0.1,
    slopeHigh: 0.1,
    mannKendallZ: expect.closeTo(405 / Math.sqrt((29 * 28 * 63) / 18), 9),
    mannKendallP: expect.closeTo(0, 12),
  });
});

test('the calm before is not part of the growth, wherever in it the lowest floor lies', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const noise = wandering(new Random(seed), 0.9);
    const lowest = 10 * HOUR + seed * 10;
    const values = (slot: number) =>
      slot === lowest ? 489 : 500 + 2 * noise() + (60 * Math.max(0, slot - 20 * HOUR)) / HOUR;
    const growth = measureGrowth(seriesOf(values, 26 * HOUR), 8)!;
    expect(growth.slope * 3600).toBeGreaterThan(57);
    expect(growth.slope * 3600).toBeLessThan(63);
    expect(Math.abs(growth.since - timeOf(20 * HOUR))).toBeLessThan(3600);
  }
});

test('a growth older than its level remembers is measured on a coarser one, from its beginning', () => {
  const series = seriesOf((slot) => 40 + Math.max(0, slot - DAY) / MINUTE, 3 * DAY);
  for (const level of [0, 3, 6]) {
    const growth = measureGrowth(series, level)!;
    expect(growth.slope * 60, `level ${level}`).toBeCloseTo(1, 6);
    expect(Math.abs(growth.since - timeOf(DAY)), `level ${level}`).toBeLessThan(2 * 3600);
    expect(growth.rise, `level ${level}`).toBeGreaterThan(0.9 * 2 * 1440);
  }
});

test('a growth of few blocks is measured on a finer level', () => {
  const series = seriesOf((slot) => 40 + Math.max(0, slot - 400), 432);
  const growth = measureGrowth(series, 5)!;
  expect(growth.slope).toBeCloseTo(1 / INTERVAL_SECONDS, 6);
  expect(growth.since).toBeGreaterThanOrEqual(timeOf(398));
  expect(growth.since).toBeLessThanOrEqual(timeOf(402));
});

test('too few floors make no line', () => {
  expect(measureGrowth(new Series(INTERVAL_SECONDS), 0)).toBeUndefined();
  expect(
    measureGrowth(
      seriesOf((slot) => slot, 5),
      0,
    ),
  ).toBeUndefined();
  expect(
    measureGrowth(
      seriesOf(() => Number.NaN, 40),
      0,
    ),
  ).toBeUndefined();
  // What fell last has grown since nowhere.
  expect(
    measureGrowth(
      seriesOf((slot) => 100 - slot, 40),
      0,
    ),
  ).toBeUndefined();
});

test('floors that are unknown count for nothing, the newest of them neither', () => {
  const whole = measureGrowth(
    seriesOf((slot) => 100 + slot, 30),
    0,
  )!;
  const holed = measureGrowth(
    seriesOf((slot) => (slot === 7 || slot === 8 || slot >= 30 ? Number.NaN : 100 + slot), 32),
    0,
  )!;
  expect(holed.slope).toBeCloseTo(whole.slope, 12);
  expect(holed.floor).toBe(whole.floor);
  expect(holed.rise).toBe(whole.rise);
});

describe('a line', () => {
  const through = (heights: readonly number[]) =>
    measureGrowth(
      seriesOf((slot) => heights[slot]!, heights.length),
      0,
    )!;
  const line = (length: number, height: (at: number) => number) => Array.from({ length }, (_, at) => height(at));
  /** Floors from the first to the last of the line. */
  const floorsOf = (heights: readonly number[]) => through(heights).spanSeconds / INTERVAL_SECONDS + 1;

  test('has six floors', () => {
    expect(floorsOf(line(6, (at) => 100 + 4 * at))).toBe(6);
  });

  test('is drawn on a coarser level if the lowest floor is one of the two oldest', () => {
    const lowestAt = (lowest: number) => line(40, (at) => (at < lowest ? 300 - at : 100 + 4 * (at - lowest)));
    // Of forty floors the last 32 are kept.
    expect(through(lowestAt(9)).level).toBe(1);
    expect(through(lowestAt(10)).level).toBe(0);
  });

  test('is uncertain by one standard error of a random walk, which is off the line by a fifteenth of its variance', () => {
    const { slope, slopeLow, slopeHigh, scatter, spanSeconds } = through(line(32, (at) => 100 + 4 * at + (at % 3)));
    const error = (Math.sqrt(15) * scatter) / spanSeconds;
    expect(scatter).toBeGreaterThan(0);
    expect(slopeHigh - slope).toBeCloseTo(error, 9);
    expect(slope - slopeLow).toBeCloseTo(error, 9);
  });

  test('is cut into eight parts to see whether it gains speed', () => {
    // Three floors of the calm, and a part for every three floors that follow.
    const changed = (isChanged: (part: number) => boolean) =>
      through(line(27, (at) => 100 + 4 * at + (isChanged((at - 2) / 3) ? 1 : 0)));
    const exact = changed(() => false);
    expect(exact.spanSeconds).toBe(24 * INTERVAL_SECONDS);
    const within = changed((part) => part > 0 && !Number.isInteger(part));
    expect(within.accelerationError).toBeCloseTo(exact.accelerationError, 12);
    const between = changed((part) => part > 0 && part % 2 === 1);
    expect(between.accelerationError).toBeGreaterThan(exact.accelerationError + 1e-6);
  });

  describe('leaves out its oldest floors', () => {
    /** Off the line by these; the first floor is the calm, far below it. */
    const off = (residuals: readonly number[]) => [0, ...residuals.map((residual, at) => 300 + 4 * at + residual)];
    const strays = (heights: readonly number[]) => heights.length - floorsOf(heights);

    test('that are off by more than three standard deviations, as three quarters of all show them', () => {
      // Half of the deviations are nothing, a third is one, a sixth is two: the deviation is 1 / 1.15.
      const usual = [0, 1, 0, -1, 2, 0, -1, 0, 1, 0, -2, 0];
      const afterFirst = (residual: number) => off([residual, ...usual, ...usual, 0, 1, 0, -1, 0]);
      expect(strays(afterFirst(-2.5))).toBe(1);
      expect(strays(afterFirst(-2.7))).toBe(2);
    });

    /** The calm and the floors after it, so many in all, are far off the line or unknown. */
    const withStrays = (count: number, length: number, stray: number) =>
      off(line(length - 1, (at) => (at < count - 1 ? stray : 0)));

    test('to the number of a third, of which most can only be unknown', () => {
      expect(strays(withStrays(10, 30, Number.NaN))).toBe(10);
      expect(strays(withStrays(11, 30, Number.NaN))).toBe(10);
    });

    test('while eight remain', () => {
      expect(strays(withStrays(2, 10, -100))).toBe(2);
      expect(strays(withStrays(2, 9, -100))).toBe(1);
    });
  });
});

describe('as the values are', () => {
  const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 8, maxLength: 200 });
  const level = fc.constantFrom(0, 1, 2);

  test('so are the measures: another zero changes only the floor, another unit all', () => {
    fc.assert(
      fc.property(values, level, (list, at) => {
        const rising = list.map((value, slot) => value + slot);
        const growth = measureGrowth(
          seriesOf((slot) => rising[slot]!, rising.length),
          at,
        );
        const moved = measureGrowth(
          seriesOf((slot) => rising[slot]! + 1024, rising.length),
          at,
        );
        const scaled = measureGrowth(
          seriesOf((slot) => rising[slot]! * 1024, rising.length),
          at,
        );
        if (!growth) {
          expect([moved, scaled]).toEqual([undefined, undefined]);
          return;
        }
        expect(moved!.floor).toBe(growth.floor + 1024);
        for (const name of ['level', 'since', 'spanSeconds', 'rise', 'climb', 'slope', 'scatter'] as const)
          expect(moved![name], name).toBeCloseTo(growth[name], 6);
        const measures = ['floor', 'rise', 'climb', 'largestStep', 'slope', 'scatter', 'lastResidual'] as const;
        for (const name of measures) expect(scaled![name], name).toBeCloseTo(growth[name] * 1024, 3);
        for (const name of ['level', 'since', 'spanSeconds', 'tau'] as const) expect(scaled![name]).toBe(growth[name]);
      }),
    );
  });

  test('another epoch moves the beginning, and nothing else', () => {
    fc.assert(
      fc.property(values, level, fc.integer({ min: -1e9, max: 1e9 }), (list, at, shift) => {
        const there = measureGrowth(
          seriesOf((slot) => list[slot]!, list.length),
          at,
        );
        const then = measureGrowth(
          seriesOf((slot) => list[slot]!, list.length, EPOCH + shift),
          at,
        );
        expect(then).toEqual(there && { ...there, since: there.since + shift });
      }),
    );
  });

  test('the measures are consistent', () => {
    fc.assert(
      fc.property(values, level, (list, at) => {
        const series = seriesOf((slot) => list[slot]!, list.length);
        const growth = measureGrowth(series, at);
        if (!growth) return;
        expect(growth.since).toBeGreaterThanOrEqual(EPOCH);
        expect(growth.since + growth.spanSeconds).toBeLessThanOrEqual(timeOf(list.length));
        expect(growth.slopeLow).toBeLessThanOrEqual(growth.slope);
        expect(growth.slopeHigh).toBeGreaterThanOrEqual(growth.slope);
        expect(growth.rise).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
