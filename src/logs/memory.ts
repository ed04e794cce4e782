/**
 * Judges the memory of a dyno over all its lives, swap included: a leak, a plateau above the quota, memory above the
 * quota, or nothing. Swap is not judged by itself: it starts at zero when the quota is passed, and so grows wherever
 * memory settles above it.
 */
import { PLATFORM_INTERVAL_SECONDS } from '../formats/heroku/events.ts';
import { isSteadySuspicion, leakOf, SHORTEST_SUSPICION_SECONDS } from './counted-leaks.ts';
import type { DynoState } from './dyno.ts';
import { type Leak, type LogFinding, nameOf, type OverQuota, type Plateau } from './findings.ts';
import type { LifeReport } from './life.ts';
import type { TrackReport } from './track.ts';

/**
 * A climb past the quota must last this long. Chosen: shorter starts climb in any program. With 2,400 s a leak that
 * kills its dyno every 40 minutes is missed (`killed` in test/logs/conclusion.test.ts); 600 to 1,600 s find the same.
 */
const SHORTEST_CLIMB_SECONDS = 1200;
/**
 * A level above the quota must be watched for this long before it is a plateau. Chosen: with 450 s a log of ten minutes
 * is one (test/logs/conclusion.test.ts); longer delays the finding.
 */
const SHORTEST_PLATEAU_SECONDS = 900;
/** The middle of the last quarter must be above this share of the quota. Chosen: lower, and only peaks are above it. */
const LEVEL_ABOVE_QUOTA = 0.95;
/** A leak is taken back if the second half of a life of this length is level. Chosen: most warm-ups last an hour ... */
const SHORTEST_REST_SECONDS = 1.5 * 3600;
/** ... or rises at less than this share of the first half's slope. Chosen: clearly less than LATE_SHARE of shape.ts. */
const SETTLED_SHARE = 0.45;
/**
 * Above the quota for less is a peak of load. Chosen: with 150 s the 160 s in conclusion.test.ts would be a finding.
 */
const SHORTEST_EXCESS_SECONDS = 300;
/** A leak is certain from this many lives that climbed past the quota. Chosen: two may be chance, six take a week. */
const LEAST_REPEATS = 3;
/** A leak is over if the last life shows none in this share of the longest leaking one. Chosen: it showed by then. */
const LEAST_CALM_SHARE = 0.5;

/** Verdict on one life. `calm`: long enough, and nothing wrong; `short`: too short to tell. */
type LifeVerdict = 'leak' | 'likely' | 'plateau' | 'over_quota' | 'calm' | 'short';

/** The memory of one life. */
interface MemoryLife {
  readonly life: LifeReport;
  readonly track: TrackReport;
  readonly quotaBytes: number | undefined;
}

export function memoryFindings(dyno: DynoState): LogFinding[] {
  const { quotaBytes } = dyno;
  const lives = dyno.lives.flatMap((life) => {
    const track = life.tracks.find(({ measure }) => measure === 'memory');
    if (!track) return [];
    const one = { life, track, quotaBytes };
    return [{ ...one, verdict: judgeLife(one) }];
  });
  const livesThatSay = (...verdicts: LifeVerdict[]) => lives.filter(({ verdict }) => verdicts.includes(verdict));

  const leaking = livesThatSay('leak', 'likely');
  const onPlateau = livesThatSay('plateau');
  if (leaking.length > 0 && leaking.length >= onPlateau.length) {
    const longest = longestOf(leaking)!;
    const last = lives.at(-1)!;
    const isLastCalm = last.verdict === 'calm' && lengthOf(last) >= LEAST_CALM_SHARE * lengthOf(longest);
    const isCertain = livesThatSay('leak').length > 0 || leaking.length >= LEAST_REPEATS;
    const leak: Leak = {
      ...leakOf(dyno, longest.life, longest.track),
      certainty: isCertain ? 'found' : 'likely',
      runs: leaking.length,
      ofRuns: lives.length - livesThatSay('short').length,
      over: isLastCalm,
    };
    return [leak];
  }
  const longest = longestOf(onPlateau);
  if (longest && quotaBytes !== undefined) return [plateauOf(dyno, longest, quotaBytes)];
  const [worst] = livesThatSay('over_quota').toSorted((a, b) => b.life.overQuotaSeconds - a.life.overQuotaSeconds);
  return worst ? [overQuotaOf(dyno, worst)] : [];
}

