/** When a series climbs, and until when: each number of the rules at its boundary. Sampled every 20 seconds. */
import { describe, expect, test } from 'vitest';
import { METRIC_ROWS, type Metric } from '../../src/model/metrics.ts';
import { FloatArena } from '../../src/series/float-arena.ts';
import { Floors } from '../../src/series/floors.ts';
import { scaleOf } from '../../src/series/scale.ts';
import { Series } from '../../src/series/series.ts';
import { Climb } from '../../src/trend/climb.ts';
import { forecast } from '../../src/trend/forecast.ts';
import { measureGrowth } from '../../src/trend/growth-line.ts';
import { EPOCH, INTERVAL_SECONDS } from '../support/synthetic.ts';

interface Watched {
  readonly metric?: Metric;
  /** Only the finest level is looked at: all others have fallen so deep that nothing counts as a climb. */
  readonly finestOnly?: boolean;
  /** The deepest fall that was seen before. */
  readonly fall?: number;
}

function watch(values: readonly number[], { metric = 'threads', finestOnly = false, fall = 0 }: Watched = {}) {
  const scale = scaleOf(INTERVAL_SECONDS);
  const arena = new FloatArena(Floors.sizeOf(scale) + Climb.sizeOf(scale));
  const series = new Series(INTERVAL_SECONDS, arena);
  const climb = new Climb({ metric: METRIC_ROWS.get(metric)!, series, arena, falseAlarmsPerYear: 1 });
  for (let level = 0; level < scale.doublings; level++)
    series.floors.floors.learnDrawdown(level, finestOnly && level > 0 ? 1e9 : fall);
  for (const [slot, value] of values.entries()) {
    climb.see(value);
    series.push(EPOCH + slot * INTERVAL_SECONDS, value, { blockClosed: (level) => climb.blockClosed(level) });
  }
  return { climb, series };
}

const growthOf = (values: readonly number[], watched?: Watched) => watch(values, watched).climb.growth();
/** On the finest level: the line through all floors, whether they climb or not. */
const lineOf = (values: readonly number[]) => measureGrowth(watch(values).series, 0)!;
const spanSlots = (values: readonly number[], watched?: Watched) =>
  (growthOf(values, watched)?.spanSeconds ?? Number.NaN) / INTERVAL_SECONDS;

const straight = (slot: number) => 100 + 4 * slot;
/** The tops of a series that is on its line. */
const LEVEL = { latest: 0, lowest: 0, highest: 0 };
const series = (slots: number, heightAt = straight) => Array.from({ length: slots }, (_, slot) => heightAt(slot));

/** Values from 0 that rise by so much per slot for so many slots, one stretch after the other. */
function rising(...stretches: (readonly [slots: number, perSlot: number])[]): number[] {
  const values = [0];
  for (const [slots, perSlot] of stretches)
    for (let slot = 0; slot < slots; slot++) values.push(values.at(-1)! + perSlot);
  return values;
}

describe('a climb', () => {
  test('has twelve floors, the first of which is the last of the calm: it is known after thirteen slots', () => {
    expect(growthOf(series(12))).toBeUndefined();
    expect(growthOf(series(13))).toBeDefined();
  });

  test('is more than twice as high as the deepest fall', () => {
    expect(growthOf(series(600))!.climb).toBe(1792);
    expect(growthOf(series(600), { fall: 895 })).toBeDefined();
    expect(growthOf(series(600), { fall: 897 })).toBeUndefined();
  });

  test('has brought a tenth of its rise in its newest twelve floors', () => {
    // Most of it in two spurts, so that the end of it does not count as slowing down.
    const withNewest = (share: number) => {
      const before = rising([4, 10], [11, 0.1], [5, 10]);
      return [...before, ...rising([11, (before.at(-1)! * share) / (1 - share) / 11]).slice(1)].map(
        (value, at) => value + (at < before.length ? 0 : before.at(-1)!),
      );
    };
    expect(growthOf(withNewest(0.11), { finestOnly: true })).toBeDefined();
    expect(growthOf(withNewest(0.09), { finestOnly: true })).toBeUndefined();
  });

  test('has no step of more than 40 % of it', () => {
    const withStep = (share: number) => {
      const even = (88 - 100 * share) / 29;
      return rising([1, 12], [14, even], [1, 100 * share], [15, even]);
    };
    expect(growthOf(withStep(0.39), { finestOnly: true })).toBeDefined();
    expect(growthOf(withStep(0.41), { finestOnly: true })).toBeUndefined();
  });

  test('has a Kendall’s tau of more than 0.6: of five pairs of floors four rise', () => {
    // Six teeth of five slots, each so much higher than the one before.
    const teeth = (higher: number) => [
      0,
      ...series(30, (slot) => 60 + higher * Math.floor(slot / 5) + 20 * (slot % 5)),
    ];
    expect(lineOf(teeth(14)).tau).toBeCloseTo(0.61, 2);
    expect(growthOf(teeth(14), { finestOnly: true })).toBeDefined();
    expect(lineOf(teeth(13)).tau).toBeCloseTo(0.57, 2);
    expect(growthOf(teeth(13), { finestOnly: true })).toBeUndefined();
  });
});

