import { describe, expect, test } from 'vitest';
import type { Metric } from '../../src/model/metrics.ts';
import { METRIC_ROWS } from '../../src/model/metrics.ts';
import { type Forecast, forecast } from '../../src/trend/forecast.ts';
import type { GrowthLine } from '../../src/trend/growth-line.ts';
import { Judge } from '../../src/verdict/judge.ts';
import { DAY, EPOCH, HOUR, INTERVAL_SECONDS, MIB, MINUTE, Random, sawtooth, wandering } from '../support/synthetic.ts';

/** What is foretold in each slot of a series under a limit; nothing after it has been reached. */
function foretold(
  metric: Metric,
  values: (slot: number) => number,
  { limit, slots }: { limit: number; slots: number },
) {
  const judge = new Judge({
    metric: METRIC_ROWS.get(metric)!,
    intervalSeconds: INTERVAL_SECONDS,
    falseAlarmsPerYear: 1,
  });
  const ends: (Forecast | undefined)[] = [];
  for (let slot = 0; slot < slots; slot++) {
    const used = values(slot);
    if (used >= limit) break;
    judge.push(EPOCH + slot * INTERVAL_SECONDS, used);
    ends.push(judge.forecast({ used, limit }));
  }
  return ends;
}

/** Of the forecasts that were made after `from`: how many were, how far off, and how many intervals hold the truth. */
function score(ends: readonly (Forecast | undefined)[], from = 0) {
  let [made, inside] = [0, 0];
  const errors: number[] = [];
  for (const [slot, end] of ends.entries()) {
    if (slot < from || !end) continue;
    const truth = (ends.length - slot) * INTERVAL_SECONDS;
    made++;
    errors.push(Math.abs(end.seconds / truth - 1));
    if (end.low <= truth && truth <= end.high) inside++;
    expect(end.low).toBeLessThanOrEqual(end.seconds);
    expect(end.high).toBeGreaterThanOrEqual(end.seconds);
  }
  errors.sort((a, b) => a - b);
  return { shown: made / (ends.length - from), covered: inside / made, error: errors[Math.floor(made / 2)]! };
}

/** Each rises from 0 to a height of its own, 0.4 to 1, and falls at once. */
function unevenTeeth(random: Random, period: number): (slot: number) => number {
  let [begun, length, height] = [0, period, 1];
  return (slot) => {
    while (slot >= begun + length) {
      begun += length;
      length = Math.round(period * (0.5 + random.next()));
      height = 0.4 + 0.6 * random.next();
    }
    return (height * (slot - begun)) / length;
  };
}

describe('growth that goes on', () => {
  test('a line under noise: the end is told to within a twentieth, and lies within the interval', () => {
    for (const seed of [1, 2, 3, 4]) {
      const noise = wandering(new Random(seed), 0.9);
      const values = (slot: number) => (300 + 2 * noise() + (20 * Math.max(0, slot - DAY)) / HOUR) * MIB;
      const { shown, covered, error } = score(
        foretold('rss', values, { limit: 600 * MIB, slots: 3 * DAY }),
        DAY + HOUR,
      );
      expect(shown, `seed ${seed}`).toBeGreaterThan(0.75);
      expect(error, `seed ${seed}`).toBeLessThan(0.05);
      expect(covered, `seed ${seed}`).toBeGreaterThan(0.85);
    }
  });

  test('a runaway of twenty minutes is told of within five', () => {
    const values = (slot: number) => 40 + Math.floor((10 * Math.max(0, slot - HOUR)) / MINUTE);
    const ends = foretold('threads', values, { limit: 256, slots: 2 * HOUR });
    const first = ends.findIndex((end, slot) => end && slot > HOUR);
    expect(first - HOUR).toBeLessThanOrEqual(5 * MINUTE);
    expect(score(ends, first).error).toBeLessThan(0.1);
  });

  test('one that gains speed is not told late', () => {
    const values = (slot: number) => 100 + 0.0002 * Math.max(0, slot - DAY) ** 2;
    const ends = foretold('fds', values, { limit: 1000, slots: 3 * DAY });
    const late = ends.filter((end, slot) => end && end.low > (ends.length - slot) * INTERVAL_SECONDS);
    expect(late.length / ends.filter(Boolean).length).toBeLessThan(0.1);
  });

  test('under teeth that differ: the interval holds the end in the last hour too', () => {
    let covered = 0;
    const SEEDS = 12;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed);
      const teeth = unevenTeeth(random, 20 * MINUTE + random.between(0, 60 * MINUTE));
      const values = (slot: number) => (300 + 100 * teeth(slot) + (20 * Math.max(0, slot - HOUR)) / HOUR) * MIB;
      const ends = foretold('rss', values, { limit: 800 * MIB, slots: 3 * DAY });
      const lastHour = score(ends, ends.length - HOUR);
      expect(lastHour.shown, `seed ${seed}`).toBeGreaterThan(0.9);
      covered += lastHour.covered / SEEDS;
    }
    expect(covered).toBeGreaterThan(0.85);
  });

  test('the same in other units and at another time is foretold the same', () => {
    const noise = wandering(new Random(7), 0.9);
    const values = Array.from({ length: 12 * HOUR }, (_, slot) => 200 + 2 * noise() + (10 * slot) / HOUR);
    const slots = values.length;
    const one = foretold('rss', (slot) => values[slot]! * MIB, { limit: 400 * MIB, slots });
    const four = foretold('rss', (slot) => 4 * values[slot]! * MIB, { limit: 1600 * MIB, slots });
    expect(one.some(Boolean)).toBe(true);
    expect(four.map((end) => end && Math.round(end.seconds))).toEqual(one.map((end) => end && Math.round(end.seconds)));
  });
});

