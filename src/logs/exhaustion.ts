/**
 * Exhaustion of threads, processes or descriptors: from messages of the app that it was refused one, or from
 * leakwatch's counts that reached the limit.
 */
import type { Measure, Trouble } from '../formats/heroku/events.ts';
import type { DynoState } from './dyno.ts';
import { type Exhaustion, nameOf } from './findings.ts';
import type { Tally } from './life.ts';

/**
 * Counted tasks this near to the limit have reached it. Chosen: samples are 20 s apart and miss the very peak; of a
 * limit of 256, the smallest that Heroku has, this leaves room for 5 tasks.
 */
const REACHED_RATIO = 0.98;

export function exhaustions(dyno: DynoState): Exhaustion[] {
  const found = [exhaustionOfThreads(dyno), exhaustionOfDescriptors(dyno)];
  return found.filter((one) => one !== undefined);
}

function exhaustionOfThreads(dyno: DynoState): Exhaustion | undefined {
  const clear = troublesOf(dyno, 'threads');
  const peak = peakTasks(dyno);
  const memoryPeakRatio = memoryRatio(dyno);
  const numbers = {
    ...(dyno.threadLimit !== undefined && { limit: dyno.threadLimit }),
    ...(peak && { peak: peak.value }),
    ...(memoryPeakRatio !== undefined && { memoryPeakRatio }),
  };
  if (clear.length > 0) return { ...exhaustionOf(dyno, 'threads', clear), ...numbers };
  if (!peak || dyno.threadLimit === undefined || peak.value < REACHED_RATIO * dyno.threadLimit) return undefined;
  const [alert] = dyno.lives.flatMap(({ alerts }) => alerts.filter(({ code, desc }) => code === 'W21' && desc !== ''));
  const first = alert?.t ?? peak.t;
  const common = { ...nameOf(dyno), kind: 'exhaustion', certainty: 'found', what: 'threads' } as const;
  return { ...common, count: 0, first, last: Math.max(first, peak.t), ...numbers };
}

function exhaustionOfDescriptors(dyno: DynoState): Exhaustion | undefined {
  const tallies = troublesOf(dyno, 'fds');
  return tallies.length > 0 ? exhaustionOf(dyno, 'fds', tallies) : undefined;
}

function troublesOf(dyno: DynoState, kind: Trouble): Tally[] {
  return dyno.lives.flatMap(({ troubles }) => troubles.filter(({ trouble }) => trouble === kind));
}

function countOf(tallies: readonly Tally[]): number {
  return tallies.reduce((sum, { count }) => sum + count, 0);
}

function exhaustionOf(dyno: DynoState, what: Exhaustion['what'], tallies: readonly Tally[]): Exhaustion {
  return {
    ...nameOf(dyno),
    kind: 'exhaustion',
    certainty: 'found',
    what,
    text: tallies[0]!.text,
    count: countOf(tallies),
    first: Math.min(...tallies.map(({ first }) => first)),
    last: Math.max(...tallies.map(({ last }) => last)),
  };
}

/** Threads and zombies count against one limit. Their peaks may be at different times: the sum is an upper bound. */
function peakTasks({ lives }: DynoState): { readonly t: number; readonly value: number } | undefined {
  let peak: { t: number; value: number } | undefined;
  for (const { tracks } of lives) {
    const peakOf = (measure: Measure) =>
      tracks.find((track) => track.measure === measure && track.group === undefined)?.peak;
    const threads = peakOf('threads');
    if (!threads) continue;
    const zombies = peakOf('zombies');
    const value = threads.value + (zombies?.value ?? 0);
    if (!peak || value > peak.value) peak = { t: Math.max(threads.t, zombies?.t ?? 0), value };
  }
  return peak;
}

/** Highest memory of all lives as a share of the quota. */
function memoryRatio({ lives, quotaBytes }: DynoState): number | undefined {
  const tracks = lives.flatMap((life) => life.tracks.filter(({ measure }) => measure === 'memory'));
  if (quotaBytes === undefined || tracks.length === 0) return undefined;
  return Math.max(...tracks.map(({ peak }) => peak.value)) / quotaBytes;
}
