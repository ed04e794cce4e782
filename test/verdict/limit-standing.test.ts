import { describe, expect, test } from 'vitest';
import type { Resource } from '../../src/model/metrics.ts';
import type { Bound } from '../../src/model/reading.ts';
import { isReached, LimitStanding, turnOfLimit } from '../../src/verdict/limit-standing.ts';

const end = (seconds: number) => ({ seconds, low: seconds, high: seconds, slope: 1 });
const usedShare = (share: number) => ({ used: 1000 * share, limit: 1000 });

/** Takes a sample each 20 seconds; W20 looks an hour ahead alone. */
function watched(resource: Resource, aheadSeconds = 3600) {
  const standing = new LimitStanding(resource);
  let t = 0;
  return (bound: Bound | undefined, seconds?: number, extra = false) => {
    t += extra ? 1 : 20;
    const forecast = seconds === undefined ? undefined : end(seconds);
    return standing.next({ t, bound, end: forecast, aheadSeconds, start: '1', extra });
  };
}

test('near within the hour, and far again beyond two', () => {
  const next = watched('threads');
  const half = usedShare(0.5);
  expect([next(half, 3601), next(half, 3600), next(half, 7200)]).toEqual(['far', 'near', 'near']);
  const later = Array.from({ length: 15 }, () => next(half, 7201));
  expect([later.at(-2), later.at(-1)]).toEqual(['near', 'far']);
});

test('reached at the limit, and over after five samples below a twentieth of it', () => {
  const next = watched('fds');
  const states = [0.999, 1, 0.95, 0.949, 0.949, 0.949, 0.949, 0.949].map((share) => next(usedShare(share)));
  expect(states).toEqual(['far', ...Array(6).fill('reached'), 'far']);
});

test('memory is full a little earlier', () => {
  expect(isReached('memory', usedShare(0.98))).toBe(true);
  expect(isReached('memory', usedShare(0.979))).toBe(false);
  expect(isReached('threads', usedShare(0.98))).toBe(false);
});

test('reached while it is enforced, whatever is used of it, and for five samples after', () => {
  const next = watched('threads');
  const used = (refused: number) => next({ used: 40, limit: 60, ...(refused && { refused }) });
  expect([used(0), used(3), ...Array.from({ length: 4 }, () => used(0))]).toEqual(['far', ...Array(5).fill('reached')]);
  expect(used(0)).toBe('far');
});

test('reached with a few tasks left where the limit counts tasks that cannot be seen', () => {
  const at = (used: number, of: string) => isReached('threads', { used, limit: 60, of });
  expect([at(55, 'uid:0@namespace'), at(56, 'uid:0@namespace'), at(59, 'uid:0')]).toEqual([false, true, false]);
});

test('below the limit it may still be near', () => {
  const next = watched('threads');
  next(usedShare(1));
  const states = Array.from({ length: 5 }, () => next(usedShare(0.9), 60));
  expect([states.at(-2), states.at(-1)]).toEqual(['reached', 'near']);
});

test('without a limit nothing is near', () => {
  const next = watched('threads');
  expect([next(usedShare(0.5), 60), next(undefined, 1), next({ used: 1, limit: 0 })]).toEqual(['near', 'far', 'far']);
  // It may be unknown for a moment.
  const states = Array.from({ length: 5 }, (_, at) => (at === 0 && next(usedShare(1))) || next(undefined));
  expect(states).toEqual(Array(5).fill('reached'));
  expect(next(undefined)).toBe('far');
});

