/**
 * Leaks of what leakwatch in the dyno counts (threads, zombies, processes, descriptors, resident memory): from the
 * verdict on each series, and from leakwatch's own alerts. Memory as the platform measures it is judged in memory.ts.
 */
import type { Measure } from '../formats/heroku/events.ts';
import { OWN_METRICS } from '../formats/heroku/samples.ts';
import type { Metric } from '../model/metrics.ts';
import type { DynoState } from './dyno.ts';
import { type Leak, nameOf } from './findings.ts';
import type { LifeReport, OwnAlert } from './life.ts';
import type { TrackReport } from './track.ts';

/**
 * A suspicion without a second reason must last this long. Chosen: longer than a warm-up, short enough to be found
 * between two restarts of a day.
 */
export const SHORTEST_SUSPICION_SECONDS = 3 * 3600;

/**
 * The metric that an alert says leaks: the one that it names, since several may have one code. Where it names none, or one
 * that the dyno's line does not have (anonymous memory), the first with this code.
 */
function metricOf({ code, metric }: OwnAlert): Metric | undefined {
  const withCode = OWN_METRICS.filter(({ row }) => row.code === code);
  return (withCode.find(({ row }) => row.name === metric) ?? withCode[0])?.row.name;
}

export function countedLeaks(dyno: DynoState): Leak[] {
  const found = new Map<string, Leak>();
  for (const life of dyno.lives) {
    for (const leak of [...judgedLeaks(dyno, life), ...alertedLeaks(dyno, life)]) {
      const key = `${leak.measure}\n${leak.group ?? ''}`;
      const known = found.get(key);
      if (!known) found.set(key, leak);
      else {
        const runs = leak.from === known.from ? known.runs : known.runs + 1;
        found.set(key, { ...known, ...leak, runs, ofRuns: dyno.lives.length });
      }
    }
  }
  const leaks = [...found.values()];
  // The dyno's sum shows what its group shows: only the group is reported.
  const isOfGroup = (measure: Measure) => leaks.some((one) => one.measure === measure && one.group !== undefined);
  return leaks.filter(({ group, measure }) => group !== undefined || !isOfGroup(measure));
}

function judgedLeaks(dyno: DynoState, life: LifeReport): Leak[] {
  return life.tracks.flatMap((track) => {
    const { measure, group } = track;
    const certainty = certaintyOf(track);
    if (measure === 'memory' || measure === 'swap' || measure === 'load' || !certainty) return [];
    return [{ ...leakOf(dyno, life, track), certainty, ...(group !== undefined && { group }) }];
  });
}

function certaintyOf(track: TrackReport): Leak['certainty'] | undefined {
  if (track.verdict === 'leak') return 'found';
  return isSteadySuspicion(track, track.shape?.spanSeconds ?? 0) ? 'likely' : undefined;
}

/** Suspect for long enough, and rising in every quarter of that time. */
export function isSteadySuspicion({ verdict, shape }: TrackReport, seconds: number): boolean {
  if (verdict !== 'suspect' || shape?.kind !== 'climbing') return false;
  return shape.steady && seconds >= SHORTEST_SUSPICION_SECONDS;
}

function alertedLeaks(dyno: DynoState, life: LifeReport): Leak[] {
  return life.alerts.flatMap((alert) => {
    const measure = metricOf(alert);
    if (measure === undefined || alert.at !== 'alert') return [];
    const { group, culprit } = alert;
    const track = life.tracks.find((one) => one.measure === measure && one.group === group);
    const leak = track ? leakOf(dyno, life, track) : leakSince(dyno, life, measure, alert);
    return [{ ...leak, certainty: 'found', group, ...(culprit !== undefined && { culprit }) }];
  });
}

/** The alert is all that the log has: its series is not there. */
function leakSince(dyno: DynoState, life: LifeReport, measure: Measure, { t }: OwnAlert): Omit<Leak, 'certainty'> {
  return { ...nameOf(dyno), kind: 'leak', measure, from: t, to: life.to, runs: 1, ofRuns: 1, over: false };
}

/** The numbers of a leak in one life: the detector's, else those of the shape. */
export function leakOf(dyno: DynoState, life: LifeReport, track: TrackReport): Omit<Leak, 'certainty'> {
  const { evidence, shape, measure } = track;
  const isJudged = evidence.slopePerSecond !== undefined && evidence.since !== undefined;
  const slopePerSecond = isJudged ? evidence.slopePerSecond : shape?.slopePerSecond;
  const low = isJudged && evidence.floor !== undefined ? evidence.floor - (evidence.rise ?? 0) : shape?.from;
  const high = isJudged ? evidence.floor : shape?.to;
  return {
    ...nameOf(dyno),
    kind: 'leak',
    measure,
    ...(slopePerSecond !== undefined && { slopePerSecond }),
    from: (isJudged ? evidence.since : undefined) ?? track.from,
    to: Math.min(track.to, life.end?.t ?? track.to),
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
    runs: 1,
    ofRuns: 1,
    over: false,
  };
}
