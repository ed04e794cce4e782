import { describe, expect, test } from 'vitest';
import {
  hasRisenEvenly,
  isFirstLife,
  isFirstMorning,
  isInShortWindow,
  isOnLargeTooth,
  isShortFirstLife,
  isUnevenFirstLife,
  isUnevenLife,
  isUsualForItsAge,
  isYoung,
} from '../../src/trend/life-guards.ts';
import { evennessOfLife } from '../../src/trend/rises.ts';
import { DAY, HOUR } from '../support/synthetic.ts';
import { floorsOf } from './floors-of.ts';
import { type Draft, FIRST_LIFE, lifeWith, livesWith, patience, riseWith, watchedFor } from './rise-with.ts';

/** A life of this age that has risen with this evenness. */
const lived = (hours: number, evenness = 1): Draft => ({ floors: watchedFor(hours * HOUR, lifeWith(evenness)) });

/** A first life that has fallen by so much at most. */
function firstLife(hours: number, { evenness = 1, fall = 0, ...rest }: Draft & { evenness?: number; fall?: number }) {
  const floors = watchedFor(hours * HOUR, lifeWith(evenness));
  floors.floors.learnDrawdown(0, fall);
  return riseWith({ ...FIRST_LIFE, floors, blocks: floors.floors, ...rest });
}

test('lives are made with the evenness that the tests speak of', () => {
  for (const evenness of [0.5, 0.75, 0.95, 1])
    expect(evennessOfLife(floorsOf(lifeWith(evenness)))).toBeCloseTo(evenness, 5);
});

describe('a life is', () => {
  test('young for 30 hours', () => {
    expect(isYoung(riseWith(lived(29.99)))).toBe(true);
    expect(isYoung(riseWith(lived(30)))).toBe(false);
  });

  test('the first while it is young and nothing is known of others', () => {
    expect(isFirstLife(riseWith({ ...FIRST_LIFE, ...lived(29) }))).toBe(true);
    expect(isFirstLife(riseWith({ ...FIRST_LIFE, ...lived(30) }))).toBe(false);
    expect(isFirstLife(riseWith(lived(29)))).toBe(false);
    // Lives that never settle say something too, if they lasted for 30 hours together.
    const unsettled = (hours: number) => ({
      lives: livesWith({ usualHigh: Number.NaN, neverSettle: (least) => least <= hours * HOUR }),
    });
    expect(isFirstLife(riseWith({ ...lived(29), ...unsettled(29) }))).toBe(true);
    expect(isFirstLife(riseWith({ ...lived(29), ...unsettled(30) }))).toBe(false);
  });

  test('even from three quarters of a line on', () => {
    expect(hasRisenEvenly(riseWith(lived(9, 0.76)))).toBe(true);
    expect(hasRisenEvenly(riseWith(lived(9, 0.74)))).toBe(false);
    // Too short to tell.
    expect(hasRisenEvenly(riseWith({ values: [1, 2, 3] }))).toBe(false);
  });
});

describe('on a known life it is usual to be', () => {
  const usual = (draft: Draft, known: Parameters<typeof livesWith>[0] = {}) =>
    isUsualForItsAge(riseWith({ ...lived(9), ...draft, lives: livesWith({ usualHigh: 100, ...known }) }));

  test('a tenth higher than the highest, once two lives and a weekend are known', () => {
    expect(usual({ now: 110 })).toBe(true);
    expect(usual({ now: 110.1 })).toBe(false);
  });

  test('half as high again until then', () => {
    for (const [draft, known] of [
      [{ served: 4 * DAY - 1 }, {}],
      [{}, { settledLives: 1 }],
    ] as const) {
      expect(usual({ now: 150, ...draft }, known)).toBe(true);
      expect(usual({ now: 150.1, ...draft }, known)).toBe(false);
    }
    expect(usual({ now: 150, served: 4 * DAY })).toBe(false);
  });

  test('as far above the highest as lives were apart, and half of the deepest fall', () => {
    expect(usual({ now: 130 }, { usualSpread: 30 })).toBe(true);
    expect(usual({ now: 130.1 }, { usualSpread: 30 })).toBe(false);
    expect(usual({ now: 120, drawdown: 20 })).toBe(true);
    expect(usual({ now: 120.1, drawdown: 20 })).toBe(false);
  });

  test('and nothing is usual of a first life, an old one, or one that never settles', () => {
    expect(usual({ now: 1 }, { usualHigh: Number.NaN })).toBe(false);
    expect(usual({ now: 1, ...lived(30) })).toBe(false);
    expect(usual({ now: 1 }, { neverSettle: () => true })).toBe(false);
  });

  test('on an old life too, if an earlier one was older still', () => {
    expect(usual({ now: 110, ...lived(50) }, { isAgeKnown: true })).toBe(true);
    expect(usual({ now: 110.1, ...lived(50) }, { isAgeKnown: true })).toBe(false);
    expect(usual({ now: 110, ...lived(50) }, { isAgeKnown: true, neverSettle: () => true })).toBe(false);
  });
});

test('a program that never settles is quiet unless this life rises evenly too', () => {
  const lives = livesWith({ neverSettle: () => true });
  expect(isUnevenLife(riseWith({ ...lived(9, 0.76), lives }))).toBe(false);
  expect(isUnevenLife(riseWith({ ...lived(9, 0.74), lives }))).toBe(true);
  expect(isUnevenLife(riseWith({ ...lived(30, 0.74), lives }))).toBe(false);
  expect(isUnevenLife(riseWith(lived(9, 0.74)))).toBe(false);
});

