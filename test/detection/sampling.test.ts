/** When a series of the corpus is sampled, and what a leakwatch knows that is restarted in between. */
import { describe, expect, test } from 'vitest';
import { FAMILIES } from '../../bench/detection/corpus.js';
import { follow } from '../../bench/detection/follow.js';
import { type Sampling, samplesOf, USUAL } from '../../bench/detection/sampling.js';
import type { Watcher } from '../../bench/detection/subjects.js';
import { DAY, timeOf } from '../../bench/detection/time.js';

const SLOTS = 20 * DAY;
const series = {
  family: FAMILIES[0]!,
  seed: 1,
  plan: { metric: 'threads' as const, slots: SLOTS, parameters: {}, limit: 100, level: () => () => 10 },
  values: new Float64Array(SLOTS).fill(10),
  level: new Float64Array(SLOTS).fill(10),
  noise: new Float64Array(SLOTS).fill(10),
  growth: new Float64Array(SLOTS),
  companion: undefined,
  onset: Number.POSITIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
  limit: 100,
  limitAt: Number.POSITIVE_INFINITY,
};
const sampled = (sampling: Partial<Sampling>) => samplesOf(series, { ...USUAL, ...sampling });

test('usually each slot is a sample', () => {
  const { slots, times, restarts } = sampled({});
  expect(slots).toEqual(Int32Array.from({ length: SLOTS }, (_, slot) => slot));
  expect(times[1000]).toBe(timeOf(1000));
  expect(restarts).toEqual([]);
});

test('every 300 seconds it is the value at that instant', () => {
  const { slots, times } = sampled({ intervalSeconds: 300 });
  expect([...slots.slice(0, 4)]).toEqual([0, 15, 30, 45]);
  expect(times[3]! - times[2]!).toBe(300);
  expect(slots).toHaveLength(SLOTS / 15);
});

test('every 5 seconds each value is seen four times', () => {
  const { slots, times } = sampled({ intervalSeconds: 5 });
  expect([...slots.slice(0, 9)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2]);
  expect(times[1]! - times[0]!).toBe(5);
  expect(slots).toHaveLength(4 * SLOTS);
});

test.each([20, 60, 300])('uneven times at %d s stay in order, and within 40 %% of the interval', (intervalSeconds) => {
  const { times } = sampled({ intervalSeconds, irregular: true });
  const gaps = times.slice(1).map((t, at) => (t - times[at]!) / intervalSeconds);
  expect(Math.min(...gaps.slice(0, 50_000))).toBeGreaterThan(0.2);
  expect(Math.max(...gaps.slice(0, 50_000))).toBeLessThan(1.8);
  expect(new Set(gaps).size).toBeGreaterThan(1000);
});

test('the share of samples that is missing is the one asked for', () => {
  expect(sampled({ missing: 0.2 }).slots.length / SLOTS).toBeCloseTo(0.8, 1);
});

describe('a leakwatch that is restarted', () => {
  /** Learns one thing with each sample. */
  const learner = (begun: unknown[]) => ({
    name: 'learner',
    text: 'counts its samples',
    watch(_series: unknown, _sampling: Sampling, learned?: unknown): Watcher {
      begun.push(learned);
      let count = (learned as { slots: number } | undefined)?.slots ?? 0;
      return {
        push: () => {
          count++;
          return 1;
        },
        restart: () => undefined,
        learned: () => ({ slots: count, floorFalls: [], meanFalls: [], evidence: [] }),
      };
    },
  });

  test('knows with its state what it knew before, and without it nothing', () => {
    const restarts = sampled({ monitorRestarts: 'remembering' }).restarts;
    expect(restarts.length).toBeGreaterThanOrEqual(3);
    const begun: unknown[] = [];
    follow(series, learner(begun), { sampling: { ...USUAL, monitorRestarts: 'remembering' } });
    expect(begun.slice(1)).toMatchObject(restarts.map((slots) => ({ slots })));

    const forgetful: unknown[] = [];
    follow(series, learner(forgetful), { sampling: { ...USUAL, monitorRestarts: 'forgetting' } });
    expect(forgetful).toEqual([undefined, ...restarts.map(() => undefined)]);
  });
});
