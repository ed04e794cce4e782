import { expect, test } from 'vitest';
import { rhythmText, tellRhythm } from '../../src/verdict/rhythm-text.ts';

/** 2026-11-20T10:00:00Z */
const NOW = 1_795_168_800;
const of = (rhythm: Omit<Parameters<typeof rhythmText>[0], 'count'>) => rhythmText({ count: 30, ...rhythm }, NOW);
const every = (seconds: number, spread: number, share = 1) => of({ every: { seconds, spread, share } });

test('a period has the digits that are known of it', () => {
  expect(every(20.02, 0.1)).toBe('one every 20.0 s (±0.1 s): a timer');
  expect(every(20.003, 0.01)).toBe('one every 20.00 s (±0.01 s): a timer');
  expect(every(301, 12)).toBe('one every 301 s (±12 s): a timer');
  expect(every(3600.2, 2)).toBe('one every 60 min (±2 s): a timer');
  expect(every(86_400, 700)).toBe('one every 24 h (±12 min): a timer');
});

test('others that come between are not hidden', () => {
  expect(every(20, 0.1, 0.79)).toBe('most of them one every 20.0 s (±0.1 s): a timer');
  expect(every(20, 0.1, 0.8)).toBe('one every 20.0 s (±0.1 s): a timer');
});

test('bursts are told by their sizes', () => {
  expect(of({ bursts: { low: 3, high: 8 } })).toBe('in bursts of 3 to 8');
  expect(of({ bursts: { low: 5, high: 5 } })).toBe('in bursts of 5');
  expect(of({ bursts: { low: 1, high: 8 } })).toBe('in bursts of up to 8');
  expect(of({ bursts: { low: 2, high: 4 }, every: { seconds: 60, spread: 0.2, share: 1 } })).toBe(
    'in bursts of 2 to 4, one every 60.0 s (±0.2 s): a timer',
  );
});

test('hours and times are those of UTC', () => {
  expect(of({ hours: { from: 23, to: 4 } })).toBe('between 23:00 and 04:00 UTC only');
  expect(of({ noneSince: NOW - 6.8 * 3600 })).toBe('none since 03:12 UTC');
  expect(of({ noneSince: NOW - 23 * 3600 })).toBe('none since 11:00 UTC');
  expect(of({ noneSince: NOW - 30 * 3600 })).toBe('none since 2026-11-19 04:00 UTC');
});

test('nothing is told of what may be chance', () => {
  expect(tellRhythm([0, 3, 4, 9], 10)).toBeUndefined();
});
