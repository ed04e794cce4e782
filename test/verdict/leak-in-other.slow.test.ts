/** From snapshots to alerts: a light program that leaks where heavy ones have all places is alerted under its own name. */
import { expect, test } from 'vitest';
import { Tracker } from '../../src/model/tracker.ts';
import { createState, step } from '../../src/step.ts';
import { type ProcessSpec, snapshot } from '../model/snapshots.ts';

const MB = 1 << 20;
/** Over eight hours: a first life is no leak before six. */
const MOST_SAMPLES = 1500;

const LEAKS: Readonly<Record<string, (amount: number) => readonly ProcessSpec[]>> = {
  W10: (amount) => [{ pid: 5000, argv: 'leak', threads: 4 + amount }],
  W11: (amount) => [
    { pid: 5000, argv: 'leak' },
    ...Array.from({ length: amount }, (_, at): ProcessSpec => ({ pid: 6000 + at, ppid: 5000, state: 'Z' })),
  ],
  W13: (amount) => [{ pid: 5000, argv: 'leak', fds: 5 + 3 * amount }],
};

/** @returns the number of the sample with the alert, and of the first in which the group has a place */
function watch(code: string, heavy: number): { alert: number; place: number } {
  const tracker = new Tracker({ patterns: [], maxGroups: 50 });
  const state = createState({ intervalSeconds: 20, falseAlarmsPerMonth: 1 });
  const told = new Set<string>();
  tracker.keep(50, (group) => told.has(group));
  let place = Number.POSITIVE_INFINITY;
  for (let at = 0; at < MOST_SAMPLES; at++) {
    const others = Array.from(
      { length: heavy },
      (_, n): ProcessSpec => ({
        pid: 100 + n,
        argv: `heavy-${String.fromCharCode(97 + (n % 26), 97 + n / 26)}`,
        anonBytes: (200 + ((at * 7919 + n * 104_729) % 50)) * MB,
        threads: 20 + ((at * 31 + n * 17) % 5),
        fds: 100 + ((at * 13 + n) % 9),
      }),
    );
    const { readings } = tracker.track(snapshot([...others, ...LEAKS[code]!(at)], { t: 20 * at }));
    if (readings.groups.has('leak')) place = Math.min(place, at);
    for (const event of step(state, readings).events) {
      if (event.at !== 'resolved') told.add(event.group);
      if (event.at === 'alert' && event.code === code && event.group === 'leak') return { alert: at, place };
    }
  }
  return { alert: Number.POSITIVE_INFINITY, place };
}

test.each(Object.keys(LEAKS))('%s', (code) => {
  const alone = watch(code, 20);
  const crowded = watch(code, 80);
  expect(alone.place).toBe(0);
  expect(crowded.place).toBeLessThan(30);
  expect(crowded.alert).toBeLessThan(alone.alert + 30);
});
