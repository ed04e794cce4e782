/**
 * What a log amounts to: the lives of each dyno in, findings out, the gravest first. A detector's verdict counts by itself;
 * the shape of a life only where the log brings a second reason (the quota was passed, lives that repeat each other).
 */
import type { Measure } from '../formats/heroku/events.ts';
import type { DynoState } from './dyno.ts';
import type { RunReport, Tally } from './run.ts';
import type { TrackReport } from './track.ts';

/**
 * `exhaustion`: no more threads, processes or descriptors were to be had. `leak`: it grows until something ends it.
 * `plateau`: it has stopped growing, above the quota. `over_quota`: above the quota, and too short to tell the two apart.
 */
export type FindingKind = 'exhaustion' | 'leak' | 'plateau' | 'over_quota';

interface Common {
  readonly dyno: string;
  readonly appId?: string;
  /** `found`: a detector, or the app itself, says so. `likely`: it follows from the log as a whole. */
  readonly certainty: 'found' | 'likely';
}

export interface Exhaustion extends Common {
  readonly kind: 'exhaustion';
  readonly what: 'threads' | 'fds';
  /** What the app said, the first time; absent where only leakwatch said so. */
  readonly text?: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly limit?: number;
  /** Highest number of threads and zombies, where leakwatch counted them in the dyno. */
  readonly peak?: number;
  readonly memoryPeakRatio?: number;
}

export interface Leak extends Common {
  readonly kind: 'leak';
  readonly measure: Measure;
  readonly group?: string;
  readonly slopePerSecond?: number;
  readonly from: number;
  readonly to: number;
  /** Floors at both ends. */
  readonly low?: number;
  readonly high?: number;
  /** Lives of the dyno that show it, of those that were long enough to. */
  readonly runs: number;
  readonly ofRuns: number;
  /** The last life was long enough, and shows none. */
  readonly over: boolean;
  readonly culprit?: string;
}

export interface Plateau extends Common {
  readonly kind: 'plateau';
  readonly level: number;
  /** It has stopped growing; else it grows ever more slowly. */
  readonly settled: boolean;
  readonly quotaBytes: number;
  readonly seconds: number;
  readonly workers?: number;
  /** How many of them fit. */
  readonly fit?: number;
}

export interface OverQuota extends Common {
  readonly kind: 'over_quota';
  readonly peak: number;
  readonly quotaBytes?: number;
  readonly seconds: number;
}

export type Finding = Exhaustion | Leak | Plateau | OverQuota;

/** A climb that is shorter than this, in a life that passed its quota, may be a start. */
const SHORTEST_CLIMB_SECONDS = 1200;
/** ... and a suspicion without any other reason must have lasted for this long. */
const SHORTEST_SUSPICION_SECONDS = 3 * 3600;
/** It has stopped growing when its shape is flat over this long. */
const SHORTEST_PLATEAU_SECONDS = 900;
/** Growth that a detector has found was a start after all when the second half of so long a life is flat ... */
const SHORTEST_REST_SECONDS = 1.5 * 3600;
/** ... or this much less steep than the first: a heap that settles, seen for twice as long as that takes. */
const SETTLED_SHARE = 0.45;
/** Above the quota for less than this is a peak of load. */
const SHORTEST_EXCESS_SECONDS = 300;
/** The platform complains about every 20 seconds. */
const COMPLAINT_SECONDS = 20;
/** Words that mean something harmless as well must come this often. */
const LEAST_PERHAPS = 3;
/** So many lives that climbed past their quota are no coincidence. */
const LEAST_REPEATS = 3;
const LIMIT_REACHED_RATIO = 0.98;
const ORDER: readonly FindingKind[] = ['exhaustion', 'leak', 'plateau', 'over_quota'];
/** Alerts of leakwatch that say that something leaks, and of what. */
const LEAK_CODES: ReadonlyMap<string, Measure> = new Map([
  ['W10', 'threads'],
  ['W11', 'zombies'],
  ['W12', 'rss'],
  ['W13', 'fds'],
  ['W14', 'processes'],
]);

/** @returns the gravest first; none where there is nothing to find */
export function concludeDyno(dyno: DynoState): Finding[] {
  const found = [...exhaustions(dyno), ...ownLeaks(dyno), ...memory(dyno)];
  return found.sort(gravestFirst);
}

/** For sorting. */
export function gravestFirst(a: Finding, b: Finding): number {
  return (
    ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) ||
    (a.certainty === b.certainty ? 0 : a.certainty === 'found' ? -1 : 1)
  );
}

function naming({ name, appId }: DynoState): { dyno: string; appId?: string } {
  return { dyno: name, ...(appId !== undefined && { appId }) };
}

