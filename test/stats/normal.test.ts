import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalCdf, normalQuantile } from '../../src/stats/normal.ts';
import { VECTORS } from './vectors.ts';

const relative = (value: number, truth: number) => Math.abs(value - truth) / Math.abs(truth || 1);

test('the probability agrees with scipy in all but the last digits, far tails included', () => {
  expect(VECTORS.normalCdf.length).toBeGreaterThan(100);
  for (const [x, p] of VECTORS.normalCdf) {
    expect(relative(normalCdf(x), p), `normalCdf(${x})`).toBeLessThan(x < -8 ? 3e-13 : 2e-14);
  }
});

test('the quantile agrees with scipy in all but the last digits', () => {
  expect(VECTORS.normalQuantile.length).toBeGreaterThan(100);
  for (const [p, x] of VECTORS.normalQuantile) {
    expect(relative(normalQuantile(p), x), `normalQuantile(${p})`).toBeLessThan(2e-15);
  }
});

test('the ends', () => {
  expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(normalCdf(Number.NaN)).toBeNaN();
  expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  for (const p of [-1e-300, 1.0000001, Number.NaN]) expect(() => normalQuantile(p)).toThrow(RangeError);
});

test('each is the inverse of the other', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 0.5, noNaN: true }), (p) => {
      expect(relative(normalCdf(normalQuantile(p)), p)).toBeLessThan(1e-12);
    }),
  );
});

test('the probability never falls', () => {
  const x = fc.double({ min: -40, max: 40, noNaN: true });
  fc.assert(
    fc.property(x, fc.double({ min: 1e-6, max: 1, noNaN: true }), (at, step) => {
      expect(normalCdf(at + step)).toBeGreaterThanOrEqual(normalCdf(at));
    }),
  );
});
