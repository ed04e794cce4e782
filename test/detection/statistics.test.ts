/** The statistics by which `npm run bench:detection` judges, against values from elsewhere. */
import { describe, expect, test } from 'vitest';
import { inflation, kendallS } from '../../bench/detection/alternatives/mann-kendall.js';
import { FAMILIES, type Series } from '../../bench/detection/corpus.js';
import { follow } from '../../bench/detection/follow.js';
import { longRunVariance, oracleDelay } from '../../bench/detection/oracle.js';
import type { Family, Plan } from '../../bench/detection/plan.js';
import { poissonInterval } from '../../bench/detection/poisson.js';
import { Random } from '../../bench/detection/random.js';

const HOUR = 180;
const DAY = 24 * HOUR;

describe('the exact interval of a Poisson count', () => {
  // chi-square quantiles / 2: Garwood's table, as in Ulm 1990, Am. J. Epidemiol. 131:373-375
  test.each([
    [0, 0, 3.689],
    [1, 0.0253, 5.572],
    [5, 1.623, 11.668],
    [10, 4.795, 18.39],
    [100, 81.36, 121.63],
  ])('of %d', (count, low, high) => {
    const interval = poissonInterval(count);
    expect(interval.low).toBeCloseTo(low, 1);
    expect(interval.high).toBeCloseTo(high, 1);
    expect(interval.low).toBeLessThanOrEqual(count);
  });

  test('of many, where a normal says the same', () => {
    const { low, high } = poissonInterval(5000);
    expect(Math.abs(low - (5000 - 1.96 * Math.sqrt(5000)))).toBeLessThan(3);
    expect(Math.abs(high - (5000 + 1.96 * Math.sqrt(5000)))).toBeLessThan(3);
  });
});

