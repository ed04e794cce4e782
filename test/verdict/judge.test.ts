import { describe, expect, test } from 'vitest';
import { METRICS, type Metric } from '../../src/model/metrics.ts';
import { Judge } from '../../src/verdict/judge.ts';
import { DAY, EPOCH, HOUR, INTERVAL_SECONDS, MINUTE } from '../support/synthetic.ts';

const judgeOf = (metric: Metric) =>
  new Judge({
    metric: METRICS.find(({ name }) => name === metric)!,
    intervalSeconds: INTERVAL_SECONDS,
    falseAlarmsPerYear: 1,
  });

const timeOf = (slot: number) => EPOCH + slot * INTERVAL_SECONDS;

function push(
  judge: Judge,
  values: (slot: number) => number | undefined,
  { from = 0, to }: { from?: number; to: number },
) {
  for (let slot = from; slot < to; slot++) judge.push(timeOf(slot), values(slot));
  return judge;
}

/** A life is old enough by then. */
const ONSET = 2 * DAY;

const leaking = (slot: number) => 43 + Math.floor(Math.max(0, slot - ONSET) / (2 * MINUTE));

test('evidence is that of the growth, with the end that the bound puts to it', () => {
  const judge = push(judgeOf('threads'), leaking, { to: ONSET + 6 * HOUR });
  expect(judge.verdict).toBe('leak');
  const evidence = judge.evidence({ used: 223, limit: 313 });
  expect(evidence).toMatchObject({ floor: expect.any(Number), rise: expect.any(Number) });
  expect(evidence.slopePerSecond! * 3600).toBeCloseTo(30, 0);
  expect(evidence.exhaustionSeconds! / 3600).toBeCloseTo(3, 1);
  expect(evidence.exhaustionLow).toBeLessThanOrEqual(evidence.exhaustionSeconds!);
  expect(evidence.logE).toBeGreaterThan(0);
  expect(Object.keys(judge.evidence(undefined)).filter((key) => key.startsWith('exhaustion'))).toEqual([]);
  expect(Object.values(evidence).every(Number.isFinite)).toBe(true);
});

test('what is not known yet is absent, not zero', () => {
  const judge = push(judgeOf('threads'), () => 5, { to: 10 });
  expect(judge.evidence({ used: 5, limit: 10 })).toEqual({});
  expect(judge.growth()).toBeUndefined();
  expect(judge.forecast({ used: 5, limit: 10 })).toBeUndefined();
});

test('no number of the evidence is NaN when the newest samples are unknown', () => {
  const judge = push(judgeOf('threads'), leaking, { to: ONSET + 6 * HOUR });
  for (let slot = ONSET + 6 * HOUR; slot < ONSET + 7 * HOUR; slot++) {
    judge.push(timeOf(slot), undefined);
    expect(
      Object.entries(judge.evidence({ used: 200, limit: 256 })).filter(([, value]) => !Number.isFinite(value)),
    ).toEqual([]);
  }
  expect(judge.verdict).toBe('leak');
});

test('the growth is measured anew when a block has closed, and stays the same object until then', () => {
  const judge = push(judgeOf('threads'), leaking, { to: ONSET + 6 * HOUR });
  const first = judge.growth();
  expect(judge.growth()).toBe(first);
  push(judge, leaking, { from: ONSET + 6 * HOUR, to: ONSET + 12 * HOUR });
  expect(judge.growth()!.rise).toBeGreaterThan(first!.rise);
});

describe('begins to learn again, and keeps its evidence', () => {
  const isNew = (judge: Judge, from: number) => {
    const verdicts = Array.from({ length: 12 * HOUR }, (_, slot) => judge.push(timeOf(from + slot), 43));
    expect(verdicts.slice(0, 179)).toEqual(Array(179).fill('learning'));
    expect(new Set(verdicts.slice(179))).toEqual(new Set(['ok']));
  };

  test('after a restart', () => {
    const judge = push(judgeOf('threads'), (slot) => 10 * leaking(slot), { to: 3 * DAY });
    const { logE } = judge.evidence(undefined);
    expect(judge.verdict).toBe('leak');
    judge.restart();
    expect(judge.verdict).toBe('learning');
    expect(judge.learningSamplesLeft).toBe(180);
    expect(judge.evidence(undefined)).toEqual({ logE });
    isNew(judge, 3 * DAY);
  });

  test('after days without a reading', () => {
    isNew(
      push(judgeOf('threads'), (slot) => 10 * leaking(slot), { to: 3 * DAY }),
      7 * DAY,
    );
  });
});

test('zombies are judged by their age too', () => {
  const judge = judgeOf('zombies');
  const verdicts = Array.from({ length: HOUR / 2 }, (_, slot) =>
    judge.push(timeOf(slot), slot < 60 ? 4 : 0, slot < 60 ? slot * 20 : undefined),
  );
  // Their patience is all there is to learn.
  expect([...new Set(verdicts)]).toEqual(['learning', 'ok', 'suspect']);
  expect(verdicts.lastIndexOf('learning')).toBeLessThan(4 * MINUTE);
  expect(verdicts[59]).toBe('suspect');
  expect(verdicts[60]).toBe('ok');
});
