/**
 * W40: memory that has stopped growing, and is too much. Nothing leaks; there are more workers than fit.
 *
 *   limit - - - - - - - - - - -    3 workers x 600 MB do not fit 1,000 MB: one does
 *                 ________
 *               _/
 *   ___________/
 */
import type { GroupReading } from '../model/reading.ts';
import type { Judge } from './judge.ts';
import type { Event, Evidence } from './report.ts';

const OVERCOMMIT = { code: 'W40', desc: 'memory_overcommit', metric: 'rss' } as const;
/** So long must the limit have been exceeded, in intervals: a quarter of an hour at 20 s. A spike is none. */
const PATIENCE = 45;
/** Told until less than this part of the limit is used. */
const CLEARED_RATIO = 0.95;
/** The group must have this part of what is used: others may fill the limit. */
const MOST_OF_IT = 0.5;
/** One of so many is their parent, and no worker. */
const LEAST_WITH_PARENT = 3;

interface State {
  /** Since when more is used than there is. */
  readonly since: number;
  isTold: boolean;
  lastSeen: number;
}

export class OvercommitWatch {
  readonly #patienceSeconds: number;
  /** Groups under a memory limit that is exceeded. */
  readonly #groups = new Map<string, State>();

  constructor(options: { readonly intervalSeconds: number }) {
    this.#patienceSeconds = PATIENCE * options.intervalSeconds;
  }

  /** Takes the reading of a group that is there; @param judge of its resident memory */
  see(group: string, { bounds, values }: GroupReading, t: number, judge: Judge): readonly Event[] {
    const bound = bounds.memory;
    const known = this.#groups.get(group);
    const ratio = bound && bound.limit > 0 ? bound.used / bound.limit : 0;
    if (!bound || ratio <= (known?.isTold ? CLEARED_RATIO : 1)) return this.#end(group, t, values.rss);
    const state = known ?? { since: t, isTold: false, lastSeen: t };
    if (!known) this.#groups.set(group, state);
    state.lastSeen = t;
    if (state.isTold || t - state.since < this.#patienceSeconds || judge.verdict !== 'ok') return [];
    const plateau = judge.plateau();
    if (plateau === undefined || plateau < MOST_OF_IT * bound.used) return [];
    state.isTold = true;
    const evidence = { since: state.since, floor: plateau, ...workersOf(plateau, values.processes, bound) };
    return [{ t, at: 'warn', ...OVERCOMMIT, group, verdict: 'ok', previous: 'ok', value: values.rss, evidence, bound }];
  }

  /** To be called when all groups of an instant have been seen; @returns the end of what was told of the others */
  forgetAbsent(t: number): readonly Event[] {
    const gone = [...this.#groups].filter(([, { lastSeen }]) => lastSeen !== t);
    return gone.flatMap(([group]) => this.#end(group, t, undefined));
  }

  #end(group: string, t: number, value: number | undefined): readonly Event[] {
    const known = this.#groups.get(group);
    this.#groups.delete(group);
    if (!known?.isTold) return [];
    return [{ t, at: 'resolved', ...OVERCOMMIT, group, verdict: 'ok', previous: 'ok', value, evidence: {} }];
  }
}

/** How many workers there are, what each holds, and how many of them the limit has room for beside what others use. */
function workersOf(
  plateau: number,
  processes: number | undefined,
  { used, limit }: { readonly used: number; readonly limit: number },
): Evidence {
  if (!processes) return {};
  const workers = processes >= LEAST_WITH_PARENT ? processes - 1 : processes;
  const workerBytes = plateau / workers;
  const room = limit - Math.max(0, used - plateau);
  return { workers, workerBytes, workersFit: Math.max(0, Math.min(workers, Math.floor(room / workerBytes))) };
}
