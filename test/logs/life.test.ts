/** What one life of a dyno adds up and keeps, at the boundaries of both. */
import { describe, expect, test } from 'vitest';
import { Life } from '../../src/logs/life.ts';
import { MB, QUOTA, START } from './states.ts';

const newLife = (): Life => new Life(START, { startSeen: true });

describe('time above the quota', () => {
  const secondsAbove = (readings: readonly (readonly [seconds: number, megabytes: number])[]): number => {
    const life = newLife();
    for (const [seconds, megabytes] of readings) life.compare(START + seconds, megabytes * MB, QUOTA);
    return life.report().overQuotaSeconds;
  };

  test('runs from reading to reading, and a gap counts for a minute', () => {
    expect(
      secondsAbove([
        [0, 600],
        [20, 600],
        [80, 600],
      ]),
    ).toBe(80);
    expect(
      secondsAbove([
        [0, 600],
        [20, 600],
        [81, 600],
      ]),
    ).toBe(80);
  });

  test('begins anew after a reading that is not above', () => {
    expect(
      secondsAbove([
        [0, 600],
        [20, 512],
        [40, 600],
        [60, 600],
      ]),
    ).toBe(20);
  });
});

test('a complaint within 40 seconds of a measurement is none of its own', () => {
  const life = newLife();
  expect(life.isNewMeasurement(START, 'complaint')).toBe(true);
  expect(life.isNewMeasurement(START, 'platform')).toBe(true);
  expect(life.isNewMeasurement(START + 40, 'complaint')).toBe(false);
  expect(life.isNewMeasurement(START + 41, 'complaint')).toBe(true);
});

test('workers are those that start within three minutes of the first', () => {
  const life = newLife();
  for (const [id, seconds] of [60, 60 + 180, 60 + 181].entries()) life.worker(START + seconds, String(id), undefined);
  expect(life.workers).toBe(2);
});

describe('is bounded:', () => {
  const times = (count: number, act: (at: number) => void): void => {
    for (let at = 0; at < count; at++) act(at);
  };

  test('40 series', () => {
    const life = newLife();
    times(40, (at) => expect(life.track('threads', `group ${at}`, 12)).toBeDefined());
    expect(life.track('threads', 'one more', 12)).toBeUndefined();
    expect(life.track('threads', 'group 0', 12)).toBeDefined();
  });

  test('40 codes of errors, 40 alerts, 256 workers', () => {
    const life = newLife();
    times(300, (at) => {
      life.error(START, `H${at}`, 'd');
      life.alert({ t: START, code: 'W10', desc: 'd', at: 'alert', group: `group ${at}` });
      life.worker(START, String(at), undefined);
    });
    const { errors, alerts, workers } = life.report();
    expect([errors.length, alerts.length, workers]).toEqual([40, 40, 256]);
  });
});
