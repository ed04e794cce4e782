/** What outlives a restart of leakwatch is what outlives a restart of the program that it watches. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from '../../src/formats/state.ts';
import { METRICS } from '../../src/model/metrics.ts';
import { type CoreState, createState, step } from '../../src/step.ts';
import { Judge } from '../../src/verdict/judge.ts';
import { eventsOf, type HostDraft, inShort, readingsOf, restarted } from '../support/readings.ts';
import { DAY, EPOCH, HOUR, INTERVAL_SECONDS, MIB, MINUTE, Random, wandering } from '../support/synthetic.ts';

const OPTIONS = { intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 };
const PLENTY = 1 << 24;

/** Noise, a climb or a fall, a wave: so much of each. */
const course = fc.record({
  seed: fc.nat(1000),
  slots: fc.integer({ min: 0, max: DAY }),
  slope: fc.integer({ min: -20, max: 60 }),
  wave: fc.integer({ min: 0, max: 40 }),
});

function valuesOf({ seed, slope, wave }: { seed: number; slope: number; wave: number }): (slot: number) => number {
  const noise = wandering(new Random(seed), 0.9);
  return (slot) => Math.max(0, 300 + (slope * slot) / HOUR + wave * Math.sin(slot / HOUR) + 3 * noise()) * MIB;
}

test('to learn it is as to restart', () => {
  const metric = METRICS.find(({ name }) => name === 'rss')!;
  const options = { metric, intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerYear: 1 };
  const t = (slot: number) => EPOCH + slot * INTERVAL_SECONDS;
  fc.assert(
    fc.property(fc.array(course, { minLength: 1, maxLength: 4 }), course, (lives, last) => {
      const restarted = new Judge(options);
      let [now, begun] = [0, 0];
      for (const life of lives) {
        const values = valuesOf(life);
        for (begun = now; now < begun + life.slots; now++) restarted.push(t(now), values(now - begun));
        if (life !== lives.at(-1)) restarted.restart();
      }
      const asked = restarted.learned();
      expect(restarted.learned()).toEqual(asked);
      const learned = new Judge(options);
      const group = { name: 'web', lastSeen: 0, series: { rss: asked } };
      learned.learn(
        decodeState(encodeState({ intervalSeconds: 20, groups: [group] }, PLENTY).text).groups[0]!.series.rss!,
      );
      restarted.restart();
      expect(learned.learned()).toEqual(asked);
      expect(restarted.learned()).toEqual(asked);
      const [one, other] = [valuesOf(last), valuesOf(last)];
      for (let slot = 0; slot < last.slots; slot++) {
        const verdict = restarted.push(t(now + slot), one(slot));
        expect(learned.push(t(now + slot), other(slot))).toBe(verdict);
      }
      expect(learned.evidence(undefined)).toEqual(restarted.evidence(undefined));
      expect(learned.learned()).toEqual(restarted.learned());
    }),
    {
      numRuns: 40,
      // A start on the way to where the last one ended.
      examples: [[[{ seed: 0, slots: 2 * HOUR, slope: 0, wave: 0 }], { seed: 0, slots: 68, slope: 26, wave: 19 }]],
    },
  );
}, 60_000);

test('to ask what was learned changes nothing', () => {
  const host = (slot: number): HostDraft => ({ groups: { web: { threads: 43 + Math.floor(slot / (5 * MINUTE)) } } });
  const [asked, left] = [createState(OPTIONS), createState(OPTIONS)];
  for (let slot = 0; slot < 2 * DAY; slot++) {
    const report = step(asked, readingsOf(slot, host(slot)));
    if (slot % 30 === 0) asked.groups.learned();
    expect(report).toEqual(step(left, readingsOf(slot, host(slot))));
  }
}, 60_000);

test('what was learned of other lengths of blocks is passed over', () => {
  const state = createState(OPTIONS);
  eventsOf(state, () => ({ groups: { web: { threads: 5 } } }), { to: 2 * HOUR });
  const other = createState({ ...OPTIONS, intervalSeconds: 3600 });
  other.groups.learn(state.groups.learned());
  step(other, readingsOf(0, { groups: { web: { threads: 5 } } }));
  expect(other.groups.learned().groups[0]!.series.threads!.slots).toBe(1);
});

describe('a group that is gone', () => {
  const there: HostDraft['groups'] = { redis: { threads: 4 } };
  const host = (from: number, to: number) => (slot: number) => ({
    groups: slot >= from && slot < to ? { ...there, web: { threads: 40 } } : there,
  });
  const slotsOf = (state: CoreState, name: string) =>
    state.groups.learned().groups.find((group) => group.name === name)?.series.threads?.slots;

  test('is remembered when it comes back, here or after a restart of leakwatch', () => {
    const state = createState(OPTIONS);
    eventsOf(state, host(0, 2 * HOUR), { to: 4 * HOUR });
    expect(state.groups.series).toBe(METRICS.length);
    const next = restarted(state, OPTIONS);
    for (const one of [state, next]) {
      eventsOf(one, host(5 * HOUR, 6 * HOUR), { from: 4 * HOUR, to: 6 * HOUR });
      expect(slotsOf(one, 'web')).toBe(3 * HOUR);
      expect(slotsOf(one, 'redis')).toBe(6 * HOUR);
    }
  });

  test('is forgotten after thirty days, or when it was there for minutes only', () => {
    const state = createState(OPTIONS);
    eventsOf(state, host(0, 2 * HOUR), { to: 4 * HOUR });
    step(state, readingsOf(29 * DAY, { groups: there }));
    expect(slotsOf(state, 'web')).toBe(2 * HOUR);
    step(state, readingsOf(31 * DAY, { groups: there }));
    expect(slotsOf(state, 'web')).toBeUndefined();
    eventsOf(state, host(31 * DAY, 31 * DAY + HOUR / 2), { from: 31 * DAY, to: 31 * DAY + HOUR });
    expect(slotsOf(state, 'web')).toBeUndefined();
  });

  test('gives way to others when a thousand are gone', () => {
    const state = createState(OPTIONS);
    const group = { lastSeen: EPOCH, series: {} };
    const names = Array.from({ length: 1000 }, (_, at) => `job-${at}`);
    state.groups.learn({ intervalSeconds: 20, groups: names.map((name) => ({ name, ...group })) });
    expect(state.groups.learned().groups.map(({ name }) => name)).toEqual(names);
    eventsOf(state, host(0, 2 * HOUR), { to: 3 * HOUR });
    expect(state.groups.learned().groups.map(({ name }) => name)).toEqual(['redis', 'web', ...names.slice(0, 998)]);
  });
});

test('how late a parent reaps is remembered of this parent, and of no other', () => {
  /** It reaps every ten minutes. */
  const host = (start: string) => (slot: number) => {
    const zombies = slot % (10 * MINUTE);
    return { groups: { web: { start, zombies, oldestZombieSeconds: zombies * INTERVAL_SECONDS } } };
  };
  const state = createState(OPTIONS);
  const [seen, later] = [2 * HOUR, 4 * HOUR];
  expect(eventsOf(state, host('web:1'), { to: seen }).map(inShort)).toContain('alert W11 web zombies');
  expect(eventsOf(restarted(state, OPTIONS), host('web:1'), { from: seen, to: later })).toEqual([]);
  expect(eventsOf(restarted(state, OPTIONS), host('web:2'), { from: seen, to: later }).map(inShort)).toContain(
    'alert W11 web zombies',
  );
});
