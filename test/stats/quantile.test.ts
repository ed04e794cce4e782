import fc from 'fast-check';
import { expect, test } from 'vitest';
import { median, quantileSorted } from '../../src/stats/quantile.ts';
import { VECTORS } from './vectors.ts';

const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 30 });
const ascending = (list: readonly number[]) => [...list].sort((a, b) => a - b);

test('agrees with numpy', () => {
  expect(VECTORS.quantile.length).toBeGreaterThan(10);
  for (const [list, q, value] of VECTORS.quantile) expect(quantileSorted(ascending(list), q)).toBeCloseTo(value, 12);
});

test('no values have no quantile, and q must be one', () => {
  expect(quantileSorted([], 0.5)).toBeUndefined();
  expect(median([])).toBeUndefined();
  for (const q of [-0.01, 1.01, Number.NaN]) expect(() => quantileSorted([1, 2], q)).toThrow(RangeError);
});

test('the ends are the least and the greatest, and more q never gives less', () => {
  const q = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(values, q, q, (list, a, b) => {
      const sorted = ascending(list);
      expect(quantileSorted(sorted, 0)).toBe(sorted[0]);
      expect(quantileSorted(sorted, 1)).toBe(sorted.at(-1));
      const [low, high] = [quantileSorted(sorted, Math.min(a, b))!, quantileSorted(sorted, Math.max(a, b))!];
      expect(high - low).toBeGreaterThanOrEqual(-1e-6);
    }),
  );
});

test('the median takes values in any order and leaves them so', () => {
  fc.assert(
    fc.property(values, (list) => {
      const before = [...list];
      expect(median(list)).toBe(median([...list].reverse()));
      expect(list).toEqual(before);
    }),
  );
});
