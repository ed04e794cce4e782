/** Where one life of a dyno ends and the next begins, at the boundaries, and how much is kept of many lives. */
import { describe, expect, test } from 'vitest';
import type { LogEvent } from '../../src/formats/heroku/events.ts';
import { type Detail, Dyno, type DynoState } from '../../src/logs/dyno.ts';
import { MB, START } from './states.ts';

type Timed = readonly [seconds: number, event: LogEvent];

const starting: LogEvent = { kind: 'state', from: 'up', to: 'starting' };
const memory = (megabytes: number): LogEvent => ({
  kind: 'sample',
  by: 'platform',
  values: { memory: megabytes * MB },
});

function dynoAfter(events: readonly Timed[], releasedAt?: number, detail: Detail = 'full'): DynoState {
  const dyno = new Dyno({
    detail,
    name: 'web.1',
    drain: '',
    context: { falseAlarmsPerYear: () => 12, tell: () => undefined, releasedAt: () => releasedAt },
  });
  for (const [seconds, event] of events) dyno.take(event, START + seconds);
  return dyno.report();
}

const endsAfter = (...args: Parameters<typeof dynoAfter>) => dynoAfter(...args).lives.map(({ end }) => end?.how);

describe('a start', () => {
  test('that is logged again within two minutes begins no second life', () => {
    expect(
      endsAfter([
        [0, starting],
        [120, { kind: 'start' }],
      ]),
    ).toEqual([undefined]);
    expect(
      endsAfter([
        [0, starting],
        [121, { kind: 'start' }],
      ]),
    ).toEqual(['restarted', undefined]);
  });

  test('has the cause that was logged within three minutes before', () => {
    const cycling: LogEvent = { kind: 'stop', how: 'cycling' };
    expect(
      endsAfter([
        [0, memory(300)],
        [1000, cycling],
        [1180, starting],
      ])[0],
    ).toBe('cycled');
    expect(
      endsAfter([
        [0, memory(300)],
        [1000, cycling],
        [1181, starting],
      ])[0],
    ).toBe('restarted');
  });

  test('has the release within three minutes before as its cause', () => {
    const lives: Timed[] = [
      [0, memory(300)],
      [1000, starting],
    ];
    expect(endsAfter(lives, START + 820)[0]).toBe('released');
    expect(endsAfter(lives, START + 819)[0]).toBe('restarted');
    expect(endsAfter(lives, START + 1001)[0]).toBe('restarted');
  });
});

describe('the quota', () => {
  const complaint = (quotaMegabytes: number): LogEvent => ({
    kind: 'sample',
    by: 'complaint',
    values: { memory: 3000 * MB },
    quotaBytes: quotaMegabytes * MB,
  });
  const quotaAfter = (events: readonly LogEvent[]) =>
    dynoAfter(events.map((event, at) => [1000 * at, event])).quotaBytes! / MB;

  test('is the least bound of all complaints', () => {
    expect(quotaAfter([complaint(2560), complaint(512), complaint(1024)])).toBe(512);
  });

  test('of an earlier life is raised by three complaints', () => {
    expect(quotaAfter([complaint(512), starting, complaint(1024), complaint(2560)])).toBe(512);
    expect(quotaAfter([complaint(512), starting, complaint(1024), complaint(2560), complaint(2560)])).toBe(1024);
  });

  test('is what a measurement says, if there is one', () => {
    const measured: LogEvent = { kind: 'sample', by: 'platform', values: {}, quotaBytes: 1024 * MB };
    expect(quotaAfter([complaint(512), measured, complaint(512)])).toBe(1024);
  });
});

describe('a dyno keeps at most', () => {
  test('60 closed lives and two open ones', () => {
    const starts = (count: number): Timed[] => Array.from({ length: count }, (_, at) => [1000 * at, starting]);
    expect(dynoAfter(starts(62))).toMatchObject({ earlierLives: 0, lives: { length: 62 } });
    expect(dynoAfter(starts(65))).toMatchObject({ earlierLives: 3, lives: { length: 62 } });
  });

  test('48 charts of series and 48 of error codes', () => {
    const sample = (at: number): LogEvent => ({
      kind: 'sample',
      by: 'leakwatch',
      group: `group ${at}`,
      values: { threads: 1 },
    });
    // One life has no more than 40 series.
    const events = Array.from({ length: 80 }, (_, at): Timed[] => [
      ...(at % 20 === 0 ? [[1000 * at, starting] as const] : []),
      [1000 * at, sample(at)],
      [1000 * at, { kind: 'error', code: `H${at}`, desc: 'd' }],
    ]).flat();
    const { charts, errorCharts } = dynoAfter(events);
    expect([charts.length, errorCharts.length]).toEqual([48, 48]);
  });

  test('360 points of a chart, each of 20 seconds until there are more', () => {
    const chartOf = (count: number) =>
      dynoAfter(Array.from({ length: count }, (_, at): Timed => [20 * at, memory(300)])).charts[0];
    expect(chartOf(360)).toMatchObject({ widthSeconds: 20, points: { length: 360 } });
    expect(chartOf(361)).toMatchObject({ widthSeconds: 40, points: { length: 181 } });
  });

  test('48 points of a chart, if the dyno is kept in brief', () => {
    const chartOf = (count: number) =>
      dynoAfter(
        Array.from({ length: count }, (_, at): Timed => [20 * at, memory(300)]),
        undefined,
        'brief',
      ).charts[0];
    expect(chartOf(48)).toMatchObject({ widthSeconds: 20, points: { length: 48 } });
    expect(chartOf(49)).toMatchObject({ widthSeconds: 40, points: { length: 25 } });
  });
});
