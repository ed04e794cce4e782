/** The corpus of `npm run bench:detection`: the same everywhere, and labelled as it is. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exp, ln, sineOfTurns } from '../../bench/detection/arithmetic.js';
import { FAMILIES, generate, SEEDS } from '../../bench/detection/corpus.js';
import { Random } from '../../bench/detection/random.js';
import { expectGolden } from '../support/golden.ts';

const RUN = fileURLToPath(new URL('../../bench/detection/run.js', import.meta.url));
const MINUTES = { timeout: 120_000 };

test('two series of each family are to the last bit what they were', MINUTES, () => {
  const { stdout, stderr } = spawnSync(process.execPath, [RUN, '--hashes'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expectGolden('test/detection/corpus-hashes.txt', stdout);
});

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

describe.each(FAMILIES.map((family) => [family.name, family] as const))('%s', (_, family) => {
  const series = generate(family, SEEDS.tune + 2);
  const known = series.values.filter((value) => !Number.isNaN(value));

  test('holds what /proc would show: whole numbers, none below nothing, none beyond the limit', () => {
    expect(known.length).toBeGreaterThan(series.values.length / 2);
    const unit = series.plan.metric === 'rss' ? 4096 : 1;
    expect(known.every((value) => value >= 0 && value <= series.limit && value % unit === 0)).toBe(true);
  });

  test('is another series with another seed', () => {
    expect(generate(family, SEEDS.tune + 3).values).not.toEqual(series.values);
  });

  if (series.plan.growth === undefined) {
    test('has nothing that is added to its level', () => {
      expect(['healthy', 'organic']).toContain(family.kind);
      expect(series.onset).toBe(Number.POSITIVE_INFINITY);
      expect(series.growth.every((more) => more === 0)).toBe(true);
    });
  } else {
    test('grows from its onset on, and not before', () => {
      expect(series.growth.slice(0, series.onset).every((more) => more === 0)).toBe(true);
      expect(series.growth.slice(series.onset).some((more) => more > 0)).toBe(true);
    });
  }

  if (family.kind === 'leaking') {
    test('reaches its limit, where it does, after the onset', () => {
      const first = series.values.findIndex((value) => value >= series.limit);
      expect(first).toBe(Number.isFinite(series.limitAt) ? series.limitAt : -1);
      if (first >= 0) expect(first).toBeGreaterThan(series.onset);
    });
  }

  if (family.kind === 'leaking') {
    test('has noise that an oracle can measure, without gaps', () => {
      expect(series.noise.length).toBe(series.values.length);
      expect(series.noise.every(Number.isFinite)).toBe(true);
    });
  }

  if (family.kind === 'passing') {
    test('has grown by 95 % when its growth is called over', () => {
      const last = series.growth.at(-1)!;
      expect(series.growth[series.end]).toBeGreaterThanOrEqual(0.95 * last);
      expect(series.end).toBeLessThan(series.values.length - 1);
    });
  }
});

test('families are kept from tuning', () => {
  const heldOut = FAMILIES.filter((family) => family.heldOut);
  expect(heldOut.filter(({ kind }) => kind === 'healthy').length).toBeGreaterThanOrEqual(2);
  expect(heldOut.filter(({ kind }) => kind === 'leaking').length).toBeGreaterThanOrEqual(2);
});
