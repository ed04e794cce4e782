/** The corpus of `npm run bench:detection`: the same everywhere, and labelled as it is. */
import { describe, expect, test } from 'vitest';
import { exp, ln, sineOfTurns } from '../../bench/detection/arithmetic.js';
import { FAMILIES, generate, hashOf, SEEDS, type Series } from '../../bench/detection/corpus.js';
import { Random } from '../../bench/detection/random.js';
import { expectGolden } from '../support/golden.ts';

/** One to tune on and one of the report. */
const SAMPLED_SEEDS = [SEEDS.tune + 1, SEEDS.report + 1];
const MINUTES = { timeout: 120_000 };

describe('arithmetic without the library of the platform', () => {
  test.each([-50, -3.7, -1, -1e-9, 0, 1e-9, 0.3, 1, 2.5, 20, 300])('exp(%d)', (x) => {
    expect(exp(x) / Math.exp(x)).toBeCloseTo(1, 13);
  });

  test.each([1e-12, 0.01, 0.5, 0.9999999, 1, 1.0000001, 1.5, 2, 10, 12345.678, 1e18])('ln(%d)', (x) => {
    expect(Math.abs(ln(x) - Math.log(x))).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(Math.log(x))));
  });

  test.each([-1.3, -0.25, 0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1, 7.123])('the sine of %d turns', (turns) => {
    expect(sineOfTurns(turns)).toBeCloseTo(Math.sin(2 * Math.PI * turns), 13);
  });
});

describe('random numbers have the mean and the variance of what they are called', () => {
  const draws = 200_000;
  const momentsOf = (draw: () => number) => {
    let [sum, squares] = [0, 0];
    for (let at = 0; at < draws; at++) {
      const value = draw();
      sum += value;
      squares += value * value;
    }
    const mean = sum / draws;
    return { mean, variance: squares / draws - mean * mean };
  };

  test.each([
    ['next', (random: Random) => random.next(), 1 / 2, 1 / 12],
    ['normal', (random: Random) => random.normal(), 0, 1],
    ['poisson, few', (random: Random) => random.poisson(2.5), 2.5, 2.5],
    ['poisson, many', (random: Random) => random.poisson(80), 80, 80],
    ['binomial, few', (random: Random) => random.binomial(12, 0.3), 3.6, 2.52],
    ['binomial, many', (random: Random) => random.binomial(400, 0.4), 160, 96],
  ])('%s', (name, draw, mean, variance) => {
    const random = new Random(name);
    const moments = momentsOf(() => draw(random));
    // Five standard errors; the variance of a variance is at most about 3 sigma^4 / n here.
    expect(Math.abs(moments.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / draws));
    expect(Math.abs(moments.variance / variance - 1)).toBeLessThan(0.02);
  });
});

/** Lines of the golden file, by family: each series is made once. */
const hashes = new Map<string, string>();

describe('each family is to the last bit what it was, and labelled as it is:', () => {
  test.each(FAMILIES.map((family) => [family.name, family] as const))('%s', MINUTES, (_, family) => {
    const [series, other] = SAMPLED_SEEDS.map((seed) => generate(family, seed)) as [Series, Series];
    expect(other.values).not.toEqual(series.values);
    expectWhatProcShows(series);
    expectLabels(series);
    hashes.set(family.name, linesOf([series, other]));
  });

  test('their hashes', MINUTES, () => {
    const lines = FAMILIES.map(
      (family) => hashes.get(family.name) ?? linesOf(SAMPLED_SEEDS.map((seed) => generate(family, seed))),
    );
    expectGolden('test/detection/corpus-hashes.txt', lines.join(''));
  });
});

function linesOf(all: readonly Series[]) {
  return all.map((series) => `${hashOf(series)}  ${series.family.name}/${series.seed}\n`).join('');
}

/** Whole numbers, none below nothing, none beyond the limit; some may be unknown. */
function expectWhatProcShows({ plan, values, limit }: Series) {
  const known = values.filter((value) => !Number.isNaN(value));
  expect(known.length).toBeGreaterThan(values.length / 2);
  const unit = plan.metric === 'rss' ? 4096 : 1;
  expect(known.every((value) => value >= 0 && value <= limit && value % unit === 0)).toBe(true);
}

function expectLabels({ family, plan, values, noise, growth, onset, end, limit, limitAt }: Series) {
  const { kind } = family;
  // Healthy and organic series have nothing that is added to their level; the others grow from the onset on.
  expect(plan.growth === undefined).toBe(kind === 'healthy' || kind === 'organic');
  expect(growth.slice(0, onset).every((more) => more === 0)).toBe(true);
  expect(growth.slice(onset).some((more) => more > 0)).toBe(plan.growth !== undefined);
  if (kind === 'leaking') {
    const first = values.findIndex((value) => value >= limit);
    expect(first).toBe(Number.isFinite(limitAt) ? limitAt : -1);
    if (first >= 0) expect(first).toBeGreaterThan(onset);
    // The oracle measures the noise.
    expect(noise.length).toBe(values.length);
    expect(noise.every(Number.isFinite)).toBe(true);
  }
  if (kind === 'passing') {
    expect(growth[end]).toBeGreaterThanOrEqual(0.95 * growth.at(-1)!);
    expect(end).toBeLessThan(values.length - 1);
    for (const { from, to } of plan.rises ?? []) expect(growth[Math.ceil(to)]).toBeGreaterThan(growth[from]!);
  }
}

test('families are kept from tuning', () => {
  const heldOut = FAMILIES.filter((family) => family.heldOut);
  expect(heldOut.filter(({ kind }) => kind === 'healthy').length).toBeGreaterThanOrEqual(2);
  expect(heldOut.filter(({ kind }) => kind === 'leaking').length).toBeGreaterThanOrEqual(2);
});
