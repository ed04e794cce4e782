/** When samples are taken: every beat of the interval is taken, or counted as skipped. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Schedule } from '../../src/daemon/schedule.ts';

const INTERVAL = 1000;

/** Follows a schedule whose samples take so long each, and are wanted so far apart. */
function follow(samples: readonly { readonly takes: number; readonly pace?: number; readonly wakes?: number }[]) {
  const schedule = new Schedule(0, INTERVAL);
  const begun: { readonly at: number; readonly extra: boolean }[] = [];
  let now = 0;
  for (const { takes, pace = INTERVAL, wakes = 0 } of samples) {
    now = Math.max(now, schedule.next.at) + wakes;
    begun.push({ at: now, extra: schedule.next.extra });
    schedule.begin(now);
    now += takes;
    schedule.end(now, pace);
  }
  return { schedule, begun };
}

test('samples begin on the beats, however long each of them takes', () => {
  const { begun, schedule } = follow([{ takes: 10 }, { takes: 700 }, { takes: 999 }, { takes: 0 }]);
  expect(begun.map(({ at }) => at)).toEqual([0, 1000, 2000, 3000]);
  expect(schedule.late).toBe(0);
});

test('beats that are left out on purpose are counted, and told apart', () => {
  const { begun, schedule } = follow([
    { takes: 10, pace: 4 * INTERVAL },
    { takes: 10, pace: 4 * INTERVAL },
    { takes: 10 },
    { takes: 10 },
  ]);
  expect(begun.map(({ at }) => at)).toEqual([0, 4000, 8000, 9000]);
  expect(schedule.late).toBe(6);
  expect(schedule.leftOut).toBe(6);
});

describe('a sample that takes longer than the interval', () => {
  test('makes the beats that fell into it skipped, and each of them is counted', () => {
    const { begun, schedule } = follow([{ takes: 3400 }, { takes: 10 }, { takes: 10 }]);
    expect(begun.map(({ at }) => at)).toEqual([0, 4000, 5000]);
    expect(schedule.late).toBe(3);
  });

  test('makes the next beat skipped even if it is only a little longer', () => {
    const { begun, schedule } = follow([{ takes: 1001 }, { takes: 10 }]);
    expect(begun.map(({ at }) => at)).toEqual([0, 2000]);
    expect(schedule.late).toBe(1);
  });
});

test('a sample that begins more than half an interval late is counted, and the beats stay where they are', () => {
  const { begun, schedule } = follow([{ takes: 10 }, { takes: 10, wakes: 501 }, { takes: 10, wakes: 499 }]);
  expect(begun.map(({ at }) => at)).toEqual([0, 1501, 2499]);
  expect(schedule.late).toBe(1);
});

describe('near a limit', () => {
  test('samples come between the beats, and the beats are not moved', () => {
    const { begun, schedule } = follow(Array.from({ length: 8 }, () => ({ takes: 10, pace: 250 })));
    expect(begun).toEqual([
      { at: 0, extra: false },
      { at: 250, extra: true },
      { at: 500, extra: true },
      { at: 750, extra: true },
      { at: 1000, extra: false },
      { at: 1250, extra: true },
      { at: 1500, extra: true },
      { at: 1750, extra: true },
    ]);
    expect(schedule.late).toBe(0);
  });

  test('none comes so shortly before a beat that it would be in its way', () => {
    const { begun } = follow([
      { takes: 10, pace: 700 },
      { takes: 10, pace: 700 },
    ]);
    expect(begun.map(({ at }) => at)).toEqual([0, 1000]);
  });

  test('one that takes too long makes beats skipped as any other', () => {
    const { begun, schedule } = follow([{ takes: 10, pace: 300 }, { takes: 2200, pace: 1000 }, { takes: 10 }]);
    expect(begun).toEqual([
      { at: 0, extra: false },
      { at: 300, extra: true },
      { at: 3000, extra: false },
    ]);
    expect(schedule.late).toBe(2);
  });
});

test('whatever happens, every beat is taken or counted, and none twice', () => {
  const sample = fc.record({
    takes: fc.integer({ min: 0, max: 5000 }),
    pace: fc.integer({ min: 10, max: INTERVAL }),
    wakes: fc.integer({ min: 0, max: 499 }),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 50 }), (samples) => {
      const { schedule, begun } = follow(samples);
      const taken = begun.filter(({ extra }) => !extra).length;
      // Beats before the one that is next.
      const due = Math.ceil(schedule.next.at / INTERVAL);
      if (!schedule.next.extra) expect(taken + schedule.late).toBe(samples.length === 0 ? 0 : due);
      for (let at = 1; at < begun.length; at++) expect(begun[at]!.at).toBeGreaterThanOrEqual(begun[at - 1]!.at);
    }),
  );
});
