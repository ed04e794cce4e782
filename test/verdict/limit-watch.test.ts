import { describe, expect, test } from 'vitest';
import { createState } from '../../src/step.ts';
import { eventsOf, evidenceOf, type HostDraft, inShort, slotOf } from '../support/readings.ts';
import { MIB } from '../support/synthetic.ts';

describe('many groups', () => {
  const state = () => createState({ intervalSeconds: 20, falseAlarmsPerMonth: 1 });
  const told = (host: (slot: number) => HostDraft, to: number): string[] =>
    eventsOf(state(), host, { to })
      .filter(({ code }) => code === 'W20' || code === 'W21')
      .map(inShort);

  test('under one limit: only the one that fills it is told of', () => {
    const host = (slot: number): HostDraft => ({
      groups: { quiet: { threads: 40 }, worker: { threads: 10 + 2 * slot } },
      bounds: { threads: { used: 50 + 2 * slot, limit: 256, of: 'uid:1000' } },
    });
    expect(new Set(told(host, 120).map((line) => line.split(' ')[2]))).toEqual(new Set(['worker']));
  });

  test('each under its own, of equal size and equally full: each is told of', () => {
    const own = (slot: number, of: string) => ({
      threads: 10 + 2 * slot,
      bounds: { threads: { used: 10 + 2 * slot, limit: 256, of } },
    });
    const host = (slot: number): HostDraft => ({ groups: { a: own(slot, '/a'), b: own(slot, '/b') } });
    const lines = told(host, 130);
    expect(lines).toContain('alert W21 a threads');
    expect(lines).toContain('alert W21 b threads');
  });

  test('descriptors run out where one process is full, however fast the group grows', () => {
    const steady = (slot: number): HostDraft => ({
      groups: {
        forks: { processes: 1 + slot, fds: 50 * (1 + slot), bounds: { fds: { used: 50, limit: 1024, of: 'pid:7' } } },
      },
    });
    expect(told(steady, 200)).toEqual([]);
    const leaking = (slot: number): HostDraft => ({
      groups: {
        prefork: {
          processes: 9,
          fds: 100 + 8 * 4 * slot,
          bounds: { fds: { used: 20 + 4 * slot, limit: 1024, of: 'pid:7' } },
        },
      },
    });
    const events = eventsOf(state(), leaking, { to: 240 });
    const forecast = events.find(({ code }) => code === 'W20')!;
    const used = 20 + 4 * slotOf(forecast);
    const trueSeconds = ((1024 - used) / 4) * 20;
    expect(evidenceOf(forecast).exhaustionSeconds! / trueSeconds).toBeGreaterThan(0.9);
    expect(evidenceOf(forecast).exhaustionSeconds! / trueSeconds).toBeLessThan(1.1);
  });
});

test('W20 gives the time to what it warns of: memory counts as full a little before its limit', () => {
  const hour = 180;
  const host = (slot: number): HostDraft => {
    const rss = (200 + Math.floor((60 * slot) / hour)) * MIB;
    return { groups: { web: { rss } }, bounds: { memory: { used: rss, limit: 512 * MIB } } };
  };
  const state = createState({ intervalSeconds: 20, falseAlarmsPerMonth: 1 });
  const told = eventsOf(state, host, { to: 6 * hour }).find(({ code }) => code === 'W20')!;
  const secondsTo = (share: number) => (((share * 512 - 200) / 60) * hour - slotOf(told)) * 20;
  expect(Math.abs(evidenceOf(told).exhaustionSeconds! - secondsTo(0.98))).toBeLessThan(secondsTo(1) - secondsTo(0.99));
});

describe('how far ahead W20 looks', () => {
  const HOURS = 180;
  /** The first W20 on memory that reaches its mark after so many hours: when, and what its forecast says. */
  const firstTold = (hours: number, isDyno: boolean, calmHours = 0) => {
    const state = createState({ intervalSeconds: 20, falseAlarmsPerMonth: 1, isDyno });
    const host = (slot: number): HostDraft => {
      const grown = (Math.max(0, slot / HOURS - calmHours) * (0.98 * 512 - 300)) / hours;
      const rss = Math.round((300 + grown) * MIB);
      return { groups: { web: { rss } }, bounds: { memory: { used: rss, limit: 512 * MIB } } };
    };
    const told = eventsOf(state, host, { to: (calmHours + hours) * HOURS }).find(({ code }) => code === 'W20')!;
    const { exhaustionSeconds = Number.NaN, exhaustionHigh = Number.NaN } = evidenceOf(told);
    return { at: slotOf(told) / HOURS, hoursLeft: exhaustionSeconds / 3600, hoursLeftAtMost: exhaustionHigh / 3600 };
  };

  test('six hours, unless it is told otherwise', () => {
    const { hoursLeftAtMost } = firstTold(14, false);
    expect(hoursLeftAtMost).toBeLessThanOrEqual(6);
    expect(hoursLeftAtMost).toBeGreaterThan(5.7);
  });

  test('to the daily restart, on a dyno: 24 hours after its start', () => {
    expect(firstTold(22, true).hoursLeft).toBeGreaterThan(14);
    expect(firstTold(26, true).hoursLeftAtMost).toBeLessThanOrEqual(6);
  });

  test('a dyno that is in its last hours is like any other host', () => {
    expect(firstTold(13, true, 14).hoursLeftAtMost).toBeLessThanOrEqual(6);
  });
});
