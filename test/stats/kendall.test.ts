import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kendallS, mannKendall, reachesKendallS } from '../../src/stats/kendall.ts';
import { normalCdf } from '../../src/stats/normal.ts';
import { unknownAsNaN, VECTORS } from './vectors.ts';

/** Few distinct values, so that ties are common; some unknown. */
const tied = fc.array(fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -4, max: 4 }) }, fc.constant(Number.NaN)), {
  maxLength: 40,
});

test('S, its variance and its probability agree with scipy', () => {
  const rows = VECTORS.trends.filter((row) => row.s !== undefined);
  expect(rows.length).toBeGreaterThan(20);
  for (const { name, y, s, twoSidedP } of rows) {
    const known = unknownAsNaN(y);
    const result = mannKendall(known);
    expect(result.s, name).toBe(s);
    expect(result.n, name).toBe(y.filter((value) => value !== null).length);
    // scipy's p-value is two-sided and without the correction for continuity.
    expect(2 * normalCdf(-Math.abs(result.s) / Math.sqrt(result.variance)), name).toBeCloseTo(twoSidedP!, 12);
    expect(kendallS(known, 0, known.length), name).toBe(s);
  }
});

test('S reaches what it is, and whatever is less', () => {
  fc.assert(
    fc.property(tied, fc.nat(9), fc.integer({ min: -30, max: 30 }), (y, skipped, offset) => {
      const from = Math.min(skipped, y.length);
      const s = kendallS(y, from, y.length);
      expect(reachesKendallS(y, from, y.length, s + offset)).toBe(offset <= 0);
    }),
  );
});

test('the z of a worked case: S one step nearer to 0, over the root of its variance', () => {
  // 9 pairs rise, 1 falls; variance 5 * 4 * 15 / 18.
  const { s, variance, z, p } = mannKendall([1, 2, 4, 3, 5]);
  expect(s).toBe(8);
  expect(variance).toBeCloseTo(300 / 18, 12);
  expect(z).toBeCloseTo(7 / Math.sqrt(300 / 18), 12);
  expect(p).toBeCloseTo(0.0432, 4);
});

test('says nothing, and no NaN, where nothing can be said', () => {
  const unknown = Number.NaN;
  for (const y of [[], [3], [unknown], [3, unknown], [unknown, unknown], [5, 5, 5, unknown, 5]]) {
    expect(mannKendall(y)).toEqual({ n: y.filter((v) => !Number.isNaN(v)).length, s: 0, variance: 0, z: 0, p: 1 });
  }
});

test('unknown values count for nothing', () => {
  fc.assert(
    fc.property(tied, (y) => {
      expect(mannKendall(y)).toEqual(mannKendall(y.filter((value) => !Number.isNaN(value))));
    }),
  );
});

test('sees order only: any growing map of the values changes nothing', () => {
  fc.assert(
    fc.property(tied, fc.double({ min: 0.1, max: 3, noNaN: true }), (y, rate) => {
      expect(mannKendall(y.map((value) => Math.exp(rate * value)))).toEqual(mannKendall(y));
    }),
  );
});

test('backwards, growth is decline', () => {
  fc.assert(
    fc.property(tied, (y) => {
      const there = mannKendall(y);
      const back = mannKendall([...y].reverse());
      expect(back.s + there.s).toBe(0);
      expect(back.variance).toBe(there.variance);
      expect(back.z + there.z).toBe(0);
      if (there.variance > 0) expect(back.p + there.p).toBeCloseTo(1, 12);
    }),
  );
});

test('the variance is that of S over all orders of the values, ties included', () => {
  for (const values of [
    [1, 2, 3, 4, 5],
    [1, 1, 2, 3, 3],
    [1, 1, 1, 2, 2, 2],
    [1, 2, 2, 2, 2],
  ]) {
    const all = permutations(values).map((y) => kendallS(y, 0, y.length));
    const mean = all.reduce((sum, s) => sum + s, 0) / all.length;
    const variance = all.reduce((sum, s) => sum + (s - mean) ** 2, 0) / all.length;
    expect(mannKendall(values).variance).toBeCloseTo(variance, 10);
  }
});

test('S of a part is S of that part alone', () => {
  fc.assert(
    fc.property(tied, fc.nat(40), fc.nat(40), (y, a, b) => {
      const [from, to] = [Math.min(a, b, y.length), Math.min(Math.max(a, b), y.length)];
      expect(kendallS(Float64Array.from(y), from, to)).toBe(mannKendall(y.slice(from, to)).s);
    }),
  );
});

function permutations(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, i) => permutations(values.toSpliced(i, 1)).map((rest) => [value, ...rest]));
}