function exhaustions(dyno: DynoState): Exhaustion[] {
  const tallies = (kind: string): Tally[] =>
    dyno.runs.flatMap(({ troubles }) => troubles.filter(({ trouble }) => trouble === kind));
  const said = tallies('threads');
  const perhaps = tallies('perhaps');
  const enough = said.length > 0 || perhaps.reduce((sum, { count }) => sum + count, 0) >= LEAST_PERHAPS;
  const found: Exhaustion[] = [];
  const peak = peakTasks(dyno);
  const alerts = dyno.runs.flatMap(({ alerts }) => alerts.filter(({ code, desc }) => code === 'W21' && desc !== ''));
  const atLimit =
    peak !== undefined && dyno.threadLimit !== undefined && peak.value >= LIMIT_REACHED_RATIO * dyno.threadLimit;
  const limit = dyno.threadLimit === undefined ? {} : { limit: dyno.threadLimit };
  const memoryPeakRatio = memoryRatio(dyno);
  const rest = {
    ...limit,
    ...(peak && { peak: peak.value }),
    ...(memoryPeakRatio !== undefined && { memoryPeakRatio }),
  };
  if (enough) found.push({ ...exhausted(dyno, 'threads', [...said, ...perhaps]), ...rest });
  else if (atLimit) {
    const t = alerts[0]?.t ?? peak.t;
    const common = { ...naming(dyno), kind: 'exhaustion', certainty: 'found', what: 'threads' } as const;
    found.push({ ...common, count: 0, first: t, last: Math.max(t, peak.t), ...rest });
  }
  const fds = tallies('fds');
  if (fds.length > 0) found.push(exhausted(dyno, 'fds', fds));
  return found;
}

function exhausted(dyno: DynoState, what: 'threads' | 'fds', tallies: readonly Tally[]): Exhaustion {
  return {
    ...naming(dyno),
    kind: 'exhaustion',
    certainty: 'found',
    what,
    text: tallies[0]!.text,
    count: tallies.reduce((sum, { count }) => sum + count, 0),
    first: Math.min(...tallies.map(({ first }) => first)),
    last: Math.max(...tallies.map(({ last }) => last)),
  };
}

/** Threads and zombies both count against the limit; their peaks may lie apart, so this is the most it can have been. */
function peakTasks({ runs }: DynoState): { readonly t: number; readonly value: number } | undefined {
  let peak: { t: number; value: number } | undefined;
  for (const { tracks } of runs) {
    const of = (measure: Measure) =>
      tracks.find((track) => track.measure === measure && track.group === undefined)?.peak;
    const threads = of('threads');
    if (!threads) continue;
    const zombies = of('zombies');
    const value = threads.value + (zombies?.value ?? 0);
    if (!peak || value > peak.value) peak = { t: Math.max(threads.t, zombies?.t ?? 0), value };
  }
  return peak;
}

function memoryRatio({ runs, quotaBytes }: DynoState): number | undefined {
  const peaks = runs
    .flatMap(({ tracks }) => tracks.filter(({ measure }) => measure === 'memory'))
    .map(({ peak }) => peak.value);
  return quotaBytes === undefined || peaks.length === 0 ? undefined : Math.max(...peaks) / quotaBytes;
}

/** What leakwatch counted in the dyno, and what it said. */
function ownLeaks(dyno: DynoState): Leak[] {
  const found = new Map<string, Leak>();
  for (const run of dyno.runs) {
    for (const track of run.tracks) {
      const { measure, group, verdict, shape } = track;
      if (measure === 'memory' || measure === 'swap' || measure === 'load') continue;
      const isLong = (shape?.spanSeconds ?? 0) >= SHORTEST_SUSPICION_SECONDS;
      const certainty =
        verdict === 'leak'
          ? 'found'
          : verdict === 'suspect' && shape?.kind === 'climbing' && shape.steady && isLong
            ? 'likely'
            : undefined;
      if (certainty) add({ ...leakOf(dyno, run, track), certainty, ...(group !== undefined && { group }) });
    }
    for (const { code, group, at, t, culprit } of run.alerts) {
      const measure = LEAK_CODES.get(code);
      if (measure === undefined || at !== 'alert') continue;
      const track = run.tracks.find((one) => one.measure === measure && one.group === group);
      const leak = track
        ? leakOf(dyno, run, track)
        : { ...naming(dyno), kind: 'leak' as const, measure, from: t, to: run.to, runs: 1, ofRuns: 1, over: false };
      add({ ...leak, certainty: 'found', group, ...(culprit !== undefined && { culprit }) });
    }
  }
  const leaks = [...found.values()];
  // What a group shows, its dyno shows as well.
  return leaks.filter(
    ({ group, measure }) =>
      group !== undefined || !leaks.some((one) => one.measure === measure && one.group !== undefined),
  );

  function add(leak: Leak): void {
    const key = `${leak.measure}\n${leak.group ?? ''}`;
    const known = found.get(key);
    if (!known) found.set(key, leak);
    else {
      const runs = leak.from === known.from ? known.runs : known.runs + 1;
      found.set(key, { ...known, ...leak, runs, ofRuns: dyno.runs.length });
    }
  }
}

