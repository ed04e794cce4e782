/**
 * W31: processes that lost their parent and live on. Who is one, `model/orphans.ts` says; here it is how long, and how
 * many, before people are told: what is about to end by itself needs nobody.
 */
import type { GroupReading } from '../model/reading.ts';
import type { Stage } from '../trend/growth.ts';
import type { Event } from './report.ts';
import { NOTHING, turnOf } from './turn.ts';

const ORPHANED = { code: 'W31', desc: 'orphaned_processes' } as const;
/** Samples that they must live on: ten minutes at 20 s, in which a worker that was left alone ends what it had begun. */
const PATIENCE = 30;
/** So many, for as long, are no accident. */
const SEVERAL = 3;

interface State {
  /** When the first was seen, and since when there are several; undefined where there are not. */
  readonly since: number;
  severalSince: number | undefined;
  stage: Stage;
  lastSeen: number;
}

export class OrphansWatch {
  readonly #patienceSeconds: number;
  /** Groups that have some. */
  readonly #groups = new Map<string, State>();

  constructor(options: { readonly intervalSeconds: number }) {
    this.#patienceSeconds = PATIENCE * options.intervalSeconds;
  }

  /** Takes the reading of a group that is there; @returns what there is to be told of it */
  see(group: string, { values, orphans = 0, oldestOrphanSeconds }: GroupReading, t: number): readonly Event[] {
    const known = this.#groups.get(group);
    if (orphans === 0) return known ? this.#end(group, known, t, values.processes) : NOTHING;
    const state: State = known ?? { since: t, severalSince: undefined, stage: 'quiet', lastSeen: t };
    if (!known) this.#groups.set(group, state);
    state.lastSeen = t;
    state.severalSince = orphans < SEVERAL ? undefined : (state.severalSince ?? t);
    const before = state.stage;
    const oldest = oldestOrphanSeconds ?? t - state.since;
    state.stage = this.#stageOf(state, oldest, t);
    const evidence = { since: t - oldest, orphans, oldestOrphanSeconds: oldest };
    return turnOf(before, state.stage, { ...ORPHANED, group, t, value: values.processes, evidence });
  }

  /** To be called when all groups of an instant have been seen; @returns the end of what was told of the others */
  forgetAbsent(t: number): readonly Event[] {
    let events = NOTHING;
    for (const [group, state] of this.#groups) {
      if (state.lastSeen !== t) events = [...events, ...this.#end(group, state, t, undefined)];
    }
    return events;
  }

  /** It only rises, until none is left. */
  #stageOf({ stage, severalSince }: State, oldestSeconds: number, t: number): Stage {
    if (stage === 'leak' || oldestSeconds < this.#patienceSeconds) return stage;
    return severalSince !== undefined && t - severalSince >= this.#patienceSeconds ? 'leak' : 'suspect';
  }

  #end(group: string, { stage }: State, t: number, value: number | undefined): readonly Event[] {
    this.#groups.delete(group);
    return turnOf(stage, 'quiet', { ...ORPHANED, group, t, value, evidence: {} });
  }
}