test('each state is told when it comes and taken back when it goes', () => {
  const states = ['far', 'ahead', 'near', 'reached'] as const;
  const told = Object.fromEntries(
    states.flatMap((before) =>
      states.map((now) => [`${before} ${now}`, turnOfLimit(before, now).map(({ at, code }) => `${at} ${code}`)]),
    ),
  );
  expect(told).toEqual({
    'far far': [],
    'far ahead': ['warn W20'],
    'far near': ['warn W20'],
    'far reached': ['alert W21'],
    'ahead far': ['resolved W20'],
    'ahead ahead': [],
    // It is the same warning, with little time left.
    'ahead near': ['warn W20'],
    'ahead reached': ['resolved W20', 'alert W21'],
    'near far': ['resolved W20'],
    'near ahead': ['resolved W20', 'warn W20'],
    'near near': [],
    'near reached': ['resolved W20', 'alert W21'],
    'reached far': ['resolved W21'],
    'reached ahead': ['resolved W21', 'warn W20'],
    'reached near': ['resolved W21', 'warn W20'],
    'reached reached': [],
  });
});

describe('hours ahead', () => {
  const SIX_HOURS = 6 * 3600;
  /** Samples in which forecasts agree before they are believed: an hour and a half. */
  const STEADY = 270;

  /** States of a limit that comes nearer, from so many seconds on. */
  const approached = (from: number, many: number) => {
    const next = watched('memory', SIX_HOURS);
    return Array.from({ length: many }, (_, sample) => next(usedShare(0.5), from - 20 * sample));
  };

  test('it is told when the forecasts have agreed for an hour and a half, and again in the last hour', () => {
    const states = approached(SIX_HOURS, 1000);
    expect(states.indexOf('ahead')).toBe(STEADY);
    expect(states.indexOf('near')).toBe((SIX_HOURS - 3600) / 20);
    expect(states.lastIndexOf('ahead')).toBe(states.indexOf('near') - 1);
    expect(states.at(-1)).toBe('near');
  });

  test('it is told when the whole range is within the time', () => {
    const next = (high: number) => {
      const standing = new LimitStanding('memory');
      let state = 'far';
      for (let t = 0; t <= 5400; t += 20) {
        const seconds = 4 * 3600 - t;
        const forecast = { seconds, low: seconds / 2, high: high - t, slope: 1 };
        const sample = { bound: usedShare(0.5), end: forecast, aheadSeconds: SIX_HOURS, start: '1' };
        state = standing.next({ t, ...sample });
      }
      return state;
    };
    expect([next(SIX_HOURS + 5400), next(SIX_HOURS + 5401)]).toEqual(['ahead', 'far']);
  });

  test('extra samples make nothing steady', () => {
    const next = watched('memory', SIX_HOURS);
    expect(Array.from({ length: 6000 }, () => next(usedShare(0.5), 2 * 3600, true)).at(-1)).toBe('far');
  });

  test('it is withdrawn when the limit is twice as far, or out of sight, for fifteen samples', () => {
    for (const seconds of [2 * SIX_HOURS + 1, undefined]) {
      const next = watched('memory', SIX_HOURS);
      for (let sample = 0; sample <= STEADY; sample++) next(usedShare(0.5), 3 * 3600 - 20 * sample);
      expect(next(usedShare(0.5), 2 * SIX_HOURS)).toBe('ahead');
      const states = Array.from({ length: 15 }, () => next(usedShare(0.5), seconds));
      expect([states.at(-2), states.at(-1)]).toEqual(['ahead', 'far']);
    }
  });

  test('what was told to be near is not told as further away', () => {
    const next = watched('memory', SIX_HOURS);
    for (let sample = 0; sample <= STEADY; sample++) next(usedShare(0.5), SIX_HOURS - 20 * sample);
    expect([next(usedShare(0.5), 3000), next(usedShare(0.5), 3 * 3600)]).toEqual(['near', 'near']);
  });
});

test('a forecast that is lost is withdrawn after fifteen samples in a row without it, extra ones aside', () => {
  const next = watched('threads');
  const see = (seconds?: number, extra = false) => next(usedShare(0.5), seconds, extra);
  expect(see(60)).toBe('near');
  for (let sample = 0; sample < 14; sample++) expect(see()).toBe('near');
  expect(see(undefined, true)).toBe('near');
  expect(see(60)).toBe('near');
  for (let sample = 0; sample < 14; sample++) expect(see()).toBe('near');
  expect(see()).toBe('far');
});
