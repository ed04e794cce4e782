import fc from 'fast-check';
import { expect, test } from 'vitest';
import { theilSen } from '../../src/stats/theil-sen.ts';
import { unknownAsNaN, VECTORS } from './vectors.ts';

/** Whole numbers, so that sums and differences are exact; times 20 s apart. */
const points = fc
  .array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 2, maxLength: 24 })
  .map((y) => ({ y, t: y.map((_, i) => 20 * i) }));

test('agrees with scipy: slope, interval and intercept, gaps and equal times included', () => {
  expect(VECTORS.trends.length).toBeGreaterThan(20);
  for (const { name, t, y, lines } of VECTORS.trends) {
    for (const { confidence, slope, low, high, intercept } of lines) {
      const line = theilSen(t, unknownAsNaN(y), confidence)!;
      expect(line.slope, name).toBeCloseTo(slope, 12);
      expect(line.low, `${name} at ${confidence}`).toBeCloseTo(low, 12);
      expect(line.high, `${name} at ${confidence}`).toBeCloseTo(high, 12);
      expect(line.intercept, name).toBeCloseTo(intercept, 9);
    }
  }
});

test('a straight line is found whatever a quarter of its points do', () => {
  const t = Array.from({ length: 24 }, (_, i) => i);
  const y = t.map((at) => (at % 4 === 1 ? 1e9 * (at - 11) : 7 + 3 * at));
  expect(theilSen(t, y)).toMatchObject({ slope: 3, intercept: 7 });
});

test('no line through fewer than two known times', () => {
  const unknown = Number.NaN;
  expect(theilSen([], [])).toBeUndefined();
  expect(theilSen([1], [2])).toBeUndefined();
  expect(theilSen([0, 1, 2], [unknown, 5, unknown])).toBeUndefined();
  expect(theilSen([3, 3, 3], [1, 2, 3])).toBeUndefined();
});

test('refuses what is no series and no confidence', () => {
  expect(() => theilSen([0, 1], [1])).toThrow(RangeError);
  for (const confidence of [0, 1, -1, Number.NaN])
    expect(() => theilSen([0, 1], [1, 2], confidence)).toThrow(RangeError);
});

test('a shift of time or of the values does not change a digit of the slope', () => {
  fc.assert(
    fc.property(
      points,
      fc.integer({ min: 0, max: 2_000_000_000 }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      ({ t, y }, later, higher) => {
        const { slope, low, high } = theilSen(t, y)!;
        expect(
          theilSen(
            t.map((at) => at + later),
            y,
          ),
        ).toMatchObject({ slope, low, high });
        expect(
          theilSen(
            t,
            y.map((value) => value + higher),
          ),
        ).toMatchObject({ slope, low, high });
      },
    ),
  );
});

test('scales with the unit', () => {
  fc.assert(
    fc.property(points, fc.constantFrom(2, 4, 1024, 2 ** 20), ({ t, y }, unit) => {
      const line = theilSen(t, y)!;
      expect(
        theilSen(
          t,
          y.map((value) => value * unit),
        ),
      ).toEqual({
        slope: line.slope * unit,
        low: line.low * unit,
        high: line.high * unit,
        intercept: line.intercept * unit,
      });
    }),
  );
});

test('upside down, the slope and its interval turn over', () => {
  fc.assert(
    fc.property(points, ({ t, y }) => {
      const line = theilSen(t, y)!;
      const turned = theilSen(
        t,
        y.map((value) => -value),
      )!;
      // A median of two slopes is rounded from below.
      expect(turned.slope + line.slope).toBeCloseTo(0, 9);
      expect(turned.low + line.high).toBe(0);
      expect(turned.high + line.low).toBe(0);
    }),
  );
});

test('the interval holds the slope, and more confidence makes it no narrower', () => {
  fc.assert(
    fc.property(points, ({ t, y }) => {
      const narrow = theilSen(t, y, 0.5)!;
      const wide = theilSen(t, y, 0.99)!;
      const ordered = [wide.low, narrow.low, narrow.slope, narrow.high, wide.high];
      expect(ordered).toEqual([...ordered].sort((a, b) => a - b));
    }),
  );
});

test('unknown values count for nothing', () => {
  fc.assert(
    fc.property(points, fc.nat(), ({ t, y }, where) => {
      const at = where % (y.length + 1);
      expect(theilSen(t.toSpliced(at, 0, 1e6), y.toSpliced(at, 0, Number.NaN))).toEqual(theilSen(t, y));
    }),
  );
});
