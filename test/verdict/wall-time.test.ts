import { expect, test } from 'vitest';
import { shiftEvent, shiftReport } from '../../src/verdict/wall-time.ts';
import { publication } from '../support/publication.ts';

/** All that looks like a time since 1970. */
const timesIn = (told: unknown): number[] => (JSON.stringify(told).match(/\b1[78]\d{8}(\.\d+)?\b/g) ?? []).map(Number);

test('every time in a report is shifted, and nothing else is', () => {
  const { report } = publication();
  const shifted = shiftReport(report, (t) => t - 3600);
  expect(timesIn(report).length).toBeGreaterThan(3);
  expect(timesIn(shifted)).toEqual(timesIn(report).map((t) => t - 3600));
  expect(shiftReport(shifted, (t) => t + 3600)).toEqual(report);
});

test('without a shift everything is the same object', () => {
  const { report } = publication();
  expect(shiftReport(report, undefined)).toBe(report);
  expect(shiftEvent(report.events[0]!, undefined)).toBe(report.events[0]);
});
