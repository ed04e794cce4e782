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

/** Points of one value each, so many seconds after the beginning. */
const pointsAt = (values: readonly (readonly [seconds: number, value: number])[]): Point[] =>
  values.map(([seconds, v]) => ({ t: BEGIN + seconds, least: v, greatest: v, mean: v, count: 1 }));
const evenly = (values: readonly number[]): Point[] => pointsAt(values.map((value, at) => [180 * at, value]));
const kindOf = (values: readonly number[]): string | undefined => measureShape(evenly(values), OPTIONS)?.kind;
const numbers = (count: number, value: (at: number) => number): number[] =>
  Array.from({ length: count }, (_, at) => value(at));

describe('at its boundaries', () => {
  test('a shape takes twelve points', () => {
    expect(measureShape(evenly(numbers(12, (at) => 100 * at)), OPTIONS)?.kind).toBe('climbing');
    expect(measureShape(evenly(numbers(11, (at) => 100 * at)), OPTIONS)).toBeUndefined();
    expect(measureShape([], OPTIONS)).toBeUndefined();
  });

  test('32 points stay as they are, more are put into blocks', () => {
    const spanOf = (count: number) => measureShape(evenly(numbers(count, (at) => at)), OPTIONS)?.spanSeconds;
    expect(spanOf(32)).toBe(31 * 180);
    expect(spanOf(34)).toBe(32 * 180);
  });

  test('the second half needs four points', () => {
    const withLate = (late: number) => [
      ...numbers(12 - late, (at) => 100 * at),
      ...numbers(late, (at) => 2000 - 100 * (late - 1 - at)),
    ];
    const shapeWith = (late: number) => measureShape(pointsAt(withLate(late).map((t) => [t, t])), OPTIONS);
    expect(shapeWith(4)?.kind).toBe('unclear');
    expect(shapeWith(3)).toBeUndefined();
  });

  test('the first half needs three points after its start, the first tenth, to have a slope', () => {
    const lateShareOf = (early: readonly number[]) => {
      const late = numbers(11, (at) => 500 + 50 * at);
      return measureShape(pointsAt([0, ...early, ...late].map((t) => [t, t])), OPTIONS)?.lateShare;
    };
    // 500 belongs to both halves.
    expect(lateShareOf([100, 300])).toBe(1);
    expect(lateShareOf([99, 300])).toBe(Number.POSITIVE_INFINITY);
    expect(lateShareOf([300])).toBe(Number.POSITIVE_INFINITY);
  });

  test('a climb slows down if its second half is less than 0.6 as steep as the first', () => {
    const bent = (slope: number) => numbers(31, (at) => (at <= 15 ? 100 * at : 1500 + slope * (at - 15)));
    expect(kindOf(bent(60))).toBe('climbing');
    expect(kindOf(bent(59))).toBe('slowing');
  });

  test('one step that brings more than 0.4 of the rise is a step', () => {
    const stepped = (step: number) => [
      ...numbers(16, () => 0),
      ...numbers(8, (at) => at),
      ...numbers(8, (at) => 7 + step + at),
    ];
    // Both parts beside the step bring 14.
    expect(kindOf(stepped(9).map((value) => 10 * value))).toBe('climbing');
    expect(kindOf(stepped(10).map((value) => 10 * value))).toBe('unclear');
  });

  test('a rise is more than chance from z = 2.33 on', () => {
    const late = (order: readonly number[]) => [...numbers(16, () => 0), ...order.map((value) => 100 * value)];
    // Kendall's S of 54 and 52 among 16 values: z = 2.386 and 2.296. No step is larger than 0.4 of the rise.
    expect(kindOf(late([0, 3, 5, 4, 10, 14, 9, 1, 6, 2, 8, 13, 7, 12, 11, 15]))).toBe('climbing');
    expect(kindOf(late([0, 2, 4, 9, 14, 3, 1, 6, 7, 13, 11, 12, 8, 5, 10, 15]))).toBe('unclear');
  });

  test('a climb is steady if each quarter brings a quarter of the rise', () => {
    const quarters = (...levels: readonly number[]) =>
      measureShape(evenly(levels.flatMap((level) => numbers(8, () => level))), OPTIONS)?.steady;
    expect(quarters(0, 250, 600, 1000)).toBe(true);
    expect(quarters(0, 249, 600, 1000)).toBe(false);
    expect(quarters(0, 400, 750, 1000)).toBe(true);
    expect(quarters(0, 400, 751, 1000)).toBe(false);
  });

  test('a rise of the second half below the minimum is flat', () => {
    const line = (rise: number) => numbers(31, (at) => (rise * at) / 15);
    expect(kindOf(line(16.01))).toBe('climbing');
    expect(kindOf(line(15.99))).toBe('flat');
  });
});

test('what never moves is flat', () => {
  expect(measureShape(evenly(numbers(120, () => 300)), OPTIONS)).toMatchObject({
    kind: 'flat',
    slopePerSecond: 0,
    from: 300,
    to: 300,
  });
});
