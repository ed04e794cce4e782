import { describe, expect, test } from 'vitest';
import type { Point } from '../../src/logs/curve.ts';
import { measureShape } from '../../src/logs/shape.ts';
import { Random } from '../support/synthetic.ts';

const OPTIONS = { minimumRise: 16, minimumRiseRatio: 0.04 };
const BEGIN = 1_795_197_600;

const pointsOf = (count: number, value: (share: number) => number): Point[] =>
  Array.from({ length: count }, (_, at) => {
    const v = value(at / (count - 1));
    return { t: BEGIN + 180 * at, least: v, greatest: v, mean: v, count: 1 };
  });

describe.each([1, 2, 3, 4, 5])('with noise %i', (seed) => {
  const random = new Random(seed);
  const noise = (): number => 4 * random.normal();

  test.each<readonly [kind: string, name: string, value: (share: number) => number]>([
    ['climbing', 'a leak', (x) => 200 + 300 * x],
    ['climbing', 'a leak after a warm-up', (x) => 100 + 100 * Math.min(1, x / 0.05) + 300 * x],
    ['climbing', 'a leak that begins late', (x) => 200 + 400 * Math.max(0, x - 0.4)],
    ['flat', 'a plateau', (x) => 200 + 300 * (1 - Math.exp(-x / 0.08))],
    ['flat', 'a level', () => 300],
    ['slowing', 'a cache that fills ever more slowly', (x) => 100 + 500 * (1 - Math.exp(-x / 0.4))],
    ['unclear', 'a step', (x) => (x < 0.75 ? 300 : 400)],
    ['unclear', 'a fall', (x) => 400 - 200 * x],
  ])('%s: %s', (kind, _, value) => {
    expect(
      measureShape(
        pointsOf(120, (share) => value(share) + noise()),
        OPTIONS,
      )?.kind,
    ).toBe(kind);
  });

  test('has the slope and both ends of a leak', () => {
    const shape = measureShape(
      pointsOf(120, (share) => 200 + 300 * share + noise()),
      OPTIONS,
    )!;
    expect((shape.slopePerSecond * shape.spanSeconds) / 300).toBeCloseTo(1, 0.9);
    expect(shape.from).toBeGreaterThan(180);
    expect(shape.to).toBeGreaterThan(420);
  });
});

test('of what never moves is flat', () => {
  expect(
    measureShape(
      pointsOf(120, () => 300),
      OPTIONS,
    ),
  ).toMatchObject({ kind: 'flat', slopePerSecond: 0, from: 300, to: 300 });
});

test('is not to be had from a few points', () => {
  expect(
    measureShape(
      pointsOf(11, (share) => 1000 * share),
      OPTIONS,
    ),
  ).toBeUndefined();
  expect(measureShape([], OPTIONS)).toBeUndefined();
});
