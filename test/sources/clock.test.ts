import { describe, expect, test } from 'vitest';
import { asleepSince } from '../../src/model/host-time.ts';
import { steadyClock } from '../../src/sources/clock.ts';

const HOUR = 3600;
/** 2026-01-01T00:00:00Z */
const NOON = 1_767_225_600;

/** A host whose clocks a test sets, in seconds. */
function host() {
  const is = { wall: NOON, monotonic: 50, uptime: 9000 };
  const clock = steadyClock({ wallMs: () => is.wall * 1000, monotonicMs: () => is.monotonic * 1000 });
  return {
    pass(seconds: number) {
      is.wall += seconds;
      is.monotonic += seconds;
      is.uptime += seconds;
    },
    sleep(seconds: number) {
      is.wall += seconds;
      is.uptime += seconds;
    },
    set(seconds: number) {
      is.wall += seconds;
    },
    ask: (uptime: number | undefined = is.uptime) => clock(uptime),
    askWithoutUptime: () => clock(),
  };
}

test('the host itself: whole milliseconds, and no step back', () => {
  const clock = steadyClock();
  const times = Array.from({ length: 1000 }, () => clock().t);
  expect(Math.abs(times[0]! - Date.now() / 1000)).toBeLessThan(60);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  for (const t of times) expect(t).toBe(Math.round(t * 1000) / 1000);
});

describe('the time of samples', () => {
  test('is the time of the host, as long as nobody sets that', () => {
    const one = host();
    for (let sample = 1; sample <= 5; sample++) {
      one.pass(20);
      expect(one.ask()).toEqual({ t: NOON + 20 * sample, wall: NOON + 20 * sample });
    }
  });

  test.each([HOUR, -HOUR, 0.3])('goes on when the clock is set by %d s, and the other is told', (step) => {
    const one = host();
    one.ask();
    one.pass(20);
    one.set(step);
    expect(one.ask()).toEqual({ t: NOON + 20, wall: NOON + 20 + step });
  });

  test('stands still while the host sleeps, and says when that was', () => {
    const one = host();
    one.ask();
    one.pass(20);
    one.sleep(8 * HOUR);
    const sleeps = [{ t: NOON, seconds: 8 * HOUR }];
    expect(one.ask()).toEqual({ t: NOON + 20, wall: NOON + 8 * HOUR + 20, sleeps });
    one.pass(HOUR);
    one.sleep(60);
    const { t, sleeps: both } = one.ask();
    expect([t, both]).toEqual([NOON + HOUR + 20, [...sleeps, { t: NOON + 20, seconds: 60 }]]);
    expect([NOON + 21, NOON + 20, NOON].map((since) => asleepSince(since, both))).toEqual([0, 60, 8 * HOUR + 60]);
  });

  test('remembers a hundred sleeps', () => {
    const one = host();
    for (let night = 0; night < 150; night++) {
      one.ask();
      one.pass(20);
      one.sleep(60);
    }
    expect(one.ask().sleeps).toHaveLength(100);
    expect(one.ask().sleeps?.at(-1)?.t).toBe(NOON + 149 * 20);
  });

  test('knows of no sleep without an uptime, nor from one that was set back or read late', () => {
    const one = host();
    one.ask();
    one.sleep(HOUR);
    expect(one.askWithoutUptime()).toEqual({ t: NOON, wall: NOON + HOUR });
    const other = host();
    other.ask();
    for (const uptime of [9009, 9018, 5, 14]) expect(other.ask(uptime)).toEqual({ t: NOON, wall: NOON });
  });
});
