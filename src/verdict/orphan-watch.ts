/**
 * W31: processes that lost their parent and live on. `model/orphans.ts` says which ones count; this says for how long,
 * and how many, before people are told, since an orphan that is about to end by itself needs no attention.
 */
import type { GroupReading, Instant } from '../model/reading.ts';
import type { Stage } from '../trend/detector.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import { PresentGroups } from './present-groups.ts';
import type { Event } from './report.ts';
import { turnOf } from './turn.ts';
import { NO_EVENTS, type Watch } from './watch.ts';

/**
 * Samples that an orphan must live on: ten minutes at 20 s. A worker that was left alone ends what it had begun, and
 * is killed after 30 s (gunicorn, Heroku, Kubernetes) or 90 s (systemd) where anybody still looks after it.
 */
const PATIENCE = 30;
/** One or two left behind for so long may be an accident of one restart; three or more show a pattern. */
const SEVERAL = 3;

interface State {
  /** When the first was seen, and since when there are several; undefined where there are not. */
  readonly since: number;
  severalSince: number | undefined;
  /** It only rises, until no orphan is left. */
  stage: Stage;
}

export class OrphanWatch implements Watch {
  readonly seesExtra = false;
  readonly #patienceSeconds: number;
  /** Groups that have orphans. */
  readonly #groups = new PresentGroups<State>();

  constructor(options: { readonly intervalSeconds: number }) {
    this.#patienceSeconds = PATIENCE * options.intervalSeconds;
  }

  see(
    { name }: Pick<GroupVerdicts, 'name'>,
    { values, orphans = 0, oldestOrphanSeconds }: GroupReading,
    { t }: Instant,
  ) {
    if (orphans === 0) return this.#end(name, this.#groups.take(name), t, values.processes);
    const state = this.#groups.see(name, t, () => ({ since: t, severalSince: undefined, stage: 'quiet' }));
    state.severalSince = orphans < SEVERAL ? undefined : (state.severalSince ?? t);
    const before = state.stage;
    const oldest = oldestOrphanSeconds ?? t - state.since;
    state.stage = this.#stageOf(state, oldest, t);
    const evidence = { since: t - oldest, orphans, oldestOrphanSeconds: oldest };
    return turnOf('W31', [before, state.stage], { group: name, t, value: values.processes, evidence });
  }

  settle({ t }: Instant): readonly Event[] {
    return this.#groups.takeAbsent(t).flatMap(([group, state]) => this.#end(group, state, t, undefined));
  }

  #stageOf({ stage, severalSince }: State, oldestSeconds: number, t: number): Stage {
    if (stage === 'leak' || oldestSeconds < this.#patienceSeconds) return stage;
    return severalSince !== undefined && t - severalSince >= this.#patienceSeconds ? 'leak' : 'suspect';
  }

  #end(group: string, state: State | undefined, t: number, value: number | undefined): readonly Event[] {
    return state ? turnOf('W31', [state.stage, 'quiet'], { group, t, value }) : NO_EVENTS;
  }
}
