/**
 * W30: a process dies and is restarted again and again. Which groups are looked at for it, and what is told of them;
 * `trend/restarts.ts` says what a crash loop is.
 */
import { isLookedThrough } from '../model/program.ts';
import type { GroupReading, Instant } from '../model/reading.ts';
import { OTHER } from '../model/reported.ts';
import { RestartDetector } from '../trend/restarts.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import type { Event } from './report.ts';
import { turnOf } from './turn.ts';
import { NO_EVENTS, type Watch } from './watch.ts';

/**
 * Restarts outlive a group's verdicts, so these are twice as many as groups are judged. The longest unseen go first.
 */
const MOST_GROUPS = 2000;

interface Watched {
  /** Undefined if the group is nobody's program. */
  readonly restarts: RestartDetector | undefined;
  lastSeen: number;
  /** Whether it was one process tree when it was last seen. */
  isOneTree: boolean;
}

export class CrashLoopWatch implements Watch {
  readonly seesExtra = false;
  readonly #intervalSeconds: number;
  /** The groups in the order in which they were last seen. */
  readonly #groups = new Map<string, Watched>();

  constructor(options: { readonly intervalSeconds: number }) {
    this.#intervalSeconds = options.intervalSeconds;
  }

  see(
    { name }: Pick<GroupVerdicts, 'name'>,
    { start, roots = 1, session, values }: GroupReading,
    { t }: Instant,
  ): readonly Event[] {
    // What runs beside zombies that outlive it is no program that starts again, but a check by somebody outside.
    if (start === '' && values.processes === 0) {
      const checked = this.#groups.get(name);
      if (checked) checked.isOneTree = false;
    }
    // Without a root only processes that it left behind are there.
    if (start === '' || roots === 0 || session) return NO_EVENTS;
    const watched = this.#groups.get(name) ?? this.#newGroup(name);
    this.#groups.delete(name);
    this.#groups.set(name, watched);
    watched.lastSeen = t;
    const { restarts, isOneTree } = watched;
    if (!restarts) return NO_EVENTS;
    const before = restarts.stage;
    watched.isOneTree = roots === 1;
    // With several trees of one name, the oldest one may have ended and another be the oldest: that is no restart.
    restarts.see(start, isOneTree && watched.isOneTree, t);
    if (restarts.stage === before) return NO_EVENTS;
    return turnOf('W30', [before, restarts.stage], {
      group: name,
      t,
      value: values.processes,
      evidence: restarts.loop,
    });
  }

  settle({ t }: Instant): readonly Event[] {
    let events = NO_EVENTS;
    for (const [group, { restarts, lastSeen }] of this.#groups) {
      // All groups behind this one in the map have been seen in this instant, too.
      if (lastSeen === t) break;
      if (restarts && !restarts.isGone(t)) continue;
      this.#groups.delete(group);
      events = [...events, ...turnOf('W30', [restarts?.stage ?? 'quiet', 'quiet'], { group, t, value: undefined })];
    }
    return events;
  }

  #newGroup(group: string): Watched {
    if (this.#groups.size >= MOST_GROUPS) this.#groups.delete(this.#groups.keys().next().value!);
    const restarts = isNobodysProgram(group)
      ? undefined
      : new RestartDetector({ intervalSeconds: this.#intervalSeconds });
    return { restarts, lastSeen: 0, isOneTree: true };
  }
}

/**
 * A group of shells that run one command after another, or of the `sleep` between two commands, is nobody's program,
 * and neither are the groups that are counted together for want of a place.
 */
function isNobodysProgram(group: string): boolean {
  return group === OTHER || group === 'sleep' || isLookedThrough(undefined, group);
}
