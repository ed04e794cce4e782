/**
 * W40: memory that has stopped growing, and is too much. Nothing leaks; there are more workers than fit.
 *
 *   limit - - - - - - - - - - -    3 workers x 600 MB do not fit 1,000 MB: one does
 *                 ________
 *               _/
 *   ___________/
 */
import { ALERTS } from '../model/alerts.ts';
import type { GroupReading, Instant } from '../model/reading.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import { PresentGroups } from './present-groups.ts';
import type { Event } from './report.ts';
import { NO_EVENTS, type Watch } from './watch.ts';
import { countWorkers } from './workers.ts';

const OVERCOMMIT = { code: 'W40', desc: ALERTS.W40.name, metric: 'rss' } as const;
/** Samples for which the limit must have been exceeded: a quarter of an hour at 20 s, longer than a spike of load. */
const PATIENCE = 45;
/** Told until less than this part of the limit is used: usage that hovers near the limit is told once. */
const CLEARED_RATIO = 0.95;
/** The group must have at least half of what is used: otherwise others fill the limit. */
const LEAST_SHARE = 0.5;

interface State {
  /** When the memory in use began to exceed the limit. */
  readonly since: number;
  isTold: boolean;
}

export class OvercommitWatch implements Watch {
  readonly seesExtra = false;
  readonly #patienceSeconds: number;
  /** Groups under a memory limit that is exceeded. */
  readonly #groups = new PresentGroups<State>();

  constructor(options: { readonly intervalSeconds: number }) {
    this.#patienceSeconds = PATIENCE * options.intervalSeconds;
  }

  see(
    group: Pick<GroupVerdicts, 'name' | 'judgeOf'>,
    { bounds, values }: GroupReading,
    { t }: Instant,
  ): readonly Event[] {
    const { name } = group;
    const bound = bounds.memory;
    const ratio = bound && bound.limit > 0 ? bound.used / bound.limit : 0;
    if (!bound || ratio <= (this.#groups.get(name)?.isTold ? CLEARED_RATIO : 1))
      return this.#end(name, this.#groups.take(name), t, values.rss);
    const state = this.#groups.see(name, t, () => ({ since: t, isTold: false }));
    if (state.isTold || t - state.since < this.#patienceSeconds) return NO_EVENTS;
    const plateau = plateauOf(group, values);
    if (plateau === undefined || plateau < LEAST_SHARE * bound.used) return NO_EVENTS;
    state.isTold = true;
    const workers = values.processes === undefined ? {} : countWorkers(plateau, values.processes, bound);
    const evidence = { since: state.since, floor: plateau, ...workers };
    const what = {
      ...OVERCOMMIT,
      group: name,
      verdict: 'ok',
      previous: 'ok',
      value: values.rss,
      evidence,
      bound,
    } as const;
    return [{ t, at: 'warn', ...what }];
  }

  settle({ t }: Instant): readonly Event[] {
    return this.#groups.takeAbsent(t).flatMap(([group, state]) => this.#end(group, state, t, undefined));
  }

  #end(group: string, state: State | undefined, t: number, value: number | undefined): readonly Event[] {
    if (!state?.isTold) return NO_EVENTS;
    return [{ t, at: 'resolved', ...OVERCOMMIT, group, verdict: 'ok', previous: 'ok', value, evidence: {} }];
  }
}

/**
 * The height at which the memory of the group has stopped growing: of what the group alone must give back, where that is
 * known, else of resident memory. Undefined where it grows or has not been seen for long enough.
 */
function plateauOf(group: Pick<GroupVerdicts, 'judgeOf'>, values: GroupReading['values']): number | undefined {
  const judge = group.judgeOf(values.anon === undefined ? 'rss' : 'anon');
  if (judge.verdict !== 'ok') return undefined;
  const plateau = judge.plateau();
  return plateau === undefined || values.anon === undefined ? plateau : plateau + (values.shmem ?? 0);
}