function judgeLife(one: MemoryLife): LifeVerdict {
  if (one.track.verdict === 'leak') {
    if (!hasSettledAfterAll(one)) return 'leak';
    if (!isOverQuota(one)) return 'calm';
    return isKilled(one) ? 'over_quota' : 'plateau';
  }
  if (climbsPastQuota(one) || isSteadySuspicion(one.track, lengthOf(one))) return 'likely';
  if (liesAboveQuota(one)) return 'plateau';
  if (isOverQuota(one)) return 'over_quota';
  return lengthOf(one) >= SHORTEST_SUSPICION_SECONDS ? 'calm' : 'short';
}

/** The detector spoke while the program was still starting: seen as a whole, its growth has ended or is ending. */
function hasSettledAfterAll(one: MemoryLife): boolean {
  const { shape } = one.track;
  const isEnding = shape?.kind === 'slowing' && shape.lateShare < SETTLED_SHARE;
  return (shape?.kind === 'flat' || isEnding) && lengthOf(one) >= SHORTEST_REST_SECONDS;
}

/** Killed for twice its quota: R15. */
function isKilled({ life }: MemoryLife): boolean {
  return life.errors.some(({ code }) => code === 'R15');
}

/** Above the quota for longer than a peak of load, or so far that it was killed. */
function isOverQuota(one: MemoryLife): boolean {
  return isKilled(one) || excessSeconds(one.life) >= SHORTEST_EXCESS_SECONDS;
}

function climbsPastQuota(one: MemoryLife): boolean {
  const { track, quotaBytes } = one;
  const hasPassed = isOverQuota(one) || (quotaBytes !== undefined && track.peak.value > quotaBytes);
  return track.shape?.kind === 'climbing' && hasPassed && lengthOf(one) >= SHORTEST_CLIMB_SECONDS;
}

/** Level, or nearly so, with its level above the quota and not only its peaks. */
function liesAboveQuota(one: MemoryLife): boolean {
  const { track, quotaBytes } = one;
  const { shape } = track;
  if (shape?.kind !== 'flat' && shape?.kind !== 'slowing') return false;
  if (!isOverQuota(one) || isKilled(one) || lengthOf(one) < SHORTEST_PLATEAU_SECONDS) return false;
  return quotaBytes === undefined || shape.to > LEVEL_ABOVE_QUOTA * quotaBytes;
}

/** Time above the quota. Where memory is not measured, each R14 stands for one interval. */
function excessSeconds(life: LifeReport): number {
  const complaints = life.errors.find(({ code }) => code === 'R14')?.count ?? 0;
  return Math.max(life.overQuotaSeconds, complaints * PLATFORM_INTERVAL_SECONDS);
}

function lengthOf({ track }: Pick<MemoryLife, 'track'>): number {
  return track.to - track.from;
}

function longestOf<T extends MemoryLife>(lives: readonly T[]): T | undefined {
  return lives.toSorted((a, b) => lengthOf(b) - lengthOf(a))[0];
}

function plateauOf(dyno: DynoState, { life, track }: MemoryLife, quotaBytes: number): Plateau {
  const level = track.shape?.to ?? track.last;
  const workers = life.workers ?? dyno.lives.findLast((one) => one.workers !== undefined)?.workers;
  return {
    ...nameOf(dyno),
    kind: 'plateau',
    certainty: 'found',
    level,
    settled: track.shape?.kind === 'flat',
    quotaBytes,
    seconds: excessSeconds(life),
    ...(workers !== undefined && workers > 1 && { workers, fit: Math.floor((quotaBytes * workers) / level) }),
  };
}

function overQuotaOf(dyno: DynoState, { life, track, quotaBytes }: MemoryLife): OverQuota {
  return {
    ...nameOf(dyno),
    kind: 'over_quota',
    certainty: 'likely',
    peak: track.peak.value,
    ...(quotaBytes !== undefined && { quotaBytes }),
    seconds: excessSeconds(life),
  };
}
