/** The state of a dyno as a log leaves it, made by hand: everything that a rule does not look at is unremarkable. */
import type { DynoState } from '../../src/logs/dyno.ts';
import type { LifeReport, Tally } from '../../src/logs/life.ts';
import type { Shape } from '../../src/logs/shape.ts';
import type { TrackReport } from '../../src/logs/track.ts';

export const MB = 2 ** 20;
export const HOUR_SECONDS = 3600;
/** 2026-11-20T18:00:00Z */
export const START = 1_795_197_600;

export const QUOTA = 512 * MB;

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