describe('a climb that slows', () => {
  test('by more than two standard errors is measured on its newest half', () => {
    const bent = (bend: number) => [
      0,
      ...series(31, (slot) => 300 + 40 * slot - (bend * slot ** 2) / 2 + (slot % 8 === 4 ? 30 : 0)),
    ];
    const errors = (bend: number) => {
      const { acceleration, accelerationError } = lineOf(bent(bend));
      return acceleration / accelerationError;
    };
    expect(errors(0.24)).toBeCloseTo(-1.95, 1);
    expect(spanSlots(bent(0.24), { finestOnly: true })).toBe(30);
    expect(errors(0.26)).toBeCloseTo(-2.1, 1);
    expect(spanSlots(bent(0.26), { finestOnly: true })).toBe(14);
  });

  test('is cut twice, and if it still slows it is no climb', () => {
    expect(growthOf(rising([256, 8], [128, 4], [128, 2]))).toMatchObject({ slope: 2 / INTERVAL_SECONDS });
    expect(growthOf(rising([256, 8], [128, 4], [64, 2], [64, 1]))).toBeUndefined();
  });
});

describe('the line of a climb', () => {
  /** Higher than the line by so much in the newest slots. */
  const leaving = ({
    by,
    slots = 6,
    heightAt = straight,
  }: {
    by: number;
    slots?: number;
    heightAt?: typeof straight;
  }) => spanSlots([...series(600, heightAt), ...Array.from({ length: slots }, (_, at) => heightAt(600 + at) + by)]);
  const whole = 448;

  test('holds until four newest floors are above it', () => {
    expect(leaving({ by: 50, slots: 3 })).toBe(whole);
    expect(leaving({ by: 50, slots: 4 })).toBe(112);
  });

  test('holds while they are above it by no more than 2 % of its rise, counted from the middle of its last block', () => {
    // The last block began eight slots before its middle, six more are newer: 32 of 35.84 without the four newest.
    expect(leaving({ by: 19 })).toBe(whole);
    expect(leaving({ by: 20 })).toBe(112);
  });

  test('holds while they are above it by no more than twice the greatest deviation so far', () => {
    const blocks = (slot: number) => straight(slot) + 30 * (Math.floor(slot / 16) % 2);
    expect(leaving({ by: 49, heightAt: blocks })).toBe(whole);
    expect(leaving({ by: 50, heightAt: blocks })).toBe(224);
  });
});

describe('a start', () => {
  test('has ended after two hours, and its end is remembered', () => {
    expect(watch(series(359)).climb.learned()).toEqual({});
    const { startedAt } = watch(series(360)).climb.learned();
    // The mean of the last twelve floors.
    expect(startedAt).toBe(straight(359 - 11 / 2));
  });

  test('is no climb until it is higher by a quarter than the last one came to', () => {
    const reaching = (share: number) => {
      const { climb } = watch(series(100));
      climb.learn({ startedAt: straight(99) / share });
      return climb.growth();
    };
    expect(reaching(1.24)).toBeUndefined();
    expect(reaching(1.26)).toBeDefined();
  });
});

test('a forecast of a count may be off by one, that of an amount by nothing', () => {
  const bound = { used: straight(599), limit: straight(599) + 20 };
  for (const { metric, grain } of [
    { metric: 'threads', grain: 1 },
    { metric: 'rss', grain: 0 },
  ] as const) {
    const { climb } = watch(series(600), { metric });
    const situation = { tops: LEVEL, grain, intervalSeconds: INTERVAL_SECONDS };
    expect(climb.forecast(bound), metric).toEqual(forecast(climb.growth()!, bound, situation));
  }
});

test.each([
  ['a high top of the fourth newest block', 3, 40, { ...LEVEL, highest: 40 }],
  ['a low one', 3, -40, { ...LEVEL, lowest: -40 }],
  ['no high top of the fifth newest block', 4, 40, LEVEL],
  ['no low one', 4, -40, LEVEL],
])('the interval of a forecast allows for %s', (_, back, more, tops) => {
  const values = series(600, (slot) => straight(slot) + (slot === 599 - back ? more : 0));
  const bound = { used: values.at(-1)!, limit: values.at(-1)! + 200 };
  const { climb } = watch(values, { metric: 'rss', finestOnly: true });
  const situation = { tops, grain: 0, intervalSeconds: INTERVAL_SECONDS };
  expect(climb.forecast(bound)).toEqual(forecast(climb.growth()!, bound, situation));
});
