import { describe, expect, test } from 'vitest';
import { METRIC_ROWS, type Metric } from '../../src/model/metrics.ts';
import { Floors } from '../../src/series/floors.ts';
import { growsOverWeeks } from '../../src/trend/weeks.ts';
import { MIB } from '../support/synthetic.ts';
import { line } from './floors-of.ts';

/** Days have 24 slots, so that months are quick. */
const INTERVAL_SECONDS = 3600;

interface Given {
  /** Days of a block. */
  readonly days?: number;
  readonly name?: Metric;
}

/** @param values floors of blocks in MB */
function grows(values: readonly number[], { days = 1, name = 'rss' }: Given = {}): boolean {
  const floors = new Floors(INTERVAL_SECONDS);
  const { day, doublings } = floors.scale;
  for (const value of values)
    for (let slot = 0; slot < days * day; slot++) floors.push(value * MIB, { blockClosed: () => undefined });
  return growsOverWeeks(floors, doublings + days - 1, METRIC_ROWS.get(name)!);
}

/** A line whose mean of the last three blocks is this share above that of the first three. */
const risingBy = (share: number, blocks: number) =>
  line(blocks, (at) => 1000 + (1000 * share * (at - 1)) / (blocks - 3));
const rises = (blocks: number) => risingBy(0.5, blocks);

describe('it grows over weeks', () => {
  test('if 24 days rise by a fifth, in blocks of a day or of two', () => {
    expect(grows(rises(24))).toBe(true);
    expect(grows(rises(23))).toBe(false);
    expect(grows(rises(12), { days: 2 })).toBe(true);
    expect(grows(rises(11), { days: 2 })).toBe(false);
    expect(grows(risingBy(0.201, 24))).toBe(true);
    expect(grows(risingBy(0.199, 24))).toBe(false);
  });

  test('or 32 days do', () => {
    // Of 32 blocks the last 24 rise by less than a fifth of their own height.
    expect(grows(risingBy(0.201, 32))).toBe(true);
    expect(grows(risingBy(0.199, 32))).toBe(false);
    expect(grows(risingBy(0.201, 31))).toBe(false);
    expect(grows(risingBy(0.201, 16), { days: 2 })).toBe(true);
    expect(grows(risingBy(0.201, 15), { days: 2 })).toBe(false);
  });

  test('by twice the least rise of the metric, where a fifth is less', () => {
    const from10 = (rise: number) => line(24, (at) => 10 + (rise * (at - 1)) / 21);
    expect(grows(from10(8.01))).toBe(true);
    expect(grows(from10(7.99))).toBe(false);
  });

  test('if nearly every day is higher than nearly every earlier one', () => {
    /** 276 pairs of days, of which those within a run that goes backwards fall. */
    const backwards = (...runs: readonly number[]) => {
      const values = rises(24);
      let from = 3;
      for (const run of runs) {
        values.splice(from, run, ...values.slice(from, from + run).reverse());
        from += run;
      }
      return values;
    };
    // 24 and 25 of them: tau 0.826 and 0.819.
    expect(grows(backwards(7, 3))).toBe(true);
    expect(grows(backwards(7, 3, 2))).toBe(false);
  });

  test('if four days in five are known', () => {
    const without = (count: number) =>
      rises(24).map((value, at) => (at % 4 === 2 && at < 4 * count ? Number.NaN : value));
    expect(grows(without(4))).toBe(true);
    expect(grows(without(5))).toBe(false);
  });
});

describe('it does not', () => {
  test('if two fifths of the rise are one step that lasts', () => {
    const withStep = (share: number) =>
      line(24, (at) => 1000 + 500 * ((1 - share) * (at / 22) + (at >= 12 ? share : 0)));
    expect(grows(withStep(0.34))).toBe(true);
    expect(grows(withStep(0.42))).toBe(false);
    // One day that is high for itself is none.
    expect(grows(rises(24).map((value, at) => (at === 14 ? value + 400 : value)))).toBe(true);
  });

  test('if a quarter brings less than 15 % of an even one', () => {
    /** The third quarter ends with the means of the days 11 to 13 and 16 to 18. */
    const withPause = (pace: number) => {
      const values = [1000];
      for (let at = 1; at < 24; at++) values.push(values.at(-1)! + (at > 10 && at < 20 ? 20 * pace : 20));
      return values;
    };
    expect(grows(withPause(0.13))).toBe(true);
    expect(grows(withPause(0.06))).toBe(false);
  });

  test('if two fifths of the days take no part in the rise', () => {
    /** 23 increments: of so many, and of the others by this share of an even part. */
    const withDays = (count: number, share = 0) => {
      const values = [1000];
      for (let at = 1; at < 24; at++)
        values.push(values.at(-1)! + (Math.floor((at * count) / 23) > Math.floor(((at - 1) * count) / 23) ? 40 : 0));
      const even = (values.at(-1)! - 1000) / 23;
      return values.map((value, at) => value + share * even * at);
    };
    expect(grows(withDays(14))).toBe(true);
    expect(grows(withDays(13))).toBe(false);
    // The rise is measured between means of three days, and is some less than the whole.
    expect(grows(withDays(13, 0.4))).toBe(true);
    expect(grows(withDays(13, 0.2))).toBe(false);
  });

  test('if it is no memory', () => {
    expect(grows(rises(24), { name: 'threads' })).toBe(false);
  });
});
