import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from '../../src/formats/state.ts';
import type { LearnedLives } from '../../src/model/learned.ts';
import { FloatArena } from '../../src/series/float-arena.ts';
import { Floors } from '../../src/series/floors.ts';
import { scaleOf } from '../../src/series/scale.ts';
import { Lives } from '../../src/trend/lives.ts';
import { INTERVAL_SECONDS } from '../support/synthetic.ts';
import { line } from './floors-of.ts';
import { lifeWith } from './rise-with.ts';

/** Lives of one program, one after the other. */
class Program {
  readonly floors: Floors;
  readonly lives: Lives;
  /** Whoever comes next in the arena. */
  readonly #neighbour: Float32Array;

  constructor() {
    const scale = scaleOf(INTERVAL_SECONDS);
    const arena = new FloatArena(Floors.sizeOf(scale) + Lives.sizeOf() + 100);
    this.floors = new Floors(INTERVAL_SECONDS, arena);
    this.lives = new Lives(this.floors, arena);
    const from = arena.take(100);
    this.#neighbour = arena.all.subarray(from, from + 100);
    this.#neighbour.fill(7);
  }

  live(values: readonly number[]): this {
    for (const value of values) {
      this.floors.push(value, { blockClosed: () => undefined });
      this.lives.slotClosed();
    }
    expect(new Set(this.#neighbour)).toEqual(new Set([7]));
    return this;
  }

  /** @param least slots of a life that says something */
  restart(least = 1): this {
    this.lives.restart(least);
    this.floors.clear();
    return this;
  }

  learned(): LearnedLives {
    return this.lives.learned(1);
  }
}

const flat = (height: number, slots: number) => Array<number>(slots).fill(height);
const NOTHING = { settled: 0, unsettledSlots: 0, thirdRise: 0, fourthRise: 0, highs: [], lows: [] };

describe('heights are kept', () => {
  test('at twenty ages: two minutes, half as much again each time, up to three days', () => {
    const program = new Program();
    const agesAt = [1, 5, 6, 8, 9, 13, 14, 20, 21, 13_301, 13_302, 20_000].map((slots) => {
      program.live(flat(40, slots - program.floors.slots));
      return [slots, program.learned().highs.length];
    });
    expect(Object.fromEntries(agesAt)).toEqual({
      1: 0,
      5: 0,
      6: 1,
      8: 1,
      9: 2,
      13: 2,
      14: 3,
      20: 3,
      21: 4,
      13301: 19,
      13302: 20,
      20000: 20,
    });
  });

  test('of the last block of at most an eighth of the age', () => {
    const highOf = (slots: number) =>
      new Program()
        .live(line(slots))
        .live(flat(0, slots))
        .learned()
        .highs.find((_, at) => Math.ceil(6 * 1.5 ** at) === slots);
    // 46 slots: blocks of four, the last of them begins with the value 40. 69: of eight. 6: of one.
    expect([highOf(46), highOf(69), highOf(6)]).toEqual([40, 56, 5]);
  });

  test('once one is known, if none is known at that age', () => {
    const program = new Program().live(flat(Number.NaN, 8));
    expect(program.learned().highs).toEqual([]);
    expect(program.live([50, 50, 50]).learned().highs).toEqual([50, 50]);
  });

  test('of the highest and the lowest life', () => {
    const program = new Program();
    for (const height of [50, 70, 40]) program.live(flat(height, 14)).restart();
    expect(program.live(flat(60, 25)).learned()).toEqual({
      ...NOTHING,
      settled: 4,
      highs: [70, 70, 70, 60],
      lows: [40, 40, 40, 60],
    });
  });

  test('of lives that say something', () => {
    const program = new Program().live(flat(50, 14));
    expect(program.lives.learned(15)).toEqual(NOTHING);
    expect(program.lives.learned(14)).toMatchObject({ settled: 1, highs: [50, 50, 50] });
    expect(program.restart(15).learned()).toEqual(NOTHING);
  });
});

describe('a life that rose evenly until it ended has not settled', () => {
  test('from half of the evenness of a line on', () => {
    expect(new Program().live(lifeWith(0.51)).learned()).toMatchObject({ settled: 0, unsettledSlots: 18, highs: [] });
    expect(new Program().live(lifeWith(0.49)).learned()).toMatchObject({ settled: 1, unsettledSlots: 0 });
  });

  test('such lives in a row are added up; one that settles ends the row', () => {
    const program = new Program();
    for (const _ of [1, 2]) program.live(line(30)).restart();
    expect(program.learned()).toEqual({ ...NOTHING, unsettledSlots: 60, thirdRise: 14, fourthRise: 14 });
    program.live(flat(40, 30));
    expect(program.learned()).toMatchObject({ settled: 1, unsettledSlots: 0, thirdRise: 0, fourthRise: 0 });
  });

  test('unless its last quarters are unknown', () => {
    const gap = line(30, (at) => (at === 14 || at === 15 ? Number.NaN : at));
    expect(new Program().live(gap).learned()).toMatchObject({ settled: 1, unsettledSlots: 0, thirdRise: 0 });
  });

  test('it never does if there were enough slots, and the last quarters rose by nine tenths of those before', () => {
    const never = (known: Partial<LearnedLives>, least: number) => {
      const { lives } = new Program();
      lives.learn({ ...NOTHING, unsettledSlots: 100, thirdRise: 10, fourthRise: 9.01, ...known });
      return lives.neverSettle(least);
    };
    expect([never({}, 100), never({}, 101)]).toEqual([true, false]);
    expect(never({ fourthRise: 8.99 }, 100)).toBe(false);
  });
});

describe('what is usual', () => {
  function known(): Program {
    const program = new Program();
    program.lives.learn({ ...NOTHING, settled: 2, highs: [90, 80, 95], lows: [50, 60, 70] });
    return program;
  }

  test('is unknown of a first life', () => {
    const { lives } = new Program().live(flat(40, 9));
    expect([lives.settledLives, lives.usualHigh, lives.usualSpread]).toEqual([0, Number.NaN, Number.NaN]);
  });

  test('is the highest up to the next age, and how far lives were apart then', () => {
    const program = known();
    const usualAt = [5, 6, 9, 14, 20, 21].map((slots) => {
      program.live(flat(40, slots - program.floors.slots));
      const { usualHigh, usualSpread, isAgeKnown } = program.lives;
      return [slots, usualHigh, usualSpread, isAgeKnown];
    });
    expect(usualAt).toEqual([
      [5, 90, 40, true],
      [6, 90, 20, true],
      [9, 95, 25, true],
      // No life was older: the last age stands for the next one, and no longer.
      [14, 95, 25, false],
      [20, 95, 25, false],
      [21, Number.NaN, Number.NaN, false],
    ]);
  });

  test('is known again after a restart', () => {
    const program = known().live(flat(40, 21));
    expect(program.restart().lives.usualHigh).toBe(90);
    expect(program.lives.settledLives).toBe(3);
  });

  test('of more ages than there are is that of as many as there are', () => {
    const { lives } = new Program();
    lives.learn({ ...NOTHING, settled: 1, highs: flat(9, 30), lows: flat(5, 30) });
    expect(lives.learned(1).highs).toEqual(flat(9, 20));
  });
});

describe('whatever the lives were', () => {
  const value = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 1000 }) }, fc.constant(Number.NaN));
  /** A noisy rise of which a part is unknown. */
  const rise = fc
    .record({
      length: fc.integer({ min: 1, max: 90 }),
      slope: fc.integer({ min: 0, max: 9 }),
      noise: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 5, maxLength: 90 }),
      from: fc.integer({ min: 0, max: 80 }),
      gap: fc.integer({ min: 0, max: 5 }),
    })
    .map(({ length, slope, noise, from, gap }) =>
      line(length, (at) => (at >= from && at < from + gap ? Number.NaN : slope * at + (noise[at] ?? 0))),
    );
  const life = fc.oneof(fc.array(value, { maxLength: 60 }), rise);

  test('the highest are not below the lowest, no number is negative or unknown, and the state file keeps all', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 5 }), (lifetimes) => {
        const program = new Program();
        for (const values of lifetimes) program.live(values).restart();
        const lives = program.learned();
        const { highs, lows, ...numbers } = lives;
        expect(lows.length).toBe(highs.length);
        for (const [age, high] of highs.entries()) expect(high).toBeGreaterThanOrEqual(lows[age]!);
        for (const number of [...highs, ...lows, ...Object.values(numbers)]) expect(number).toBeGreaterThanOrEqual(0);

        const series = { slots: 9, lives, floorFalls: [], meanFalls: [], evidence: [] };
        const groups = [{ name: 'web', lastSeen: 1, series: { threads: series } }];
        const read = decodeState(encodeState({ intervalSeconds: 20, groups }, 1e6).text);
        const again = new Program();
        again.lives.learn(read.groups[0]!.series.threads!.lives!);
        expect(again.learned()).toEqual(lives);
        expect(again.lives.usualHigh).toEqual(program.lives.usualHigh);
        expect(again.lives.neverSettle(10)).toBe(program.lives.neverSettle(10));
      }),
    );
  });
});
