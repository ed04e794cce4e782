/** Samples between those of the interval: whatever they see, verdicts are as they would be without them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Readings } from '../../src/model/reading.ts';
import { createState, step } from '../../src/step.ts';
import type { Event, Report } from '../../src/verdict/report.ts';
import { eventsOf, type HostDraft, inShort, readingsOf } from '../support/readings.ts';
import { HOUR, INTERVAL_SECONDS, MIB, Random, twoForwardOneBack } from '../support/synthetic.ts';

const OPTIONS = { intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 };
const LIMIT_CODES = ['W20', 'W21'];

/** One that leaks, one that crashes again and again, one that leaves its children alone, one that comes and goes. */
function hostAt(slot: number, random: Random): HostDraft {
  const leaking = Math.max(0, slot - 30);
  const visitor = slot % 40 < 20 && { visitor: { threads: 3 + random.between(0, 2) } };
  return {
    groups: {
      web: {
        threads: 40 + twoForwardOneBack(leaking) + random.between(0, 1),
        zombies: Math.floor(leaking / 6),
        ...(leaking > 6 && { oldestZombieSeconds: (leaking - 6) * INTERVAL_SECONDS }),
        rss: (300 + random.between(0, 9)) * MIB,
        processes: 4,
      },
      looping: { start: String(Math.floor(slot / 2)), processes: 1 },
      left: { processes: 3, ...(slot > 10 && { orphans: 3, oldestOrphanSeconds: (slot - 10) * INTERVAL_SECONDS }) },
      ...visitor,
    },
    bounds: { threads: { used: Math.min(256, 50 + leaking), limit: 256, of: 'uid:1' } },
  };
}

/** Now and then up to thirty between two slots: of any height, and with any of the groups away. */
function extras(slot: number, random: Random): Readings[] {
  const many = random.next() < 0.3 ? random.between(1, 30) : 0;
  return Array.from({ length: many }, (_, at): Readings => {
    const at0 = hostAt(slot, random);
    const kept = Object.entries(at0.groups).filter(() => random.next() < 0.7);
    const groups = Object.fromEntries(
      kept.map(([name, draft]) => [
        name,
        { ...draft, threads: random.between(0, 500), zombies: random.between(0, 90) },
      ]),
    );
    const bounds = { threads: { used: random.between(0, 256), limit: 256, of: 'uid:1' } };
    return { ...readingsOf(slot + (at + 1) / (many + 1), { groups, bounds }), extra: true };
  });
}

interface Told {
  readonly groups: Report['groups'];
  readonly exhaustionSeconds: Report['exhaustionSeconds'];
  readonly events: readonly Event[];
}

function told(seed: number, slots: number, withExtras: boolean): Told[] {
  const state = createState(OPTIONS);
  const random = new Random(seed);
  const others = new Random(seed + 1);
  const reports: Told[] = [];
  for (let slot = 0; slot < slots; slot++) {
    const { groups, exhaustionSeconds, events } = step(state, readingsOf(slot, hostAt(slot, random)));
    reports.push({ groups, exhaustionSeconds, events: events.filter(({ code }) => !LIMIT_CODES.includes(code)) });
    if (!withExtras) continue;
    for (const readings of extras(slot, others)) {
      const extra = step(state, readings);
      expect(extra.extra).toBe(true);
      expect(extra.events.filter(({ code }) => !LIMIT_CODES.includes(code))).toEqual([]);
    }
  }
  return reports;
}

test('no verdict, no number behind it and no event differs', { timeout: 60_000 }, () => {
  const codes = new Set<string>();
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: HOUR + 60 }), (seed, slots) => {
      const without = told(seed, slots, false);
      expect(JSON.stringify(told(seed, slots, true))).toBe(JSON.stringify(without));
      for (const { events } of without) for (const { code } of events) codes.add(code);
    }),
    // A first life is suspected after three hours.
    { numRuns: 8, examples: [[1, 3.5 * HOUR]] },
  );
  expect([...codes].toSorted()).toEqual(['W10', 'W11', 'W30', 'W31']);
});

describe('what a sample in between is for', () => {
  /** One thread more a slot: 20 s each. */
  const climbing = (slot: number): HostDraft => ({
    groups: { web: { threads: 40 + slot } },
    bounds: { threads: { used: 40 + slot, limit: 100, of: 'uid:1' } },
  });
  const between = (slot: number, threads: number): Readings => {
    const bounds = { threads: { used: threads, limit: 100, of: 'uid:1' } };
    return { ...readingsOf(slot, { groups: { web: { threads } }, bounds }), extra: true };
  };

  test('the limit is told of when it is reached', () => {
    const state = createState(OPTIONS);
    for (let slot = 0; slot < 40; slot++) step(state, readingsOf(slot, climbing(slot)));
    const { t, events } = step(state, between(39.5, 100));
    expect(events.map(inShort)).toContain('alert W21 web threads');
    expect(events.every((event) => event.t === t)).toBe(true);
  });

  test('the time to it is that of the moment', () => {
    const state = createState(OPTIONS);
    for (let slot = 0; slot < 40; slot++) step(state, readingsOf(slot, climbing(slot)));
    const secondsAt = (threads: number): number => step(state, between(39.5, threads)).exhaustionSeconds.threads!;
    expect(secondsAt(79)).toBeCloseTo(21 * INTERVAL_SECONDS, -1);
    expect(secondsAt(90)).toBeCloseTo(10 * INTERVAL_SECONDS, -1);
  });

  test('a warning is not withdrawn sooner because it was looked at more often', () => {
    const state = createState(OPTIONS);
    expect(eventsOf(state, climbing, { to: 40 }).map(inShort)).toEqual(['warn W20 web threads']);
    // For more than fifteen of them the end is out of sight.
    const afar = (at: number): Readings => {
      const bounds = { threads: { used: 79, limit: 100_000, of: 'uid:1' } };
      return { ...readingsOf(39 + (at + 1) / 31, { groups: { web: { threads: 79 } }, bounds }), extra: true };
    };
    expect(Array.from({ length: 30 }, (_, at) => step(state, afar(at)).events).flat()).toEqual([]);
  });

  test('a restart is seen at once', () => {
    const state = createState(OPTIONS);
    const zombies = (slot: number): HostDraft => ({
      groups: { web: { zombies: slot, oldestZombieSeconds: slot * INTERVAL_SECONDS } },
    });
    const events = Array.from({ length: 40 }, (_, slot) => step(state, readingsOf(slot, zombies(slot))).events).flat();
    expect(events.map(inShort)).toEqual(['alert W11 web zombies']);
    const after = { ...readingsOf(39.5, { groups: { web: { start: 'web:2', zombies: 0 } } }), extra: true };
    expect(step(state, after).events.map(inShort)).toEqual(['resolved W11 web zombies']);
  });
});
