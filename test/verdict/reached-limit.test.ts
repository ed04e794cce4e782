/** W21 on series that come back to the mark again and again: pools, and heaps that a collector empties. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Resource } from '../../src/model/metrics.ts';
import { createState } from '../../src/step.ts';
import { LimitStanding } from '../../src/verdict/limit-standing.ts';
import { eventsOf } from '../support/readings.ts';
import { DAY, HOUR, INTERVAL_SECONDS, MIB, MINUTE, Random, sawtooth } from '../support/synthetic.ts';

interface Told {
  readonly at: 'alert' | 'resolved';
  readonly slot: number;
}

/** The W21s of a group that uses this share of its limit; NaN = unknown. */
function reachedEvents(
  resource: Resource,
  shareAt: (slot: number) => number,
  to: number,
  startAt: (slot: number) => string = () => '1',
): Told[] {
  const standing = new LimitStanding(resource);
  const told: Told[] = [];
  for (let slot = 0; slot < to; slot++) {
    const before = standing.state;
    const share = shareAt(slot);
    const bound = Number.isNaN(share) ? undefined : { used: Math.round(512 * MIB * share), limit: 512 * MIB };
    const now = standing.next({
      t: slot * INTERVAL_SECONDS,
      bound,
      end: undefined,
      aheadSeconds: 0,
      start: startAt(slot),
    });
    if (before !== now) told.push({ at: now === 'reached' ? 'alert' : 'resolved', slot });
  }
  return told;
}

const alerts = (told: readonly Told[]) => told.filter(({ at }) => at === 'alert').map(({ slot }) => slot);

/** A heap that is emptied from 506 to 440 MB of its 512, each period or so. */
const saw = (random: Random, period: number, low: number, high: number) => {
  const tooth = sawtooth(random, period);
  return (slot: number) => low + (high - low) * tooth(slot);
};

test('a saw below the limit is told twice a day at the most', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.integer({ min: MINUTE, max: 6 * HOUR }),
      fc.double({ min: 0.05, max: 0.97, noNaN: true }),
      fc.double({ min: 0.983, max: 1, noNaN: true }),
      fc.constantFrom<Resource>('memory', 'memory', 'threads', 'fds'),
      (seed, period, low, high, resource) => {
        const shares = saw(new Random(seed), period, low, resource === 'memory' ? high : 1.02);
        const told = alerts(reachedEvents(resource, (slot) => Math.min(1, shares(slot)), 2 * DAY));
        expect(told.filter((slot) => slot < DAY).length).toBeLessThanOrEqual(2);
        expect(told.filter((slot) => slot >= DAY).length).toBeLessThanOrEqual(2);
      },
    ),
    {
      numRuns: 300,
      examples: [
        [1, 10 * MINUTE, 440 / 512, 506 / 512, 'memory'],
        [2, MINUTE, 470 / 512, 508 / 512, 'memory'],
        [3, 6 * HOUR, 440 / 512, 506 / 512, 'memory'],
        [4, 5 * MINUTE, 0.9, 1, 'threads'],
      ],
    },
  );
});

test('teeth of uneven height, of which some stay below the mark, are told three times a day at the most', () => {
  for (let seed = 0; seed < 80; seed++) {
    const random = new Random(seed);
    const period = [2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR][seed % 4]!;
    let tooth = 0;
    let height = 1;
    const shares = (slot: number) => {
      if (Math.floor(slot / period) !== tooth) {
        tooth = Math.floor(slot / period);
        height = 1 + 0.2 * (2 * random.next() - 1);
      }
      return Math.min(0.999, 0.8 + 0.19 * height * ((slot % period) / period));
    };
    expect(alerts(reachedEvents('memory', shares, DAY)).length).toBeLessThanOrEqual(3);
  }
});