describe('nothing is foretold', () => {
  const shareOf = (ends: readonly unknown[]) => ends.filter(Boolean).length / ends.length;

  test('of what stays, and next to nothing of noise', () => {
    expect(shareOf(foretold('rss', () => 100 * MIB, { limit: 200 * MIB, slots: DAY }))).toBe(0);
    for (const seed of [1, 2, 3]) {
      const noise = wandering(new Random(seed), 0.95);
      const values = () => (300 + 15 * noise()) * MIB;
      expect(shareOf(foretold('rss', values, { limit: 500 * MIB, slots: 7 * DAY }))).toBeLessThan(0.01);
    }
  });

  test('of the teeth of a saw, and of mornings, once they are known', () => {
    const tooth = sawtooth(new Random(3), 4 * HOUR);
    const teeth = foretold('rss', (slot) => (200 + 100 * tooth(slot)) * MIB, { limit: 512 * MIB, slots: 7 * DAY });
    expect(shareOf(teeth.slice(DAY))).toBeLessThan(0.01);
    const wave = (slot: number) => (300 + 100 * Math.sin((2 * Math.PI * slot) / DAY)) * MIB;
    const days = foretold('rss', wave, { limit: 512 * MIB, slots: 7 * DAY });
    expect(shareOf(days.slice(2 * DAY))).toBeLessThan(0.01);
  });

  test('of a warm-up that settles well below the limit', () => {
    const values = (slot: number) => (100 + 300 * (1 - Math.exp(-slot / (20 * MINUTE)))) * MIB;
    const ends = foretold('rss', values, { limit: 1024 * MIB, slots: 12 * HOUR });
    expect(shareOf(ends.slice(2 * HOUR))).toBe(0);
  });
});

test('beyond the limit the end is now', () => {
  const judge = new Judge({
    metric: METRIC_ROWS.get('fds')!,
    intervalSeconds: INTERVAL_SECONDS,
    falseAlarmsPerYear: 1,
  });
  for (let slot = 0; slot < HOUR; slot++) judge.push(EPOCH + slot * INTERVAL_SECONDS, 10 + slot);
  expect(judge.forecast({ used: 210, limit: 200 })).toMatchObject({ seconds: 0, low: 0, high: 0 });
});

describe('of a line that was seen for a thousand seconds', () => {
  const straight: GrowthLine = {
    level: 0,
    since: EPOCH,
    spanSeconds: 1000,
    oldest: 31,
    back: 0,
    lowest: 31,
    floor: 1000,
    rise: 1000,
    climb: 1000,
    largestStep: 40,
    slope: 1,
    slopeLow: 1,
    slopeHigh: 1,
    scatter: 0,
    acceleration: 0,
    accelerationError: 1e-4,
    lastResidual: 0,
    farthest: 0,
    mannKendallZ: 7,
    mannKendallP: 0,
    tau: 1,
  };
  const until = (headroom: number, line: Partial<GrowthLine> = {}) =>
    forecast(
      { ...straight, ...line },
      { used: 1000, limit: 1000 + headroom },
      { tops: { latest: 0, lowest: 0, highest: 0 }, grain: 0, intervalSeconds: INTERVAL_SECONDS },
    );
  /** The interval is so wide on either side, relative to the time that is left. */
  const withWidth = (width: number) => expect.closeTo(1000 * (1 + width + width ** 2 / 2), 3);

  test('nothing is foretold that is more than five thousand seconds away', () => {
    expect(until(5000)).toBeDefined();
    expect(until(5001)).toBeUndefined();
  });

  test('the interval is 3 % to either side at least', () => {
    expect(until(1000)!.high).toEqual(withWidth(0.03));
  });

  test('it allows for 1.645 standard deviations of what scatters, which hold 90 %', () => {
    expect(until(1000, { scatter: 100 })!.high).toEqual(withWidth(Math.hypot(0.1645, 0.03)));
  });

  test('it begins where the highest top would end, and ends where the lowest would', () => {
    const tops = { latest: 0, lowest: -200, highest: 100 };
    const bound = { used: 1000, limit: 2000 };
    const end = forecast(straight, bound, { tops, grain: 0, intervalSeconds: INTERVAL_SECONDS })!;
    expect(end.seconds).toBe(1000);
    expect(end.low).toBeCloseTo(900 / 1.03045, 6);
    expect(end.high).toBeCloseTo(1200 * 1.03045, 6);
  });

  test('a top that would have reached the limit says that the next one may', () => {
    const tops = { latest: 0, lowest: 0, highest: 2000 };
    const bound = { used: 1000, limit: 2000 };
    const end = forecast(straight, bound, { tops, grain: 0, intervalSeconds: INTERVAL_SECONDS })!;
    expect(end).toMatchObject({ seconds: 1000, low: INTERVAL_SECONDS });
  });

  test('a gain of speed bends the line when it is more than two standard errors', () => {
    expect(until(1000, { acceleration: 2e-4 })!.seconds).toBe(1000);
    expect(until(1000, { acceleration: 2.1e-4 })!.seconds).toBeLessThan(1000);
  });

  test('the interval allows for half of a loss of speed that goes on', () => {
    // From the middle of the line to the end, over a thousand seconds, the rate would fall from 1 to 0.
    expect(until(1000, { acceleration: -1e-3 })!.high).toEqual(withWidth(Math.hypot(0.5, 0.03)));
  });
});
