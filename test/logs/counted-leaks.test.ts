/** Leaks of what leakwatch in the dyno counts: steady suspicions, at the boundary, and alerts. */
import { expect, test } from 'vitest';
import { OWN_METRICS } from '../../src/formats/heroku/samples.ts';
import { concludeDyno } from '../../src/logs/conclusion.ts';
import type { LifeReport } from '../../src/logs/life.ts';
import { conclusionOn, dynoOf, HOUR_SECONDS, lifeOf, START, shapeOf, trackOf } from './states.ts';

test('a suspicion that is steady for three hours is a leak', () => {
  const threads = (seconds: number, steady = true): LifeReport =>
    lifeOf([
      trackOf(seconds, {
        measure: 'threads',
        verdict: 'suspect',
        shape: shapeOf('climbing', { steady, spanSeconds: seconds }),
      }),
    ]);
  expect(conclusionOn(threads(3 * HOUR_SECONDS))).toBe('leak likely');
  expect(conclusionOn(threads(3 * HOUR_SECONDS - 1))).toBe('nothing');
  expect(conclusionOn(threads(3 * HOUR_SECONDS, false))).toBe('nothing');
});

test.each(OWN_METRICS.map(({ row }) => row))('an alert about $name is a leak of it, even without its series', (row) => {
  const alert = { t: START, code: row.code, desc: 'd', at: 'alert', group: 'web' } as const;
  const [leak] = concludeDyno(dynoOf([lifeOf([], { alerts: [alert] })]));
  expect(leak).toMatchObject({ kind: 'leak', certainty: 'found', measure: row.name, group: 'web' });
  expect(concludeDyno(dynoOf([lifeOf([], { alerts: [{ ...alert, at: 'warn' }] })]))).toEqual([]);
});
