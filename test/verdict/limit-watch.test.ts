import { describe, expect, test } from 'vitest';
import { createState } from '../../src/step.ts';
import { LimitStanding, type LimitState, nextLimitState, turnOfLimit } from '../../src/verdict/limit-watch.ts';
import { eventsOf, evidenceOf, type HostDraft, inShort, slotOf } from '../support/readings.ts';

const end = (seconds: number) => ({ seconds, low: seconds, high: seconds, slope: 1 });
const usedShare = (share: number) => ({ used: 1000 * share, limit: 1000 });

test('near within the hour, and far again beyond two', () => {
  const next = (state: LimitState, seconds: number) => nextLimitState(state, 'threads', usedShare(0.5), end(seconds));
  expect([next('far', 3601), next('far', 3600), next('near', 7200), next('near', 7201)]).toEqual([
    'far',
    'near',
    'near',
    'far',
  ]);
});

test('reached at the limit, and no more below a twentieth of it', () => {
  const next = (state: LimitState, share: number) => nextLimitState(state, 'fds', usedShare(share), undefined);
  expect([next('far', 0.999), next('far', 1), next('reached', 0.95), next('reached', 0.949)]).toEqual([
    'far',
    'reached',
    'reached',
    'far',
  ]);
});

test('memory is full a little earlier', () => {
  expect(nextLimitState('far', 'memory', usedShare(0.98), undefined)).toBe('reached');
  expect(nextLimitState('reached', 'memory', usedShare(0.95 * 0.98), undefined)).toBe('reached');
});

test('reached while it is enforced, whatever is used of it, and for five samples after', () => {
  const standing = new LimitStanding();
  const next = (refused: number) =>
    standing.next('threads', { used: 40, limit: 60, ...(refused && { refused }) }, undefined);
  expect([next(0), next(3), ...Array.from({ length: 4 }, () => next(0))]).toEqual(['far', ...Array(5).fill('reached')]);
  expect(next(0)).toBe('far');
  next(1);
  for (let i = 0; i < 3; i++) next(0);
  next(1);
  expect(Array.from({ length: 4 }, () => next(0)).at(-1)).toBe('reached');
});

test('reached with a few tasks left where the limit counts tasks that cannot be seen', () => {
  const next = (used: number, of: string) => nextLimitState('far', 'threads', { used, limit: 60, of }, undefined);
  expect([next(55, 'uid:0@namespace'), next(56, 'uid:0@namespace'), next(59, 'uid:0')]).toEqual([
    'far',
    'reached',
    'far',
  ]);
});

test('below the limit it may still be near', () => {
  expect(nextLimitState('reached', 'threads', usedShare(0.9), end(60))).toBe('near');
});

test('without a limit nothing is near', () => {
  expect(nextLimitState('near', 'threads', undefined, end(1))).toBe('far');
  expect(nextLimitState('far', 'threads', { used: 1, limit: 0 }, undefined)).toBe('far');
});

test('each state is told when it comes and taken back when it goes', () => {
  const states = ['far', 'near', 'reached'] as const;
  const told = Object.fromEntries(
    states.flatMap((before) =>
      states.map((now) => [`${before} ${now}`, turnOfLimit(before, now).map(({ at, code }) => `${at} ${code}`)]),
    ),
  );
  expect(told).toEqual({
    'far far': [],
    'far near': ['warn W20'],
    'far reached': ['alert W21'],
    'near far': ['resolved W20'],
    'near near': [],
    'near reached': ['resolved W20', 'alert W21'],
    'reached far': ['resolved W21'],
    'reached near': ['resolved W21', 'warn W20'],
    'reached reached': [],
  });
});

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

test('a forecast that is lost is withdrawn after fifteen samples in a row without it, extra ones aside', () => {
  const standing = new LimitStanding();
  const see = (forecast: ReturnType<typeof end> | undefined, extra = false) =>
    standing.next('threads', usedShare(0.5), forecast, extra);
  expect(see(end(60))).toBe('near');
  for (let sample = 0; sample < 14; sample++) expect(see(undefined)).toBe('near');
  expect(see(undefined, true)).toBe('near');
  expect(see(end(60))).toBe('near');
  for (let sample = 0; sample < 14; sample++) expect(see(undefined)).toBe('near');
  expect(see(undefined)).toBe('far');
});
