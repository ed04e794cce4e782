import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pace } from '../../src/daemon/pace.ts';
import { RESOURCES } from '../../src/model/metrics.ts';
import type { Report } from '../../src/verdict/report.ts';

const QUICK = 0.001;
const SHARE = 0.05;
const HOST = { of: 'uid:1000', limit: 100 };

function reportOf(t: number, rest: Partial<Report> = {}): Report {
  return { t, groups: [], bounds: {}, exhaustionSeconds: {}, events: [], ...rest };
}

const used = (t: number, threads: number, more: Partial<Report> = {}): Report =>
  reportOf(t, { bounds: { threads: { ...HOST, used: threads } }, ...more });

/** The waits after samples of the interval, at which so many threads are used. */
function waits(...threads: readonly number[]): number[] {
  const pace = new Pace(20, SHARE);
  return threads.map((value, at) => pace.next(used(20 * at, value), QUICK));
}

describe('a forecast', () => {
  const ending = (seconds: number): Partial<Report> => ({ exhaustionSeconds: { memory: seconds } });

  test('that is ten intervals away or more changes nothing', () => {
    expect(new Pace(20, SHARE).next(reportOf(0, ending(200)), QUICK)).toBe(20);
  });

  test('is looked at ten times on the way, and not more often than once a second', () => {
    const pace = new Pace(20, SHARE);
    expect([100, 50, 20, 10, 5].map((seconds, at) => pace.next(reportOf(at, ending(seconds)), QUICK))).toEqual([
      10, 5, 2, 1, 1,
    ]);
  });

  test('that is withdrawn, or has come true, lets the pace return step by step', () => {
    for (const over of [reportOf(1), reportOf(1, ending(0))]) {
      const pace = new Pace(20, SHARE);
      expect(pace.next(reportOf(0, ending(3)), QUICK)).toBe(1);
      expect([1, 2, 3, 4, 5, 6].map(() => pace.next(over, QUICK))).toEqual([2, 4, 8, 16, 20, 20]);
    }
  });
});

describe('two samples', () => {
  test('say enough where something grows fast', () => {
    // 40 more in 20 s, and 10 s to go.
    expect(waits(30, 40, 80)).toEqual([20, 20, 1]);
  });

  test('say enough near the limit', () => {
    // 1 more in 20 s: 160 s to go.
    expect(waits(91, 92)).toEqual([20, 16]);
  });

  test('say little further away, or where nothing grows', () => {
    expect(waits(40, 45, 50, 55)).toEqual([20, 20, 20, 20]);
    expect(waits(99, 99, 95, 99 - 0.1)).toEqual([20, 20, 20, expect.any(Number)]);
    expect(waits(99, 98, 97)).toEqual([20, 20, 20]);
  });

  test('say nothing of what is reached', () => {
    expect(waits(40, 100, 100)).toEqual([20, 20, 20]);
  });

  test('of different limits are not compared', () => {
    const pace = new Pace(20, SHARE);
    pace.next(used(0, 40), QUICK);
    const other = reportOf(20, { bounds: { threads: { of: 'threads-max', limit: 100, used: 95 } } });
    expect(pace.next(other, QUICK)).toBe(20);
  });

  test('are an interval apart: what comes and goes from one second to the next is no growth', () => {
    const pace = new Pace(20, SHARE);
    pace.next(used(0, 90), QUICK);
    expect(pace.next(used(20, 95), QUICK)).toBe(2);
    // Of the second before it would be a second to the end.
    expect(pace.next(used(22, 96, { extra: true }), QUICK)).toBeCloseTo((4 * 22) / 6 / 10);
  });
});

test('samples take no more than a twentieth of one core', () => {
  expect(new Pace(20, SHARE).next(reportOf(0, { exhaustionSeconds: { fds: 1 } }), 0.2)).toBeCloseTo(4);
  expect(new Pace(20, SHARE).next(reportOf(0, { exhaustionSeconds: { fds: 1 } }), 3)).toBe(20);
});

test('whatever is reported, a wait is a second at the least and the interval at the most', () => {
  const bound = fc.record({ used: fc.nat(120), limit: fc.nat(120) });
  const reports = fc.array(
    fc.record({
      wait: fc.double({ min: -5, max: 100, noNaN: true }),
      extra: fc.boolean(),
      sampleSeconds: fc.double({ min: 0, max: 10, noNaN: true }),
      bounds: fc.record({ threads: bound, memory: bound, fds: bound }, { requiredKeys: [] }),
      seconds: fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: RESOURCES.length }),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.double({ min: 0.05, max: 100, noNaN: true }), reports, (interval, many) => {
      const pace = new Pace(interval, SHARE);
      let before = interval;
      let t = 0;
      for (const { wait, sampleSeconds, bounds, seconds, extra } of many) {
        t += wait;
        const exhaustionSeconds = Object.fromEntries(seconds.map((end, at) => [RESOURCES[at], end]));
        const next = pace.next(reportOf(t, { bounds, exhaustionSeconds, ...(extra && { extra }) }), sampleSeconds);
        expect(next).toBeLessThanOrEqual(interval);
        if (next < interval) expect(next).toBeGreaterThanOrEqual(Math.max(1, sampleSeconds / 0.05 - 1e-9));
        if (interval < 2) expect(next).toBe(interval);
        // Never longer at once than twice the wait before, but for what a sample costs.
        expect(next).toBeLessThanOrEqual(Math.max(2 * before, sampleSeconds / 0.05, 1));
        before = next;
      }
    }),
  );
});
