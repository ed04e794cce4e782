import { describe, expect, test } from 'vitest';
import {
  isBelowFormerPeak,
  isBriefRamp,
  isConcaveInLife,
  isHardlyAbovePeak,
  isLearning,
  isStep,
  isTooSmall,
  isWeak,
  isWithinFormerFalls,
  isWithinFormerMoves,
  isYoungWithinFalls,
  RANK_TRACK,
  SIGN_TRACK,
  stageOf,
} from '../../src/trend/guards.ts';
import { riseOf } from '../../src/trend/rise.ts';
import { DAY, HOUR, MIB } from '../support/synthetic.ts';
import { floorsOf, line } from './floors-of.ts';
import { type Draft, FIRST_LIFE, patience, riseWith, watchedFor } from './rise-with.ts';

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

  describe('if it is brief', () => {
    /** The first three of eleven increments bring this share of an even one, the last three that of an even part. */
    const ramp = (early: number, late: number, slots = 64) => {
      const even = 100 / 11;
      const rest = (100 - early * even - 3 * late * even) / 5;
      const parts = [early * even, 0, 0, ...Array<number>(5).fill(rest), ...Array<number>(3).fill(late * even)];
      const values = [0];
      for (const part of parts) values.push(values.at(-1)! + part);
      const floors = Object.assign(floorsOf(values), { size: () => slots });
      return riseWith({ floors, blocks: floors.floors, span: 11, base: 0, now: 100, rise: 100 });
    };

    test('and has not begun in its first third: half of an even increment', () => {
      expect(isBriefRamp(ramp(0.51, 1))).toBe(false);
      expect(isBriefRamp(ramp(0.49, 1))).toBe(true);
    });

    test('or has brought less than 80 % of an even part in its last third', () => {
      expect(isBriefRamp(ramp(1, 0.81))).toBe(false);
      expect(isBriefRamp(ramp(1, 0.79))).toBe(true);
    });

    test('in a window of less than six hours', () => {
      // Eleven blocks of 98 slots.
      expect(isBriefRamp(ramp(0.49, 1, 98))).toBe(true);
      expect(isBriefRamp(ramp(0.49, 1, 99))).toBe(false);
    });
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
    const risen: Draft = { drawdown: 0, values: [...Array(10).fill(0), ...Array(22).fill(400)] };
    expect(factorOf({ ...risen, served: 4 * DAY })).toBeCloseTo(0.5, 3);
    expect(factorOf({ ...risen, ...FIRST_LIFE, name: 'threads', bar: Math.exp(17) })).toBeCloseTo(0, 3);
    expect(factorOf({ ...risen, ...FIRST_LIFE, name: 'rss', bar: Math.exp(17) })).toBeGreaterThan(1);
  });

  test('but a life that has risen evenly is not held against its own rises', () => {
    const even = line(28, (at) => 20 * at);
    expect(factorOf({ drawdown: 0, values: even, name: 'rss' })).toBeCloseTo(0, 3);
    expect(factorOf({ drawdown: 0, values: [...even, 300], name: 'rss' })).toBeGreaterThan(0.3);
  });

  test('on the sign track only while the life is young', () => {
    const track = SIGN_TRACK;
    const within = (draft: Draft) => isYoungWithinFalls(riseWith({ track, drawdown: 100, ...draft }));
    expect(within({ rise: 126 })).toBe(false);
    expect(within({ rise: 124 })).toBe(true);
    expect(within({ rise: 124, floors: watchedFor(30 * HOUR) })).toBe(false);
    expect(within({ rise: 124, floors: watchedFor(30 * HOUR - 1) })).toBe(true);
    // What has teeth, until a weekend was seen; the factor is larger until then.
    const saw = { name: 'fds', rise: 162, floors: watchedFor(30 * HOUR), served: 0 } as const;
    expect(within(saw)).toBe(true);
    expect(within({ ...saw, rise: 400 })).toBe(false);
    expect(within({ ...saw, name: 'threads' })).toBe(false);
    expect(within({ ...saw, served: 3 * DAY })).toBe(false);
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
    const quiet = [
      ...['isTooSmall', 'isStep', 'isSlowing', 'isBelowFormerPeak', 'isWithinFormerFalls'],
      ...['isUsualForItsAge', 'isUnevenLife', 'isUnevenFirstLife'],
    ];
    expect(names(RANK_TRACK.quietIf)).toEqual(quiet);
    expect(names(SIGN_TRACK.quietIf)).toEqual(quiet);
    const early = ['isWeak', 'isLearning', 'isInShortWindow'];
    const life = ['isConcaveInLife', 'isFirstMorning', 'isShortFirstLife', 'isOnLargeTooth'];
    expect(names(RANK_TRACK.suspectIf)).toEqual([...early, 'isBriefRamp', 'isWithinFormerMoves', ...life]);
    const peaks = ['isHardlyAbovePeak', 'isYoungWithinFalls'];
    expect(names(SIGN_TRACK.suspectIf)).toEqual([...early, ...peaks, ...life]);
  });

  test('need one guard to be quiet, and one to suspect only', () => {
    for (const track of [RANK_TRACK, SIGN_TRACK]) {
      const { span } = track;
      const values = line(32, (at) => 10 * Math.max(0, at - (31 - span)));
      const { leakLevel: level } = patience;
      const floors = floorsOf(values, level);
      const window = { track, floors, blocks: floors.floors, level };
      const leak = riseWith({ ...window, base: 0, now: 10 * span, rise: 10 * span });
      expect(stageOf(leak)).toBe('leak');
      expect(stageOf({ ...leak, isStrong: false })).toBe('suspect');
      expect(stageOf({ ...leak, rise: 0 })).toBe('quiet');
      expect(stageOf({ ...leak, now: -1 })).toBe('quiet');
    }
  });
});
