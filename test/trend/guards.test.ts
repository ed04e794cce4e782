import { describe, expect, test } from 'vitest';
import { METRIC_ROWS, type Metric } from '../../src/model/metrics.ts';
import { scaleOf } from '../../src/series/scale.ts';
import {
  isBelowFormerPeak,
  isConcaveInLife,
  isHardlyAbovePeak,
  isJobOfHeap,
  isLearning,
  isLessThanItsHeight,
  isShortForHeap,
  isStep,
  isStillSettling,
  isTooSmall,
  isWeak,
  isWithinFormerFalls,
  isWithinFormerLives,
  isWithinFormerMoves,
  isYoungWithinFalls,
  RANK_TRACK,
  type Rise,
  riseOf,
  SIGN_TRACK,
  stageOf,
} from '../../src/trend/guards.ts';
import { patienceOf } from '../../src/trend/patience.ts';
import { DAY, HOUR, INTERVAL_SECONDS, MIB } from '../support/synthetic.ts';
import { floorsOf, line } from './floors-of.ts';

const patience = patienceOf(scaleOf(INTERVAL_SECONDS));
/** A bar that asks for no more than the least factor. */
const LOW_BAR = 20;

interface Draft extends Partial<Rise> {
  readonly name?: Metric;
  /** Floors of this level, oldest first. */
  readonly values?: readonly number[];
}

/** A rise by 100 of a metric that is well known, with what a test says of it. */
function riseWith({ name = 'threads', values = line(32), level = 0, ...rest }: Draft): Rise {
  const floors = floorsOf(values, level);
  const track = rest.track ?? RANK_TRACK;
  const { span, smooth } = track;
  return {
    track,
    span,
    smooth,
    level,
    floors,
    blocks: floors.floors,
    metric: METRIC_ROWS.get(name)!,
    patience,
    isStrong: true,
    base: 100,
    now: 200,
    rise: 100,
    drawdown: 0,
    served: 30 * DAY,
    settledAt: Number.NaN,
    bar: LOW_BAR,
    ...rest,
  };
}

/** Floors that have been watched for so long, whatever they are. */
const watchedFor = (slots: number, values: readonly number[] = line(32)) =>
  Object.defineProperty(floorsOf(values), 'slots', { value: slots });

describe('a rise is quiet', () => {
  test('if it is of no practical size', () => {
    expect(isTooSmall(riseWith({ rise: 3 }))).toBe(false);
    expect(isTooSmall(riseWith({ rise: 2.9 }))).toBe(true);
    expect(isTooSmall(riseWith({ name: 'rss', base: 100 * MIB, rise: 4 * MIB }))).toBe(false);
    expect(isTooSmall(riseWith({ name: 'rss', base: 100 * MIB, rise: 3.9 * MIB }))).toBe(true);
    expect(isTooSmall(riseWith({ name: 'rss', base: 1000 * MIB, rise: 10 * MIB }))).toBe(false);
    expect(isTooSmall(riseWith({ name: 'rss', base: 1000 * MIB, rise: 9.9 * MIB }))).toBe(true);
    expect(isTooSmall(riseWith({ rise: -5 }))).toBe(true);
    expect(isTooSmall(riseWith({ rise: Number.NaN }))).toBe(true);
  });

  test('if memory in its first life has added less than a quarter in its second half', () => {
    const lateBy = (rise: number): Draft => ({
      name: 'rss',
      served: 0,
      values: [...Array(17).fill(100), ...Array(15).fill(100 + rise)],
    });
    expect(isStillSettling(riseWith(lateBy(26)))).toBe(false);
    expect(isStillSettling(riseWith(lateBy(24)))).toBe(true);
    expect(isStillSettling(riseWith({ ...lateBy(24), name: 'threads' }))).toBe(false);
    expect(isStillSettling(riseWith({ ...lateBy(24), served: 3 * DAY }))).toBe(false);
    expect(isStillSettling(riseWith({ ...lateBy(24), served: 3 * DAY - 1 }))).toBe(true);
  });

  test('if it is the work of a few blocks: of fewer than half, or than two thirds on blocks of hours', () => {
    // Six of eleven increments rise.
    const six = line(32, (at) => 10 * Math.max(0, at - 25));
    const rise = 60;
    expect(isStep(riseWith({ values: six, rise }))).toBe(false);
    const onBlocksOf = (slots: number) => {
      const floors = Object.assign(floorsOf(six), { size: () => slots });
      return isStep(riseWith({ floors, blocks: floors.floors, rise }));
    };
    expect(onBlocksOf(patience.stairs - 1)).toBe(false);
    expect(onBlocksOf(patience.stairs)).toBe(true);
  });

  test('if the series was higher before', () => {
    const peak = (height: number) => [...Array(10).fill(0), height, ...line(12)];
    expect(isBelowFormerPeak(riseWith({ values: peak(40), now: 40 }))).toBe(false);
    expect(isBelowFormerPeak(riseWith({ values: peak(40), now: 39 }))).toBe(true);
    // What is higher within the window is part of the rise.
    expect(isBelowFormerPeak(riseWith({ values: [...line(20), 90, ...line(10)], now: 39 }))).toBe(false);
  });

  test('if it does not exceed the deepest fall by half, or at all where the evidence of the sign track is enough', () => {
    const within = (draft: Draft) => isWithinFormerFalls(riseWith({ drawdown: 100, ...draft }));
    for (const draft of [{ isStrong: false }, { track: SIGN_TRACK, isStrong: false }, { isStrong: true }]) {
      expect(within({ ...draft, rise: 151 })).toBe(false);
      expect(within({ ...draft, rise: 149 })).toBe(true);
    }
    expect(within({ track: SIGN_TRACK, isStrong: true, rise: 101 })).toBe(false);
    expect(within({ track: SIGN_TRACK, isStrong: true, rise: 99 })).toBe(true);
  });
});