describe('the end is told', () => {
  const REACHED = 0.99;
  /** At the mark for a sample at each of these slots, and else at this share. The end after the last of them. */
  const endAfter = (touches: readonly number[], low: number, after = low, startAt?: (slot: number) => string) => {
    const last = touches.at(-1)!;
    const shareAt = (slot: number) => (touches.includes(slot) ? REACHED : slot < last ? low : after);
    const end = reachedEvents('memory', shareAt, last + 4 * DAY, startAt).at(-1)!;
    expect(end.at).toBe('resolved');
    return end.slot - last;
  };

  test('after five samples the first time', () => {
    expect(endAfter([50], 0.6)).toBe(5);
  });

  test('after four times the longest absence when it has come back, and four times that after another return', () => {
    expect(endAfter([0, HOUR], 0.8)).toBe(4 * HOUR);
    // Each return must come after the end of the one before, to be told as another.
    expect(endAfter([0, 10 * MINUTE, 80 * MINUTE], 0.8)).toBe(16 * 70 * MINUTE);
  });

  test('after an hour at the least, and a day at the most', () => {
    expect(endAfter([0, 2 * MINUTE], 0.8)).toBe(HOUR);
    expect(endAfter([0, 20 * HOUR], 0.8)).toBe(DAY);
  });

  test('soon after a fall that is half as deep again as any before, or after a restart', () => {
    expect(endAfter([0, HOUR], 0.8, 0.71)).toBe(4 * HOUR);
    expect(endAfter([0, HOUR], 0.8, 0.69)).toBe(40);
    expect(endAfter([0, HOUR], 0.8, 0.8, (slot) => (slot <= HOUR + 1 ? '1' : '2'))).toBe(40);
  });

  test('as if it were the first time, if the last was a day ago', () => {
    expect(endAfter([0, DAY - 1], 0.6)).toBe(DAY);
    expect(endAfter([0, DAY + 1], 0.6)).toBe(5);
  });
});

test('a loop of restarts that fills the limit each time is told a few times a day', () => {
  for (const period of [10 * MINUTE, HOUR]) {
    const shares = (slot: number) => 0.2 + (0.8 * (slot % period)) / (period - 1);
    const told = reachedEvents('memory', shares, DAY, (slot) => String(Math.floor(slot / period)));
    expect(alerts(told).length).toBeLessThanOrEqual(4);
  }
});

test('no series at all is told more than five times a day', () => {
  const segment = fc.record({
    share: fc.constantFrom(Number.NaN, 0.1, 0.5, 0.8, 0.9, 0.94, 0.99, 1),
    slots: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 6 * HOUR })),
    restarts: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 5, maxLength: 200 }), (segments) => {
      const shares = segments.flatMap(({ share, slots }) => Array<number>(slots).fill(share));
      const starts = segments.flatMap(({ slots, restarts }, at) => Array<string>(slots).fill(restarts ? `${at}` : ''));
      const told = alerts(
        reachedEvents(
          'threads',
          (slot) => shares[slot]!,
          shares.length,
          (slot) => starts[slot]!,
        ),
      );
      for (const slot of told) expect(told.filter((one) => one >= slot && one < slot + DAY).length).toBeLessThan(6);
    }),
    { numRuns: 100 },
  );
});

test('what comes back after a day of quiet is new', () => {
  const shares = (slot: number) => (slot % (2 * DAY) < 10 ? 1 : 0.5);
  const told = reachedEvents('threads', shares, 6 * DAY).map(({ at, slot }) => `${at} ${slot % (2 * DAY)}`);
  expect(told).toEqual(Array(3).fill(['alert 0', 'resolved 14']).flat());
});

test('where several groups share the limit, what is remembered is how full it was', () => {
  const state = createState({ intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 });
  // Each tooth is another of two groups: the limit is the same.
  const host = (slot: number) => {
    const tooth = Math.floor(slot / HOUR);
    const pool = 20 + Math.floor((236 * (slot % HOUR)) / (HOUR - 1));
    const groups = {
      a: { threads: tooth % 2 === 0 ? pool - 10 : 10 },
      b: { threads: tooth % 2 === 0 ? 10 : pool - 10 },
    };
    return { groups, bounds: { threads: { used: pool, limit: 256, of: 'uid:1' } } };
  };
  const events = eventsOf(state, host, { to: DAY }).filter(({ code, at }) => code === 'W21' && at === 'alert');
  expect(events.length).toBeLessThanOrEqual(3);
});
