import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Blocks } from '../../src/series/blocks.ts';
import { Floors, KEPT, KEPT_MEANS } from '../../src/series/floors.ts';
import { Random } from '../support/synthetic.ts';

/** A day of 24 slots, so that short lists close days too; one of 4,320; and experiments in quick motion. */
const INTERVALS = [3600, 20, 0.1] as const;

const known = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]) => (values.length === 0 ? Number.NaN : sumOf(values) / values.length);

/** One number of each block by the definition: of its known slots, unknown where less than half are known. */
function blocksOf(slots: readonly number[], size: number, number: (values: readonly number[]) => number): number[] {
  return Array.from({ length: Math.floor(slots.length / size) }, (_, block) => {
    const values = known(slots.slice(block * size, (block + 1) * size));
    return 2 * values.length >= size ? Math.fround(number(values)) : Number.NaN;
  });
}

/** The floors of the blocks of one day, or of two. */
function dayFloorsOf(slots: readonly number[], floors: Floors, days: number): number[] {
  const { day, dayPart, sizes } = floors.scale;
  const part = sizes[dayPart]!;
  const means = blocksOf(slots, part, meanOf);
  const usual = Array.from({ length: Math.floor(slots.length / day) }, (_, at) => {
    const end = Math.floor(((at + 1) * day) / part);
    const parts = known(means.slice(end - Math.floor(day / part), end)).sort((a, b) => a - b);
    return parts[Math.floor(parts.length / 4)] ?? Number.NaN;
  });
  const isKnown = blocksOf(slots, days * day, () => 0);
  return isKnown.map((zero, block) => Math.fround(zero + meanOf(known(usual.slice(block * days, (block + 1) * days)))));
}

/** The deepest fall that lasts for three blocks. */
function deepestLasting(values: readonly number[]): number {
  const lasting = values.map((value, at) =>
    Number.isNaN(value) ? value : Math.max(...known(values.slice(Math.max(0, at - 2), at + 1))),
  );
  let peak = Number.NEGATIVE_INFINITY;
  let most = 0;
  for (const [at, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    peak = Math.max(peak, value);
    most = Math.max(most, peak - lasting[at]!);
  }
  return most;
}

/** The furthest that a later value is from an earlier one, downwards or upwards. */
function furthest(values: readonly number[], direction: 1 | -1): number {
  let from = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const value of known(values)) {
    from = Math.min(from, direction * value);
    most = Math.max(most, direction * value - from);
  }
  return most;
}

function expectToBe(
  blocks: Blocks,
  level: number,
  model: readonly number[],
  { ring, fall, name }: { ring: number; fall: number; name: string },
): void {
  const newestFirst = model.toReversed();
  const kept = Math.min(ring, model.length);
  expect(blocks.kept(level), name).toBe(kept);
  expect(
    Array.from({ length: kept }, (_, back) => blocks.at(level, back)),
    name,
  ).toEqual(newestFirst.slice(0, kept));
  const window = new Float64Array(Math.min(kept, 12));
  blocks.read(level, window);
  expect([...window], name).toEqual(model.slice(model.length - window.length));
  expect(blocks.drawdown(level), name).toBeCloseTo(fall, 3);
  for (let back = 0; back <= kept; back++) {
    expect(blocks.peakUntil(level, back), name).toBe(Math.max(...known(newestFirst.slice(back))));
    expect(blocks.drawupUntil(level, back), name).toBeCloseTo(furthest(newestFirst.slice(back).toReversed(), 1), 3);
  }
  for (const [back, count] of [
    [0, 2],
    [1, 4],
    [11, 2],
    [20, 4],
  ] as const) {
    const some = known(newestFirst.slice(0, kept).slice(back, back + count));
    expect(blocks.mean(level, back, count), name).toSatisfy(
      (mean: number) => Object.is(mean, meanOf(some)) || Math.abs(mean - meanOf(some)) < 1e-3,
    );
  }
}

