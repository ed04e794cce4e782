/** Leaks of what a leakwatch in the dyno counts: suspicions that are steady (boundary: three hours), and alerts. */
import { describe, expect, test } from 'vitest';
import { OWN_METRICS, readOwnLine } from '../../src/formats/heroku/samples.ts';
import { concludeDyno } from '../../src/logs/conclusion.ts';
import type { LifeReport } from '../../src/logs/life.ts';
import { METRICS, type Metric } from '../../src/model/metrics.ts';
import { renderJson, renderL2met } from '../../src/sinks/log/log-lines.ts';
import type { NamedEvent } from '../../src/verdict/culprit.ts';
import { publication, zombieLeak } from '../support/publication.ts';
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

test.each(OWN_METRICS.map(({ row }) => row))('an alert about $name is a leak of it, even without a series', (row) => {
  const alert = { t: START, code: row.code, desc: 'd', at: 'alert', group: 'web', metric: row.name } as const;
  const [leak] = concludeDyno(dynoOf([lifeOf([], { alerts: [alert] })]));
  expect(leak).toMatchObject({ kind: 'leak', certainty: 'found', measure: row.name, group: 'web' });
  expect(concludeDyno(dynoOf([lifeOf([], { alerts: [{ ...alert, at: 'warn' }] })]))).toEqual([]);
});

describe('an alert whose code belongs to several metrics', () => {
  const measureOf = (metric?: Metric) => {
    const alert = { t: START, code: 'W12', desc: 'd', at: 'alert', group: 'web', ...(metric && { metric }) } as const;
    const series = [['rss', 'web'] as const, ['rss', undefined] as const];
    const tracks = series.map(([measure, group]) => trackOf(60, { measure, ...(group && { group }) }));
    return concludeDyno(dynoOf([lifeOf(tracks, { alerts: [alert] })])).map((one) => one.kind === 'leak' && one.measure);
  };

  test('is about the metric that has a series, if it names no metric or one without a series', () => {
    expect(measureOf()).toEqual(['rss']);
    expect(measureOf('anon')).toEqual(['rss']);
    expect(measureOf('rss')).toEqual(['rss']);
  });

  test('names its metric on the log line, as l2met and as JSON', () => {
    for (const render of [renderL2met, renderJson]) {
      for (const { name, code } of METRICS) {
        const event = { ...zombieLeak(), code, desc: 'd', metric: name } as NamedEvent;
        const line = render({ ...publication(), events: [event] }, { source: 'web.1', dyno: 'local.1' }).at(-1)!;
        expect(readOwnLine(line)).toMatchObject({ kind: 'alert', code, metric: name });
      }
    }
  });
});
