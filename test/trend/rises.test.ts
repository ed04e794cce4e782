import { describe, expect, test } from 'vitest';
import {
  type Ascent,
  evennessOf,
  evennessOfLife,
  isConcave,
  isRanked,
  isSlowing,
  isStepwise,
  lastQuarters,
  lateSlots,
  PARTAKING,
  RANK_S,
} from '../../src/trend/rises.ts';
import { floorsOf, line } from './floors-of.ts';

/** The last `span` increments of these floors. */
function ascent(values: readonly number[], { smooth = 1, span = values.length - 1 } = {}): Ascent {
  const rise = values.at(-1)! - values.at(-1 - span)!;
  return { blocks: floorsOf(values).floors, level: 0, span, smooth, rise };
}

/** Floors from 0 that rise by these increments. */
function rising(increments: readonly number[]): number[] {
  const values = [0];
  for (const increment of increments) values.push(values.at(-1)! + increment);
  return values;
}

describe('twelve blocks are ranked', () => {
  /** Kendall's S of twelve values is 66 when all rise, and loses 2 with each pair of neighbours that is exchanged. */
  const exchanged = (pairs: number) => {
    const values = line(12);
    for (let left = pairs, from = 0; left > 0; from++)
      for (let at = 10; at >= from && left > 0; at--, left--)
        [values[at], values[at + 1]] = [values[at + 1]!, values[at]!];
    return floorsOf(values).floors;
  };

  test('for a suspicion from S = 50 on: eight exchanges', () => {
    expect(isRanked(exchanged(8), 0, RANK_S.suspect)).toBe(true);
    expect(isRanked(exchanged(9), 0, RANK_S.suspect)).toBe(false);
  });

  test('for a leak from S = 58 on: four exchanges', () => {
    expect(isRanked(exchanged(4), 0, RANK_S.leak)).toBe(true);
    expect(isRanked(exchanged(5), 0, RANK_S.leak)).toBe(false);
  });

  test('and not before there are twelve', () => {
    expect(isRanked(floorsOf(line(12)).floors, 0, 66)).toBe(true);
    expect(isRanked(floorsOf(line(11)).floors, 0, 1)).toBe(false);
    // Older blocks do not count.
    expect(isRanked(floorsOf([50, 40, 30, ...line(12)]).floors, 0, 66)).toBe(true);
  });
});

describe('a rise is stepwise', () => {
  test('if one increment is more than 40 % of it', () => {
    const withLargest = (share: number) => ascent(rising([100 * share, ...Array(10).fill(10 * (1 - share))]));
    expect(isStepwise(withLargest(0.39), PARTAKING.loose)).toBe(false);
    expect(isStepwise(withLargest(0.41), PARTAKING.loose)).toBe(true);
  });

  /** Ten increments, of which some are a fifth of the largest rise and the others nothing. */
  const ofTen = (partaking: number, small: number) =>
    ascent(
      rising(
        Array.from({ length: 10 }, (_, at) => (at < partaking ? (100 - (10 - partaking) * small) / partaking : small)),
      ),
    );

  test('if fewer than half of the increments take part, or two thirds where steps are usual', () => {
    expect(isStepwise(ofTen(5, 0), PARTAKING.loose)).toBe(false);
    expect(isStepwise(ofTen(4, 0), PARTAKING.loose)).toBe(true);
    expect(isStepwise(ofTen(7, 0), PARTAKING.strict)).toBe(false);
    expect(isStepwise(ofTen(6, 0), PARTAKING.strict)).toBe(true);
  });

  test('where a quarter of an even part is taking part', () => {
    expect(isStepwise(ofTen(3, 2.6), PARTAKING.loose)).toBe(false);
    expect(isStepwise(ofTen(3, 2.4), PARTAKING.loose)).toBe(true);
  });
});

describe('a rise slows', () => {
  /** Twelve increments, the last four of which bring this share of an even third. */
  const withLate = (share: number) => {
    const late = (100 * share) / 3;
    return ascent(rising([...Array(8).fill((100 - late) / 8), ...Array(4).fill(late / 4)]));
  };

  test('if its last third brings less than 60 % of an even part', () => {
    expect(isSlowing(withLate(0.61))).toBe(false);
    expect(isSlowing(withLate(0.59))).toBe(true);
  });

  test('as the square root does from its beginning, and a line does not', () => {
    expect(isSlowing(ascent(line(13, (at) => Math.sqrt(at))))).toBe(true);
    expect(isSlowing(ascent(line(13)))).toBe(false);
  });
});

