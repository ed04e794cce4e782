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