function expectToBeTheModel(floors: Floors, slots: readonly number[]): void {
  expect(floors.slots).toBe(slots.length);
  for (let level = 0; level < floors.levels; level++) {
    const size = floors.size(level);
    const name = `blocks of ${size} after ${slots.length} slots`;
    expect(floors.count(level), name).toBe(Math.floor(slots.length / size));
    const { day, doublings, finestJudged } = floors.scale;
    const model =
      level < doublings
        ? blocksOf(slots, size, (values) => Math.min(...values))
        : dayFloorsOf(slots, floors, size / day);
    const fall = level < finestJudged ? furthest(model, -1) : deepestLasting(model);
    expectToBe(floors.floors, level, model, { ring: KEPT, fall, name: `floors of ${name}` });
    if (level < floors.means.finest) continue;
    const means = blocksOf(slots, size, meanOf);
    expectToBe(floors.means, level, means, { ring: KEPT_MEANS, fall: deepestLasting(means), name: `means of ${name}` });
  }
  const levels = Array.from({ length: floors.levels }, (_, level) => level);
  const whole = levels.find((level) => floors.count(level) <= KEPT);
  expect(floors.lifeLevel()).toBe(whole ?? floors.levels - 1);
}

function filled(intervalSeconds: number, values: readonly number[]): Floors {
  const floors = new Floors(intervalSeconds);
  for (const value of values) floors.push(value, { blockClosed: () => undefined });
  return floors;
}

const slot = fc.oneof({ weight: 2, arbitrary: fc.integer({ min: -5, max: 9 }) }, fc.constant(Number.NaN));
/** Runs of the same length known and unknown too, for blocks of which just half is known. */
const slots = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.array(slot, { maxLength: 9 }) }, fc.constant(Array(8).fill(Number.NaN))), {
    maxLength: 40,
  })
  .map((runs): number[] => runs.flat());

describe.each(INTERVALS)('the blocks of every level, at %f s', (intervalSeconds) => {
  test('are those of a plain list of all slots', () => {
    fc.assert(fc.property(slots, (values) => expectToBeTheModel(filled(intervalSeconds, values), values)));
  });

  test('are those of a plain list when every ring has gone round', () => {
    const random = new Random(1);
    const values = Array.from({ length: 30 * new Floors(intervalSeconds).size(10 % 4) + 5000 }, (_, at) =>
      random.next() < 0.3 ? Number.NaN : random.between(0, 1000) + Math.floor(at / 100),
    );
    expectToBeTheModel(filled(intervalSeconds, values), values);
  });

  test('begin anew when cleared, and remember how deep they ever fell', () => {
    fc.assert(
      fc.property(slots, slots, (before, after) => {
        const floors = filled(intervalSeconds, before);
        const fell = Array.from({ length: floors.levels }, (_, level) => floors.floors.drawdown(level));
        floors.clear();
        expect(fell).toEqual(fell.map((_, level) => floors.floors.drawdown(level)));
        for (const value of after) floors.push(value, { blockClosed: () => undefined });
        const again = filled(intervalSeconds, after);
        for (let level = 0; level < floors.levels; level++) {
          expect(floors.count(level)).toBe(again.count(level));
          for (let back = 0; back < floors.kept(level); back++)
            expect(floors.floor(level, back)).toBe(again.floor(level, back));
          expect(floors.floors.drawdown(level)).toBe(Math.max(fell[level]!, again.floors.drawdown(level)));
        }
      }),
    );
  });
});

test.each(INTERVALS)(
  'a level is told of before those above it have counted their block, at %f s',
  (intervalSeconds) => {
    const floors = new Floors(intervalSeconds);
    const counts = new Array<number>(floors.levels).fill(0);
    for (let slot = 0; slot < 3 * floors.size(floors.levels - 1); slot++) {
      floors.push(slot, {
        blockClosed(level) {
          counts[level] = counts[level]! + 1;
          expect(counts.map((_, at) => floors.count(at))).toEqual(counts);
        },
      });
    }
  },
);