describe('the oracle', () => {
  const random = new Random('oracle');
  const slots = 10 * DAY;
  const white = Float64Array.from({ length: slots }, () => 3 * random.normal());

  test('measures white noise alike on all scales', () => {
    for (const block of [1, 8, 64]) expect(longRunVariance(white, block) / (9 * 20)).toBeCloseTo(1, 0);
  });

  test('needs for a line in white noise what the closed form says', () => {
    const onset = 3 * DAY;
    const perSecond = 1 / 3600;
    const growth = Float64Array.from({ length: slots }, (_, slot) => Math.max(0, slot - onset) * 20 * perSecond);
    const delay = oracleDelay({ noise: white, growth, onset, plan: { metric: 'threads' } }, 1) * 20;
    const closedForm = Math.cbrt((6 * 9 * 20 * Math.log((365.25 * 86_400) / 20)) / perSecond ** 2);
    expect(delay / closedForm).toBeGreaterThan(0.9);
    expect(delay / closedForm).toBeLessThan(1.1);
  });

  test('does not know a step for a leak', () => {
    const growth = Float64Array.from({ length: slots }, (_, slot) => (slot >= DAY ? 50 : 0));
    expect(oracleDelay({ noise: white, growth, onset: DAY, plan: { metric: 'threads' } }, 1)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe('Mann-Kendall', () => {
  test('counts the pairs that rise less those that fall', () => {
    const random = new Random('pairs');
    const ranks = Int32Array.from({ length: 60 }, () => 1 + Math.floor(20 * random.next()));
    let s = 0;
    for (let later = 0; later < ranks.length; later++)
      for (let earlier = 0; earlier < later; earlier++) s += Math.sign(ranks[later]! - ranks[earlier]!);
    expect(kendallS(ranks)).toBe(s);
  });

  test('is corrected for autocorrelation, and only for that', () => {
    const random = new Random('autocorrelation');
    let value = 0;
    const correlated = Float64Array.from({ length: 1080 }, () => {
      value = 0.9 * value + random.normal();
      return value;
    });
    expect(inflation(correlated)).toBeGreaterThan(4);
    expect(inflation(Float64Array.from({ length: 1080 }, () => random.normal()))).toBeLessThan(3);
  });
});

describe('what a subject said is set against what was so', () => {
  const [OK, SUSPECT, LEAK] = [1, 2, 3];
  const slots = 20 * DAY;
  const seriesOf = (kind: Family['kind'], labels: Partial<Series>, plan: Partial<Plan> = {}): Series => ({
    family: FAMILIES.find((family) => family.kind === kind)!,
    seed: 1,
    plan: { metric: 'threads', slots, parameters: {}, limit: 100, level: () => () => 10, ...plan },
    values: new Float64Array(slots).fill(10),
    level: new Float64Array(slots).fill(10),
    noise: new Float64Array(slots).fill(10),
    growth: new Float64Array(slots),
    companion: undefined,
    onset: Number.POSITIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    limit: 100,
    limitAt: Number.POSITIVE_INFINITY,
    ...labels,
  });
  /** Says this from these slots on. */
  const saying = (...turns: readonly (readonly [slot: number, verdict: number])[]) => ({
    name: 'parrot',
    text: 'says what it was told to say',
    watch: () => ({
      push: (slot: number) => turns.findLast(([from]) => slot >= from)?.[1] ?? OK,
      restart: () => undefined,
    }),
  });

  test('alarms of a day are one, and one that stands is one', () => {
    const flapping = saying([100, LEAK], [200, OK], [300, LEAK], [DAY + 99, OK], [DAY + 100, LEAK]);
    const outcome = follow(seriesOf('healthy', {}), flapping);
    expect(outcome.falseAlarms).toEqual([100, DAY + 100]);
    expect(outcome).toMatchObject({ told: 3, warnings: 0, quietSlots: slots });
  });

  test('a restart makes a new alarm of it', () => {
    const series = seriesOf('healthy', {}, { restarts: [250] });
    expect(follow(series, saying([100, LEAK], [200, OK], [300, LEAK])).falseAlarms).toEqual([100, 300]);
  });

  test('what is suspected in its first hour is suspected hastily', () => {
    expect(follow(seriesOf('healthy', {}), saying([HOUR - 1, SUSPECT], [HOUR, OK]))).toMatchObject({ hasty: true });
    expect(follow(seriesOf('healthy', {}), saying([HOUR, SUSPECT]))).toMatchObject({ hasty: false, warnings: 1 });
  });

  test('nothing is false before the series has settled', () => {
    const series = seriesOf('healthy', {}, { settled: 1000 });
    const outcome = follow(series, saying([100, SUSPECT], [200, LEAK], [400, OK]));
    expect(outcome).toMatchObject({ falseAlarms: [], warnings: 0, quietSlots: slots - 1000 });
  });

  test('a leak is found after its onset, and what comes before is false', () => {
    const series = seriesOf('leaking', { onset: 5000, limitAt: 15_000 });
    const outcome = follow(series, saying([100, LEAK], [200, OK], [5100, SUSPECT], [5400, LEAK]));
    expect(outcome).toMatchObject({ falseAlarms: [100], suspected: 100, found: 400, untilLimit: 10_000 });
  });

  test('an alarm that stands at the onset counts from when the oracle knows, if it stands until then', () => {
    const series = seriesOf('leaking', { onset: 5000 });
    expect(follow(series, saying([4000, LEAK]), { oracle: 300 })).toMatchObject({ falseAlarms: [4000], found: 300 });
    expect(follow(series, saying([4000, LEAK], [5200, OK]), { oracle: 300 })).not.toHaveProperty('found');
  });

  test('each life of a restarted leak is called for itself, once', () => {
    const series = seriesOf('leaking', { onset: 0 }, { restarts: [1000, 2000, 3000] });
    const parrot = saying([100, LEAK], [200, OK], [300, LEAK], [1000, OK], [2500, LEAK], [4000, OK]);
    const forecasting = { ...parrot, watch: () => ({ ...parrot.watch(), forecast: () => undefined }) };
    expect(follow(series, forecasting)).toMatchObject({
      found: 100,
      lives: 4,
      calls: [
        { life: 0, after: 100 },
        { life: 2, after: 500 },
        { life: 3, after: 0 },
      ],
    });
  });

  test('what is said at the limit is too late', () => {
    const series = seriesOf('leaking', { onset: 5000, limitAt: 6000 });
    expect(follow(series, saying([6001, LEAK]))).not.toHaveProperty('found');
  });

  test('growth that ends may be called a leak, if that is withdrawn', () => {
    const series = seriesOf('passing', { onset: 0, end: 5000 });
    const outcome = follow(series, saying([2000, LEAK], [5600, OK], [14_000, LEAK]));
    expect(outcome).toMatchObject({
      found: 2000,
      stoodAtEnd: true,
      withdrawn: 600,
      calledAfterEnd: 1,
      falseAlarms: [],
    });
  });

  test('an alarm may stand for a quarter of each rise after its end', () => {
    const rises = [
      { from: 1000, to: 2000 },
      { from: 4000, to: 6000 },
    ];
    const series = seriesOf('passing', { onset: 1000, end: 6000 }, { rises });
    const late = follow(series, saying([1500, LEAK], [2251, OK], [5000, LEAK], [6499, OK]));
    expect(late).toMatchObject({ rises: 2, overdue: 1 });
    expect(follow(seriesOf('passing', { onset: 0, end: 5000 }), saying([100, LEAK]))).toMatchObject({ overdue: 1 });
  });

  test('slots that were not sampled are not shown to it', () => {
    const series = seriesOf('healthy', {});
    series.values.fill(Number.NaN, 50, 150);
    expect(follow(series, saying([100, LEAK], [140, OK]))).toMatchObject({ falseAlarms: [], points: slots - 100 });
  });
});