describe('over a whole life', () => {
  /** A life of 33 floors of which the second half rises so many times as far as the quarter before it. */
  const life = (ratio: number) => line(33, (at) => (at <= 16 ? at : 16 + (ratio / 2) * (at - 16)));
  // Each end is the mean of two floors, so that the quarter before has risen by 8 between 7.5 and 15.5.
  const concaveFrom = (ratio: number, fall = 0) => {
    const values = life(ratio);
    const floors = floorsOf(values.slice(1));
    if (fall > 0) floors.floors.learnDrawdown(floors.lifeLevel(), fall);
    return isConcave(floors, values.at(-1)!);
  };

  test('it is concave if its second half rises less than one and a half times the quarter before', () => {
    expect(concaveFrom(2)).toBe(false);
    expect(concaveFrom(1.55)).toBe(false);
    expect(concaveFrom(1.35)).toBe(true);
    expect(isConcave(floorsOf(line(32, (at) => Math.sqrt(at + 1))), Math.sqrt(32))).toBe(true);
  });

  test('where that quarter counts as far as it exceeds the deepest fall', () => {
    expect(concaveFrom(1.35, 2)).toBe(false);
    expect(concaveFrom(0.5, 2)).toBe(true);
  });

  test('its last quarters rise by as much as their ends differ, each the mean of two floors', () => {
    // 30 blocks: two for the last mean, and 28 in four quarters of seven.
    expect(lastQuarters(floorsOf(line(30)))).toEqual([7, 7]);
    expect(lastQuarters(floorsOf(line(30, (at) => (at < 29 ? 0 : 8))))).toEqual([0, 4]);
    expect(lastQuarters(floorsOf(line(30, (at) => (at < 21 ? 0 : 8))))).toEqual([8, 0]);
  });

  test('it has 1 if it rises evenly after its first quarter, which is the warm-up', () => {
    // 28 blocks, of which the last three quarters count.
    expect(evennessOfLife(floorsOf(line(28)))).toBeCloseTo(1, 6);
    expect(evennessOfLife(floorsOf(line(28, (at) => (at < 6 ? 9 * at : 48 + at))))).toBeCloseTo(1, 6);
    expect(evennessOfLife(floorsOf(line(28, (at) => at + 9 * Math.min(at, 9))))).toBeLessThan(0.8);
    expect(lateSlots(floorsOf(line(28)))).toBe(21);
  });

  test('it is too short to tell while less than eight increments count', () => {
    expect(evennessOfLife(floorsOf(line(12)))).toBeNaN();
    expect(evennessOfLife(floorsOf(line(13)))).not.toBeNaN();
  });
});

describe('the evenness of a rise', () => {
  const evenness = (values: readonly number[]) => evennessOf(ascent(values));

  test('is the share of an even quarter that the least quarter brings', () => {
    expect(evenness(line(17))).toBe(1);
    // A line is even where its quarters end between two blocks, too.
    for (let blocks = 8; blocks < 32; blocks++) expect(evenness(line(blocks))).toBeCloseTo(1, 9);
    // Half of the third quarter is flat.
    expect(evenness(rising([...Array(8).fill(1), 0, 0, ...Array(6).fill(1)]))).toBeCloseTo((4 * 2) / 14, 6);
    expect(evenness([...Array(8).fill(0), ...Array(9).fill(1)])).toBe(0);
  });

  test('of things that are counted may be half of one more in each quarter', () => {
    // Quarters of 1, 2, 2 and 2: the least is 1, and may be 1.5.
    const counts = [0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 5, 6, 7];
    expect(evennessOf(ascent(counts))).toBeCloseTo(4 / 7, 9);
    expect(evennessOf(ascent(counts), 1)).toBeCloseTo((4 * 1.5) / 7, 9);
  });

  test('is 0 where nothing rises, below that where a quarter falls, and unknown where an end is', () => {
    expect(evenness(Array(17).fill(7))).toBe(0);
    expect(evenness(line(17, (at) => -at))).toBeLessThanOrEqual(0);
    expect(evenness(line(17, (at) => (at > 8 && at < 13 ? 16 - at : at)))).toBeLessThanOrEqual(0);
    for (const end of [0, 4, 8, 12, 16]) {
      const values = line(17, (at) => (at === end ? Number.NaN : at));
      expect(evennessOf({ blocks: floorsOf(values).floors, level: 0, span: 16, smooth: 1 })).toBeNaN();
    }
  });
});