describe('a rise is only suspected', () => {
  test('if the evidence is not enough, and in the first hour', () => {
    expect(isWeak(riseWith({ isStrong: false }))).toBe(true);
    expect(isWeak(riseWith({ isStrong: true }))).toBe(false);
    expect(isLearning(riseWith({ floors: watchedFor(HOUR - 1) }))).toBe(true);
    expect(isLearning(riseWith({ floors: watchedFor(HOUR) }))).toBe(false);
  });

  test('on the sign track, if it exceeds a former peak by less than half of the deepest fall', () => {
    const values = [50, ...line(21)];
    const above = (now: number) => isHardlyAbovePeak(riseWith({ track: SIGN_TRACK, values, drawdown: 20, now }));
    expect(above(60)).toBe(false);
    expect(above(59)).toBe(true);
  });

  test('if its life is concave', () => {
    expect(isConcaveInLife(riseWith({ values: line(32), now: 31 }))).toBe(false);
    expect(isConcaveInLife(riseWith({ values: line(32, (at) => Math.min(at, 24)), now: 24 }))).toBe(true);
  });

  test('if it is no higher than earlier lives have settled, half of the deepest fall included', () => {
    const known = { served: 3 * DAY, settledAt: 300, drawdown: 20, floors: watchedFor(HOUR) };
    expect(isWithinFormerLives(riseWith({ ...known, now: 311 }))).toBe(false);
    expect(isWithinFormerLives(riseWith({ ...known, now: 310 }))).toBe(true);
    expect(isWithinFormerLives(riseWith({ ...known, now: 310, settledAt: Number.NaN }))).toBe(false);
    expect(isWithinFormerLives(riseWith({ ...known, now: 310, served: 3 * DAY - 1 }))).toBe(false);
    expect(isWithinFormerLives(riseWith({ ...known, now: 310, floors: watchedFor(30 * HOUR) }))).toBe(false);
  });

  test('if a first life has not risen by its own height in its first thirty hours', () => {
    const first = { served: 0, base: 100, floors: watchedFor(30 * HOUR - 1) };
    expect(isLessThanItsHeight(riseWith({ ...first, rise: 100 }))).toBe(false);
    expect(isLessThanItsHeight(riseWith({ ...first, rise: 99 }))).toBe(true);
    expect(isLessThanItsHeight(riseWith({ ...first, rise: 99, floors: watchedFor(30 * HOUR) }))).toBe(false);
    expect(isLessThanItsHeight(riseWith({ ...first, rise: 99, served: 3 * DAY }))).toBe(false);
  });

  test('if memory in its first life rose for less than two hours, or in a part of the blocks only', () => {
    const first: Draft = { name: 'rss', served: 0 };
    const onLevel = (level: number) => riseWith({ ...first, level });
    expect(isShortForHeap(onLevel(patience.heapLevel))).toBe(false);
    expect(isShortForHeap(onLevel(patience.heapLevel - 1))).toBe(true);
    expect(isShortForHeap(riseWith({ ...first, name: 'fds' }))).toBe(false);
    const rising = (blocks: number): Draft => ({
      ...first,
      rise: 10 * blocks,
      values: line(32, (at) => 10 * Math.max(0, at - (31 - blocks))),
    });
    expect(isJobOfHeap(riseWith(rising(8)))).toBe(false);
    expect(isJobOfHeap(riseWith(rising(7)))).toBe(true);
    expect(isJobOfHeap(riseWith({ ...rising(7), name: 'fds' }))).toBe(false);
  });
});

