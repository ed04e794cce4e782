/** States of a dyno and series, made by hand: everything that a test does not set is unremarkable. */
import type { Measure } from '../../src/formats/heroku/events.ts';
import type { LineCounts } from '../../src/formats/heroku/log.ts';
import { concludeDyno } from '../../src/logs/conclusion.ts';
import type { DynoState } from '../../src/logs/dyno.ts';
import type { LifeReport, Tally } from '../../src/logs/life.ts';
import type { Shape } from '../../src/logs/shape.ts';
import { Track, type TrackReport } from '../../src/logs/track.ts';

export const MB = 2 ** 20;
export const HOUR_SECONDS = 3600;
/** 2026-11-20T18:00:00Z */
export const START = 1_795_197_600;

export const QUOTA = 512 * MB;

export const numbers = (count: number, value: (at: number) => number): number[] =>
  Array.from({ length: count }, (_, at) => value(at));

/** A level, then a rise by this much in the second half of 31 readings. */
export const lateRise = (level: number, rise: number): number[] =>
  numbers(31, (at) => level + (rise * Math.max(0, at - 15)) / 15);

/** A reading every 20 seconds from `START` on, which is a multiple of 40 seconds. */
export function trackWith(measure: Measure, values: readonly number[], start = START): Track {
  const track = new Track({ measure, falseAlarmsPerYear: 12 });
  for (const [at, value] of values.entries()) track.push(start + 20 * at, value);
  return track;
}

/** Memory of this many seconds, 300 MB, judged `ok`. */
export function trackOf(seconds: number, more: Partial<TrackReport> = {}): TrackReport {
  return {
    measure: 'memory',
    samples: 1 + Math.floor(seconds / 20),
    from: START,
    to: START + seconds,
    last: 300 * MB,
    peak: { t: START, value: 300 * MB },
    verdict: 'ok',
    evidence: {},
    ...more,
  };
}

export function shapeOf(kind: Shape['kind'], more: Partial<Shape> = {}): Shape {
  return {
    kind,
    steady: false,
    lateShare: 1,
    spanSeconds: 4 * HOUR_SECONDS,
    slopePerSecond: 1,
    from: 300 * MB,
    to: 300 * MB,
    ...more,
  };
}

export function lifeOf(tracks: readonly TrackReport[], more: Partial<LifeReport> = {}): LifeReport {
  return {
    from: START,
    to: Math.max(START, ...tracks.map(({ to }) => to)),
    startSeen: true,
    tracks,
    errors: [],
    troubles: [],
    alerts: [],
    overQuotaSeconds: 0,
    ...more,
  };
}

export function dynoOf(lives: readonly LifeReport[], more: Partial<DynoState> = {}): DynoState {
  return {
    name: 'web.1',
    drain: '',
    quotaBytes: QUOTA,
    lives,
    earlierLives: 0,
    charts: [],
    errorCharts: [],
    ...more,
  };
}

export function tallyOf(count: number, text = 'said'): Tally {
  return { count, first: START, last: START + count, text };
}

export const NO_LINES: LineCounts = {
  lines: 0,
  bytes: 0,
  router: 0,
  platform: 0,
  app: 0,
  other: 0,
  unreadable: 0,
  overlong: 0,
  platformUnknown: 0,
};

/** `leak likely`, `plateau found` ...; `nothing`. */
export function conclusionOn(...lives: LifeReport[]): string {
  const [found] = concludeDyno(dynoOf(lives));
  return found ? `${found.kind} ${found.certainty}` : 'nothing';
}