function leakOf(dyno: DynoState, run: RunReport, track: TrackReport): Omit<Leak, 'certainty'> {
  const { evidence, shape, measure } = track;
  const isJudged = evidence.slopePerSecond !== undefined && evidence.since !== undefined;
  const slopePerSecond = isJudged ? evidence.slopePerSecond : shape?.slopePerSecond;
  const low = isJudged && evidence.floor !== undefined ? evidence.floor - (evidence.rise ?? 0) : shape?.from;
  const high = isJudged ? evidence.floor : shape?.to;
  return {
    ...naming(dyno),
    kind: 'leak',
    measure,
    ...(slopePerSecond !== undefined && { slopePerSecond }),
    from: (isJudged ? evidence.since : undefined) ?? track.from,
    to: Math.min(track.to, run.end?.t ?? track.to),
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
    runs: 1,
    ofRuns: 1,
    over: false,
  };
}

/** What one life says of memory, swap included: swap alone begins at nothing, and grows wherever the whole settles above. */
type Seen = 'leak' | 'likely' | 'plateau' | 'over_quota' | 'calm' | 'short';

function memory(dyno: DynoState): Finding[] {
  const lives = dyno.runs.flatMap((run) => {
    const track = run.tracks.find(({ measure }) => measure === 'memory');
    return track ? [{ run, track, seen: seenIn(dyno, run, track) }] : [];
  });
  const of = (...kinds: Seen[]) => lives.filter(({ seen }) => kinds.includes(seen));
  const leaking = of('leak', 'likely');
  const flat = of('plateau');
  if (leaking.length > 0 && leaking.length >= flat.length) {
    // Lives that repeat each other say what none of them could alone.
    const certain = of('leak').length > 0 || leaking.length >= LEAST_REPEATS;
    const longest = leaking.toSorted((a, b) => length(b) - length(a))[0]!;
    const last = lives.at(-1)!;
    const judged = lives.length - of('short').length;
    return [
      {
        ...leakOf(dyno, longest.run, longest.track),
        certainty: certain ? 'found' : 'likely',
        runs: leaking.length,
        ofRuns: judged,
        over: !leaking.includes(last) && last.seen === 'calm' && length(last) >= length(longest) / 2,
      },
    ];
  }
  const [longest] = flat.toSorted((a, b) => length(b) - length(a));
  if (longest && dyno.quotaBytes !== undefined) return [plateauOf(dyno, longest.run, longest.track, dyno.quotaBytes)];
  const [over] = of('over_quota').toSorted((a, b) => b.run.overQuotaSeconds - a.run.overQuotaSeconds);
  if (!over) return [];
  const quota = dyno.quotaBytes === undefined ? {} : { quotaBytes: dyno.quotaBytes };
  const seconds = excessSeconds(over.run);
  return [{ ...naming(dyno), kind: 'over_quota', certainty: 'likely', peak: over.track.peak.value, ...quota, seconds }];
}

function length({ track }: { readonly track: TrackReport }): number {
  return track.to - track.from;
}

function excessSeconds(run: RunReport): number {
  const complaints = run.errors.find(({ code }) => code === 'R14')?.count ?? 0;
  return Math.max(run.overQuotaSeconds, complaints * COMPLAINT_SECONDS);
}

function seenIn(dyno: DynoState, run: RunReport, track: TrackReport): Seen {
  const { shape, verdict } = track;
  const span = track.to - track.from;
  const killed = run.errors.some(({ code }) => code === 'R15');
  const over = killed || excessSeconds(run) >= SHORTEST_EXCESS_SECONDS;
  const climbs = shape?.kind === 'climbing';
  if (verdict === 'leak') {
    const slows = shape?.kind === 'slowing' && shape.lateShare < SETTLED_SHARE;
    const rests = (shape?.kind === 'flat' || slows) && span >= SHORTEST_REST_SECONDS;
    if (!rests) return 'leak';
    return over ? (killed ? 'over_quota' : 'plateau') : 'calm';
  }
  const passed = over || (dyno.quotaBytes !== undefined && track.peak.value > dyno.quotaBytes);
  if (climbs && passed && span >= SHORTEST_CLIMB_SECONDS) return 'likely';
  if (climbs && shape.steady && verdict === 'suspect' && span >= SHORTEST_SUSPICION_SECONDS) return 'likely';
  if (over && shape && shape.kind !== 'unclear' && !climbs && span >= SHORTEST_PLATEAU_SECONDS) {
    // It lies above the quota, not only its peaks.
    const lies = dyno.quotaBytes === undefined || shape.to > 0.95 * dyno.quotaBytes;
    if (lies && !killed) return 'plateau';
  }
  if (over) return 'over_quota';
  return span >= SHORTEST_SUSPICION_SECONDS ? 'calm' : 'short';
}

function plateauOf(dyno: DynoState, run: RunReport, track: TrackReport, quotaBytes: number): Plateau {
  const level = track.shape?.to ?? track.last;
  const workers = run.workers ?? dyno.runs.findLast((one) => one.workers !== undefined)?.workers;
  return {
    ...naming(dyno),
    kind: 'plateau',
    certainty: 'found',
    level,
    settled: track.shape?.kind === 'flat',
    quotaBytes,
    seconds: excessSeconds(run),
    ...(workers !== undefined && workers > 1 && { workers, fit: Math.floor((quotaBytes * workers) / level) }),
  };
}