describe('a leak must exceed what was seen before by a factor', () => {
  /** The least rise over a fall of 1,000 that the rank track lets pass. */
  function factorOf(draft: Draft): number {
    const exceeds = (rise: number) =>
      !isWithinFormerMoves(riseWith({ values: Array(32).fill(0), drawdown: 1000, ...draft, rise }));
    let [low, high] = [0, 1e6];
    while (high - low > 0.01) {
      const middle = (low + high) / 2;
      if (exceeds(middle)) high = middle;
      else low = middle;
    }
    return high / 1000;
  }

  test('of 1.25 at the least', () => {
    expect(factorOf({})).toBeCloseTo(1.25, 3);
  });

  test('of the logarithm of the bar over 8.5', () => {
    expect(factorOf({ bar: Math.exp(17) })).toBeCloseTo(2, 3);
  });

  test('of 16 over the root of the number of blocks before the window', () => {
    // Of 256 slots each: in all, more than the four days that a weekend takes.
    const seen = (blocks: number) => ({ level: 8, values: Array(12).fill(0), served: 256 * blocks });
    expect(factorOf(seen(64))).toBeCloseTo(2, 3);
    expect(factorOf(seen(100))).toBeCloseTo(1.6, 3);
  });

  test('that is 1.3 times as large until a weekend can have been seen', () => {
    expect(factorOf({ served: 4 * DAY - 32 })).toBeCloseTo(1.25, 3);
    expect(factorOf({ served: 4 * DAY - 33 })).toBeCloseTo(1.3 * 1.25, 3);
  });

  test('and rises count as falls do, but those of a first life that does not warm up', () => {
    const risen = { drawdown: 0, values: [...Array(10).fill(0), ...Array(22).fill(400)] };
    expect(factorOf({ ...risen, served: 4 * DAY })).toBeCloseTo(0.5, 3);
    expect(factorOf({ ...risen, served: 0, name: 'threads', bar: Math.exp(17) })).toBeCloseTo(0, 3);
    expect(factorOf({ ...risen, served: 0, name: 'rss', bar: Math.exp(17) })).toBeGreaterThan(1);
  });

  test('on the sign track only while the life is young', () => {
    const track = SIGN_TRACK;
    const within = (draft: Draft) => isYoungWithinFalls(riseWith({ track, drawdown: 100, ...draft }));
    expect(within({ rise: 126 })).toBe(false);
    expect(within({ rise: 124 })).toBe(true);
    expect(within({ rise: 124, floors: watchedFor(30 * HOUR) })).toBe(false);
    expect(within({ rise: 124, floors: watchedFor(30 * HOUR - 1) })).toBe(true);
  });
});

describe('the tracks', () => {
  test('measure a rise between the means of two blocks, or of four, and take the lower of the newest and its mean', () => {
    const values = line(32, (at) => at * at);
    const floors = floorsOf(values);
    const known = riseWith({ floors });
    const square = (back: number) => (31 - back) ** 2;
    const rank = riseOf(RANK_TRACK, floors.floors, 0, known);
    expect(rank.base).toBe((square(11) + square(12)) / 2);
    expect(rank.now).toBe((square(0) + square(1)) / 2);
    expect(rank.rise).toBe(rank.now - rank.base);
    const sign = riseOf(SIGN_TRACK, floors.floors, 0, known);
    expect(sign.base).toBe((square(20) + square(21) + square(22) + square(23)) / 4);
    expect(sign.now).toBe((square(0) + square(1) + square(2) + square(3)) / 4);
    expect(riseOf(RANK_TRACK, floorsOf([...values, 500]).floors, 0, known).now).toBe(500);
  });

  test('look for steps and warm-ups first, then at what was seen before', () => {
    const names = (guards: readonly { name: string }[]) => guards.map(({ name }) => name);
    const quiet = ['isTooSmall', 'isStillSettling', 'isStep', 'isSlowing', 'isBelowFormerPeak', 'isWithinFormerFalls'];
    expect(names(RANK_TRACK.quietIf)).toEqual(quiet);
    expect(names(SIGN_TRACK.quietIf)).toEqual(quiet);
    const young = ['isWithinFormerLives', 'isLessThanItsHeight', 'isShortForHeap', 'isJobOfHeap'];
    expect(names(RANK_TRACK.suspectIf)).toEqual([
      'isWeak',
      'isLearning',
      'isWithinFormerMoves',
      'isConcaveInLife',
      ...young,
    ]);
    expect(names(SIGN_TRACK.suspectIf)).toEqual([
      'isWeak',
      'isLearning',
      'isHardlyAbovePeak',
      'isYoungWithinFalls',
      'isConcaveInLife',
      ...young,
    ]);
  });

  test('need one guard to be quiet, and one to suspect only', () => {
    for (const track of [RANK_TRACK, SIGN_TRACK]) {
      const { span } = track;
      const values = line(32, (at) => 10 * Math.max(0, at - (31 - span)));
      const floors = watchedFor(31 * HOUR, values);
      const leak = riseWith({ track, floors, blocks: floors.floors, base: 0, now: 10 * span, rise: 10 * span });
      expect(stageOf(leak)).toBe('leak');
      expect(stageOf({ ...leak, isStrong: false })).toBe('suspect');
      expect(stageOf({ ...leak, rise: 0 })).toBe('quiet');
      expect(stageOf({ ...leak, now: -1 })).toBe('quiet');
    }
  });
});
