/**
 * The short version of `npm run bench:detection`, on the sources and the seeds that may be tuned on: what the detection is
 * good for cannot get worse unseen. A floor is what was reached, with room for the chance of a few series; whoever betters the
 * detection raises it. The full figures are in docs/detection-results.md.
 */
import { describe, expect, test } from 'vitest';
import { FAMILIES, planOf, SEEDS } from '../../bench/detection/corpus.js';
import {
  evenForecasts,
  falseAlarmsOf,
  forecastFigures,
  forecastsOf,
  LAST_HOUR,
  leakFigures,
  warningsPerDay,
} from '../../bench/detection/figures.js';
import type { Outcome } from '../../bench/detection/follow.js';
import { leakwatchOf } from '../../bench/detection/leakwatch.js';
import { outcomesOf } from '../../bench/detection/outcomes.js';
import type { Family } from '../../bench/detection/plan.js';
import { YEAR } from '../../bench/detection/time.js';
import { METRIC_ROWS } from '../../src/model/metrics.ts';
import { createState, step } from '../../src/step.ts';
import { Judge } from '../../src/verdict/judge.ts';
import { tellSuspicion } from '../../src/verdict/near-limit.ts';

const MINUTES = { timeout: 300_000 };
const SLOTS_PER_MINUTE = 3;
/** Of each family of these kinds; of the others, as many as make a year. */
const SERIES: Partial<Record<Family['kind'], number>> = { passing: 6, leaking: 8 };

const [leakwatch] = leakwatchOf({ Judge, createState, step, tellSuspicion, METRIC_ROWS });
const families = FAMILIES.filter(({ heldOut }) => !heldOut);
const outcomes = new Map<string, Outcome[]>();

function outcomesOfKind(kind: string, isWanted: (family: (typeof families)[number]) => boolean = () => true) {
  return families
    .filter((family) => family.kind === kind && isWanted(family))
    .flatMap(({ name }) => outcomesOfFamily(name));
}

/** Each series is followed once, by the test that asks first. */
function outcomesOfFamily(name: string): Outcome[] {
  const known = outcomes.get(name);
  if (known) return known;
  const family = families.find((one) => one.name === name)!;
  const inYear = Math.floor(YEAR / planOf(family, SEEDS.tune + 1).slots);
  const seeds = Array.from({ length: SERIES[family.kind] ?? inYear }, (_, at) => SEEDS.tune + 1 + at);
  const followed = seeds.flatMap((seed) => outcomesOf(name, seed, [leakwatch!]));
  outcomes.set(name, followed);
  return followed;
}

const slowest = (of: readonly (number | undefined)[]) =>
  Math.max(...of.map((slots) => slots ?? Number.POSITIVE_INFINITY)) / SLOTS_PER_MINUTE;

describe('healthy series', () => {
  test.each(families.filter(({ kind }) => kind === 'healthy').map(({ name }) => name))(
    '%s: two false alarms in a year at the most',
    MINUTES,
    (name) => {
      expect(falseAlarmsOf(outcomesOfFamily(name)).events).toBeLessThanOrEqual(2);
    },
  );

  test('all of them: five in 25 years, first teeth of long saws among them', MINUTES, () => {
    const { events, years } = falseAlarmsOf(outcomesOfKind('healthy'));
    expect(years).toBeGreaterThan(25);
    expect(events).toBeLessThanOrEqual(5);
  });

  test('seldom a suspicion', MINUTES, () => {
    expect(warningsPerDay(outcomesOfKind('healthy'))).toBeLessThanOrEqual(0.04);
  });
});

describe('leaks', () => {
  test('a thread every five minutes is suspected after half an hour and called after three and a half', MINUTES, () => {
    const clear = outcomesOfFamily('clear-threads');
    expect(slowest(clear.map(({ suspected }) => suspected))).toBeLessThanOrEqual(30);
    expect(slowest(clear.map(({ found }) => found))).toBeLessThanOrEqual(215);
  });

  test('a zombie a minute is called within six minutes', MINUTES, () => {
    expect(slowest(outcomesOfFamily('clear-zombies').map(({ found }) => found))).toBeLessThanOrEqual(6);
  });

  test('all but three in two hundred are found before the limit', MINUTES, () => {
    expect(leakFigures(outcomesOfKind('leaking')).found).toBeGreaterThanOrEqual(0.985);
  });

  test('of mature series, half within four times what an oracle needs', MINUTES, () => {
    expect(leakFigures(outcomesOfKind('leaking', ({ mature }) => mature === true)).ratio.median).toBeLessThanOrEqual(4);
  });

  test('forecasts are made, and good', MINUTES, () => {
    const leaks = outcomesOfKind('leaking');
    const { shown, error } = forecastFigures(evenForecasts(leaks));
    expect(shown).toBeGreaterThanOrEqual(0.6);
    expect(error.median).toBeLessThanOrEqual(0.15);
    expect(forecastFigures(forecastsOf(leaks, LAST_HOUR)).covered).toBeGreaterThanOrEqual(0.85);
  });
});

test('growth that has ended is not called a leak anew', MINUTES, () => {
  const after = outcomesOfKind('passing').filter(({ calledAfterEnd = 0 }) => calledAfterEnd > 0);
  expect(after.length).toBeLessThanOrEqual(2);
});
