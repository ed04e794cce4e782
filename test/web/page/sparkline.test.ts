import { expect, test } from 'vitest';
import { sparkline } from '../../../src/web/page/sparkline.ts';

const points = (...values: number[]) => values.map((v, at) => ({ t: 1000 + 20 * at, v }));

test('a rise goes from the lower left to the upper right', () => {
  expect(sparkline(points(0, 50, 100))).toEqual({
    line: 'M0.0 24.0L50.0 13.0L100.0 2.0',
    area: 'M0 26L0.0 24.0L50.0 13.0L100.0 2.0L100 26Z',
  });
});

test('a constant is a line in the middle, and a small wobble stays near it', () => {
  expect(sparkline(points(7, 7))?.line).toBe('M0.0 13.0L100.0 13.0');
  const heights = [...sparkline(points(1000, 1010, 1000))!.line.matchAll(/ ([\d.]+)/g)].map(([, y]) => Number(y));
  expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(2);
});

test('fewer than two points have no sparkline', () => {
  expect(sparkline([])).toBeUndefined();
  expect(sparkline(points(3))).toBeUndefined();
});

test('two points of the same second are drawn', () => {
  expect(
    sparkline([
      { t: 5, v: 1 },
      { t: 5, v: 9 },
    ])?.line,
  ).toBe('M0.0 24.0L0.0 2.0');
});