test('blocks double up to half a day, then come whole days', () => {
  const hours = (intervalSeconds: number) =>
    [...new Floors(intervalSeconds).scale.sizes].map((size) => (size * intervalSeconds) / 3600);
  expect(hours(20).slice(-3)).toEqual([(2048 * 20) / 3600, 24, 48]);
  expect(hours(3600)).toEqual([1, 2, 4, 8, 24, 48]);
  // In quick motion a day has as many slots as at 20 s.
  expect([...new Floors(0.1).scale.sizes]).toEqual([...new Floors(20).scale.sizes]);
});

test('a push tells each level that it closes, the lowest first', () => {
  const floors = new Floors(3600);
  const closed = Array.from({ length: 24 }, () => {
    const levels: number[] = [];
    floors.push(1, { blockClosed: (level) => levels.push(level) });
    return levels;
  });
  expect(closed.slice(0, 8)).toEqual([[0], [0, 1], [0], [0, 1, 2], [0], [0, 1], [0], [0, 1, 2, 3]]);
  expect(closed[23]).toEqual([0, 1, 2, 3, 4]);
});

test('a block of which half is known has a floor, one of which less is known has none', () => {
  const unknown = Number.NaN;
  const floors = filled(20, [unknown, 7, unknown, 5, unknown, unknown, unknown, 3]);
  expect([floors.floor(2, 1), floors.floor(2, 0)]).toEqual([5, unknown]);
  // Of the eight slots together three are known.
  expect(floors.floor(3, 0)).toBeNaN();
});

test('a day is as low as the lower quartile of its parts, and two days are as low as their mean', () => {
  // Blocks of two hours: three of twelve are a dip, four are not.
  const day = (low: number) => Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 8 + low ? 10 : 100));
  const floors = filled(3600, [...day(6), ...day(8)]);
  const ofDays = floors.scale.doublings;
  expect([floors.floor(ofDays, 1), floors.floor(ofDays, 0), floors.floor(ofDays + 1, 0)]).toEqual([100, 10, 55]);
  // The readings of a day that is half unknown stand for it; of two days one may be unknown.
  const gap = Array<number>(24).fill(Number.NaN);
  expect(filled(3600, [...gap, ...day(0)]).floor(ofDays + 1, 0)).toBe(100);
  expect(filled(3600, [...day(0), ...gap]).floor(ofDays + 1, 0)).toBe(100);
  expect(filled(3600, [...gap, ...gap]).floor(ofDays + 1, 0)).toBeNaN();
  // At 20 s the parts have 512 slots: eight of them in a day.
  const { scale } = new Floors(20);
  expect(scale.sizes[scale.dayPart]).toBe(512);
});

test('a fall counts when it has lasted three blocks, on the levels that verdicts look at', () => {
  const { finestJudged } = new Floors(20).scale;
  const fallOf = (level: number, low: number) => {
    const blocks = [9, 9, 9, ...Array<number>(low).fill(2), 9, 9, 9];
    const size = new Floors(20).size(level);
    return filled(
      20,
      blocks.flatMap((value) => Array<number>(size).fill(value)),
    ).floors.drawdown(level);
  };
  expect([fallOf(finestJudged, 2), fallOf(finestJudged, 3)]).toEqual([0, 7]);
  expect([fallOf(0, 1), fallOf(finestJudged - 1, 1)]).toEqual([7, 7]);
});

test('nothing seen is no number', () => {
  const floors = new Floors(20);
  expect(floors.kept(0)).toBe(0);
  expect(floors.floors.mean(0, 0, 4)).toBeNaN();
  expect(floors.floors.peakUntil(0, 0)).toBe(Number.NEGATIVE_INFINITY);
  expect(floors.floors.drawdown(0)).toBe(0);
  expect(floors.lifeLevel()).toBe(0);
});