describe('a first life', () => {
  test('is not suspected in its first three hours', () => {
    expect(isUnevenFirstLife(firstLife(2.99, {}))).toBe(true);
    expect(isUnevenFirstLife(firstLife(3, {}))).toBe(false);
    expect(isUnevenFirstLife(riseWith(lived(2.99)))).toBe(false);
  });

  /** Half-way between a line and the steepest nine hours (of twelve), or fifteen, of a wave of one day. */
  test('must rise more evenly than a morning to be a leak, and by a twentieth less to be suspected', () => {
    expect(isFirstMorning(firstLife(12, { evenness: 0.901 }))).toBe(false);
    expect(isFirstMorning(firstLife(12, { evenness: 0.897 }))).toBe(true);
    expect(isUnevenFirstLife(firstLife(12, { evenness: 0.851 }))).toBe(false);
    expect(isUnevenFirstLife(firstLife(12, { evenness: 0.847 }))).toBe(true);
    expect(isFirstMorning(firstLife(29, { evenness: 0.613 }))).toBe(false);
    expect(isFirstMorning(firstLife(29, { evenness: 0.609 }))).toBe(true);
    expect(isFirstMorning(riseWith(lived(12, 0.5)))).toBe(false);
  });

  test('must be even to be suspected, however long the stretch of the wave', () => {
    expect(isUnevenFirstLife(firstLife(29, { evenness: 0.76 }))).toBe(false);
    expect(isUnevenFirstLife(firstLife(29, { evenness: 0.74 }))).toBe(true);
  });

  test('of threads that is no line is no leak for six hours, nor below ten times its deepest fall', () => {
    expect(isShortFirstLife(firstLife(5.99, { fall: 10 }))).toBe(true);
    expect(isShortFirstLife(firstLife(5.99, { evenness: 0.93 }))).toBe(true);
    expect(isShortFirstLife(firstLife(6, { fall: 10 }))).toBe(false);
    expect(isShortFirstLife(firstLife(6, { fall: 10.1 }))).toBe(true);
    expect(isShortFirstLife(firstLife(30, { fall: 10.1 }))).toBe(false);
    expect(isShortFirstLife(riseWith(lived(5)))).toBe(false);
  });

  test('of threads or descriptors that is a line is no leak for three and a half hours', () => {
    for (const name of ['threads', 'fds'] as const) {
      expect(isShortFirstLife(firstLife(3.49, { name, fall: 2 }))).toBe(true);
      expect(isShortFirstLife(firstLife(3.5, { name, fall: 2 }))).toBe(false);
      expect(isShortFirstLife(firstLife(3.5, { name, fall: 2.1 }))).toBe(true);
    }
  });

  test('of what has teeth must be a line without one, for thirty hours', () => {
    expect(isShortFirstLife(firstLife(5.99, { name: 'rss' }))).toBe(true);
    for (const name of ['fds', 'rss'] as const) {
      expect(isShortFirstLife(firstLife(6, { name, evenness: 0.96, fall: 2 }))).toBe(false);
      expect(isShortFirstLife(firstLife(6, { name, evenness: 0.94, fall: 2 }))).toBe(true);
      expect(isShortFirstLife(firstLife(6, { name, evenness: 0.96, fall: 2.1 }))).toBe(true);
      expect(isShortFirstLife(firstLife(30, { name, evenness: 0.5, fall: 9 }))).toBe(false);
    }
  });
});

test('memory may be on a tooth of days, until four days or other lives are known', () => {
  expect(isOnLargeTooth(firstLife(95.9, { name: 'rss', fall: 10.1 }))).toBe(true);
  expect(isOnLargeTooth(firstLife(95.9, { name: 'rss', fall: 10 }))).toBe(false);
  expect(isOnLargeTooth(firstLife(96, { name: 'rss', fall: 10.1 }))).toBe(false);
  expect(isOnLargeTooth(firstLife(95.9, { name: 'fds', fall: 10.1 }))).toBe(false);
  expect(isOnLargeTooth(firstLife(95.9, { name: 'rss', fall: 10.1, lives: livesWith({ isAgeKnown: true }) }))).toBe(
    false,
  );
  const lives = livesWith({ usualHigh: Number.NaN, neverSettle: (least) => least <= 30 * HOUR });
  expect(isOnLargeTooth(firstLife(95.9, { name: 'rss', fall: 10.1, lives }))).toBe(false);
});

describe('a window in which a ramp of two hours rises from end to end', () => {
  const { leakLevel } = patience;
  const short = (draft: Draft) => isInShortWindow(riseWith({ level: leakLevel - 1, ...draft }));
  const unsettled = livesWith({ neverSettle: () => true });

  test('is no leak, a longer one may be', () => {
    expect(short({})).toBe(true);
    expect(short({ level: leakLevel })).toBe(false);
  });

  test('may be a leak of a program that never settles', () => {
    expect(short({ ...lived(3), lives: unsettled })).toBe(false);
    expect(short({ ...lived(31), lives: unsettled })).toBe(true);
  });

  test('may be a leak in a first life that has been a line for three and a half hours, but for memory', () => {
    const first = (hours: number, rest: Parameters<typeof firstLife>[1]) =>
      isInShortWindow({ ...firstLife(hours, rest), level: leakLevel - 1 });
    expect(first(3.5, {})).toBe(false);
    expect(first(3.49, {})).toBe(true);
    expect(first(3.5, { evenness: 0.93 })).toBe(true);
    expect(first(3.5, { fall: 2.1 })).toBe(true);
    expect(first(9, { name: 'rss' })).toBe(true);
  });
});
