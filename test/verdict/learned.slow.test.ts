/** A program that is deployed every day, and leakwatch restarted with it: what is learned lasts from life to life. */
import { describe, expect, test } from 'vitest';
import { createState } from '../../src/step.ts';
import { eventsOf, type HostDraft, inShort, restarted, slotOf } from '../support/readings.ts';
import { DAY, HOUR, INTERVAL_SECONDS, MIB, Random, wandering } from '../support/synthetic.ts';

const OPTIONS = { intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 };

describe('deployed every day, and leakwatch with it', () => {
  const days = (seed: number, count: number, rss: (slot: number) => number) => {
    const noise = wandering(new Random(seed), 0.9);
    let state = createState(OPTIONS);
    return Array.from({ length: count }, (_, day) => {
      const host = (slot: number): HostDraft => ({
        groups: { web: { rss: (rss(slot - day * DAY) + 2 * noise()) * MIB, start: `web:${day}` } },
      });
      const events = eventsOf(state, host, { from: day * DAY, to: (day + 1) * DAY });
      state = restarted(state, OPTIONS);
      return events.filter(({ at }) => at === 'alert');
    });
  };

  test('a leak is found within six days', () => {
    for (const seed of [1, 2, 3]) {
      const found = days(seed, 6, (slot) => 200 + (3 * slot) / HOUR);
      expect(found.flat().map(inShort), `seed ${seed}`).toContain('alert W12 web rss');
      expect(found.slice(0, 2).flat().map(slotOf), `seed ${seed}`).toEqual([]);
    }
  });

  test('a warm-up of four hours is never called one', () => {
    for (const seed of [1, 2, 3]) {
      const found = days(seed, 10, (slot) => 200 + 300 * (1 - Math.exp(-slot / (4 * HOUR))));
      expect(found.flat().map(inShort), `seed ${seed}`).toEqual([]);
    }
  });
});
