import { expect, test } from 'vitest';
import { presentEvent } from '../../src/verdict/present-event.ts';
import type { Event, SeriesReport } from '../../src/verdict/report.ts';

const TOLD = {
  t: 100,
  at: 'alert',
  code: 'W11',
  desc: 'zombie_leak',
  group: 'shop',
  metric: 'zombies',
  verdict: 'leak',
  previous: 'suspect',
  value: 6,
  evidence: { since: 90, slopePerSecond: 1 },
} as const satisfies Event;

const BOUND = { used: 6, limit: 256 };

function now(event: Event, series: Partial<SeriesReport>, reading: object = {}): Event {
  const report = { metric: 'zombies', verdict: 'leak', value: 255, evidence: {}, ...series } as const;
  return presentEvent(
    event,
    { groups: [{ name: 'shop', start: '', series: [report] }] },
    {
      groups: new Map([
        ['shop', { start: '', values: {}, bounds: { threads: { used: 255, limit: 256 } }, ...reading }],
      ]),
    },
  );
}

test('a leak has the value and the growth of now, and began when it was told to have begun', () => {
  expect(now(TOLD, { evidence: { since: 91, slopePerSecond: 2 } })).toEqual({
    ...TOLD,
    value: 255,
    evidence: { since: 90, slopePerSecond: 2 },
  });
});

test('since which release it grows stays as it was told', () => {
  const grownSince = { first: 'v43', last: 'v43', steady: 'v42' };
  const told = { ...TOLD, evidence: { ...TOLD.evidence, grownSince } };
  const evidence = { since: 91, slopePerSecond: 2 };
  expect(now(told, { evidence }).evidence).toEqual({ ...evidence, since: 90, grownSince });
});

test('the growth that was told stays where none is measured now', () => {
  expect(now(TOLD, {})).toEqual({ ...TOLD, value: 255 });
});

test('a limit has what is used of it now, and its forecast as it was told', () => {
  const told = { ...TOLD, code: 'W20', desc: 'limit_ahead', bound: BOUND } as Event;
  expect(now(told, { evidence: { slopePerSecond: 2 } })).toEqual({
    ...told,
    value: 255,
    bound: { used: 255, limit: 256 },
  });
});

test('what is not known now is as it was told', () => {
  expect(now(TOLD, { value: undefined })).toBe(TOLD);
  expect(presentEvent(TOLD, { groups: [] }, { groups: new Map() })).toBe(TOLD);
});

test('orphans are counted anew', () => {
  const told = {
    ...TOLD,
    code: 'W31',
    metric: 'processes',
    evidence: { since: 5, orphans: 3, oldestOrphanSeconds: 9 },
  } as Event;
  expect(now(told, {}, { orphans: 7, oldestOrphanSeconds: 30 }).evidence).toEqual({
    since: 5,
    orphans: 7,
    oldestOrphanSeconds: 30,
  });
  expect(now(told, {})).toBe(told);
});
