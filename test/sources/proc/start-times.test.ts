import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StartTimes } from '../../../src/sources/proc/start-times.ts';

const NOW = 1_700_000_000;

test('a start time is on the clock of samples what it was before, whatever sleeps there were', () => {
  const sleeps = fc.array(
    fc.record({ t: fc.integer({ min: NOW - 10_000, max: NOW }), seconds: fc.integer({ min: 10, max: 5000 }) }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(sleeps, fc.integer({ min: NOW - 20_000, max: NOW }), (unsorted, t) => {
      const sorted = unsorted.toSorted((a, b) => a.t - b.t);
      const times = new StartTimes({ t: NOW, wall: NOW, sleeps: sorted }, 1e6, 100);
      expect(times.timeOf(times.ticksAt(t)!)).toBeCloseTo(t, 3);
    }),
  );
});

test('where no clock of start times is known, none of it is', () => {
  const times = new StartTimes({ t: NOW, wall: NOW }, undefined, 100);
  expect([times.ticksAt(NOW), times.timeOf(5)]).toEqual([undefined, undefined]);
});
