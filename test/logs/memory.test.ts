/** The rules about the memory of a dyno, each at its boundary: one step further and the conclusion is another. */
import { describe, expect, test } from 'vitest';
import { concludeDyno } from '../../src/logs/conclusion.ts';
import type { LifeReport } from '../../src/logs/life.ts';
import type { TrackReport } from '../../src/logs/track.ts';
import { conclusionOn, dynoOf, HOUR_SECONDS, lifeOf, MB, QUOTA, START, shapeOf, tallyOf, trackOf } from './states.ts';

const above = { peak: { t: START, value: QUOTA + 1 } };
const errorsOf = (code: string, count: number) => [{ code, ...tallyOf(count) }];

describe('memory that climbs past the quota', () => {
  const climb = (seconds: number): LifeReport => lifeOf([trackOf(seconds, { ...above, shape: shapeOf('climbing') })]);

  test('leaks if it does so for twenty minutes', () => {
    expect(conclusionOn(climb(1200))).toBe('leak likely');
    expect(conclusionOn(climb(1199))).toBe('nothing');
  });

  test('does not leak below the quota', () => {
    const below = trackOf(1200, { peak: { t: START, value: QUOTA }, shape: shapeOf('climbing') });
    expect(conclusionOn(lifeOf([below]))).toBe('nothing');
  });

  test('leaks for certain from the third life on', () => {
    expect(conclusionOn(climb(1200), climb(1200))).toBe('leak likely');
    expect(conclusionOn(climb(1200), climb(1200), climb(1200))).toBe('leak found');
  });
});

describe('a suspicion', () => {
  const suspect = (seconds: number, steady = true): TrackReport =>
    trackOf(seconds, { verdict: 'suspect', shape: shapeOf('climbing', { steady, spanSeconds: seconds }) });

  test('that is steady for three hours is a leak', () => {
    expect(conclusionOn(lifeOf([suspect(3 * HOUR_SECONDS)]))).toBe('leak likely');
    expect(conclusionOn(lifeOf([suspect(3 * HOUR_SECONDS - 1)]))).toBe('nothing');
    expect(conclusionOn(lifeOf([suspect(3 * HOUR_SECONDS, false)]))).toBe('nothing');
  });
});

describe('memory above the quota', () => {
  const level = (seconds: number, more: { over?: number; to?: number } = {}): LifeReport =>
    lifeOf([trackOf(seconds, { ...above, shape: shapeOf('flat', { to: more.to ?? QUOTA }) })], {
      overQuotaSeconds: more.over ?? seconds,
    });

  test('is a plateau if it is level for a quarter of an hour', () => {
    expect(conclusionOn(level(900))).toBe('plateau found');
    expect(conclusionOn(level(899))).toBe('over_quota likely');
  });

  test('is a plateau if its level, and not only its peaks, is near the quota', () => {
    expect(conclusionOn(level(900, { to: 0.95 * QUOTA + 1 }))).toBe('plateau found');
    expect(conclusionOn(level(900, { to: 0.95 * QUOTA }))).toBe('over_quota likely');
  });

  test('is a finding if it lasts for five minutes', () => {
    expect(conclusionOn(level(600, { over: 300 }))).toBe('over_quota likely');
    expect(conclusionOn(level(600, { over: 299 }))).toBe('nothing');
  });

  test('lasts twenty seconds for each complaint, where nothing is measured', () => {
    const complaints = (count: number): LifeReport => lifeOf([trackOf(600)], { errors: errorsOf('R14', count) });
    expect(conclusionOn(complaints(15))).toBe('over_quota likely');
    expect(conclusionOn(complaints(14))).toBe('nothing');
  });

  test('that kills the dyno is no plateau, however short the excess', () => {
    const killed = { ...level(900, { over: 20 }), errors: errorsOf('R15', 1) };
    expect(conclusionOn(killed)).toBe('over_quota likely');
  });
});

describe("a detector's leak", () => {
  const found = (seconds: number, shape: TrackReport['shape'], overQuotaSeconds = 0): LifeReport =>
    lifeOf([trackOf(seconds, { ...above, verdict: 'leak', ...(shape && { shape }) })], { overQuotaSeconds });

  test('is taken back if the second half of an hour and a half is level', () => {
    expect(conclusionOn(found(5400, shapeOf('flat')))).toBe('nothing');
    expect(conclusionOn(found(5399, shapeOf('flat')))).toBe('leak found');
    expect(conclusionOn(found(5400, shapeOf('flat'), 300))).toBe('plateau found');
  });

  test('is taken back if the second half is less than 0.45 as steep as the first', () => {
    expect(conclusionOn(found(5400, shapeOf('slowing', { lateShare: 0.449 })))).toBe('nothing');
    expect(conclusionOn(found(5400, shapeOf('slowing', { lateShare: 0.45 })))).toBe('leak found');
  });

  test('is over if the last life is calm for half as long', () => {
    const last = (seconds: number) => {
      const [leak] = concludeDyno(dynoOf([found(8 * HOUR_SECONDS, undefined), lifeOf([trackOf(seconds)])]));
      return leak;
    };
    expect(last(4 * HOUR_SECONDS)).toMatchObject({ kind: 'leak', over: true });
    expect(last(4 * HOUR_SECONDS - 1)).toMatchObject({ kind: 'leak', over: false });
  });

  test('is counted among the lives that were long enough to show one', () => {
    const ofLives = (seconds: number) =>
      concludeDyno(dynoOf([found(8 * HOUR_SECONDS, undefined), lifeOf([trackOf(seconds)])]))[0];
    expect(ofLives(3 * HOUR_SECONDS)).toMatchObject({ runs: 1, ofRuns: 2 });
    expect(ofLives(3 * HOUR_SECONDS - 1)).toMatchObject({ runs: 1, ofRuns: 1 });
  });
});

test('memory of 300 MB, below a quota of 512 MB, is no finding', () => {
  expect(concludeDyno(dynoOf([lifeOf([trackOf(8 * HOUR_SECONDS, { last: 300 * MB })])]))).toEqual([]);
});
