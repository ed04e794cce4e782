import { expect, test } from 'vitest';
import { steadyClock } from '../../src/sources/clock.ts';

test('the clock gives the time in whole milliseconds, and never goes back', () => {
  const clock = steadyClock();
  const times = Array.from({ length: 1000 }, clock);
  expect(Math.abs(times[0]! - Date.now() / 1000)).toBeLessThan(60);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  for (const t of times) expect(t).toBe(Math.round(t * 1000) / 1000);
});
