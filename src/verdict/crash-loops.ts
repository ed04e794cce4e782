/**
 * W30: a process dies and is restarted again and again. Which groups are looked at for it, and what is told of them; what
 * a crash loop is, `trend/restarts.ts` says. It outlives the judges of a group, which begin anew with each incarnation.
 */
import { isLookedThrough } from '../model/program.ts';
import type { GroupReading } from '../model/reading.ts';
import { OTHER } from '../model/tracker.ts';
import { RestartDetector } from '../trend/restarts.ts';
import type { Event } from './report.ts';
import { NOTHING, turnOf } from './turn.ts';

const CRASH_LOOP = { code: 'W30', desc: 'crash_loop' } as const;
/** Those not seen for the longest time go first. */
const MOST_GROUPS = 2000;

interface Watched {
  /** Undefined where it is nobody's program. */
  readonly restarts: RestartDetector | undefined;
  lastSeen: number;
  /** When last seen it was one tree. */
  isOneTree: boolean;
}

export class CrashLoops {
  readonly #intervalSeconds: number;
  /** In the order in which they were last seen. */
  readonly #groups = new Map<string, Watched>();

  constructor(options: { readonly intervalSeconds: number }) {
    this.#intervalSeconds = options.intervalSeconds;
  }

  /** Takes the reading of a group that is there; @returns what there is to be told of it */
  see(group: string, { start, roots = 1, session, values }: GroupReading, t: number): readonly Event[] {
    // Where no root is left, only what it left behind is there.
    if (start === '' || roots === 0 || session) return NOTHING;
    const watched = this.#groups.get(group) ?? this.#newGroup(group);
    this.#groups.delete(group);
    this.#groups.set(group, watched);
    watched.lastSeen = t;
    const { restarts, isOneTree } = watched;
    if (!restarts) return NOTHING;
    const before = restarts.stage;
    watched.isOneTree = roots === 1;
    // Of several trees under one name another may have become the oldest, and nobody was restarted.
    restarts.see(start, isOneTree && watched.isOneTree, t);
    if (restarts.stage === before) return NOTHING;
    return turnOf(before, restarts.stage, {
      ...CRASH_LOOP,
      group,
      t,
      value: values.processes,
      evidence: restarts.loop,
    });
  }

  /** To be called when all groups of an instant have been seen; @returns the end of what was told of those long gone */
  forgetAbsent(t: number): readonly Event[] {
    let events = NOTHING;
    for (const [group, { restarts, lastSeen }] of this.#groups) {
      // All behind it have been seen now, too.
      if (lastSeen === t) break;
      if (restarts && !restarts.isGone(t)) continue;
      this.#groups.delete(group);
      const what = { ...CRASH_LOOP, group, t, value: undefined, evidence: {} };
      events = [...events, ...turnOf(restarts?.stage ?? 'quiet', 'quiet', what)];
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
 * What only runs others is nobody's program: a shell in which one command follows another, the `sleep` between them.
 * Nor is the heap of groups that found no place.
 */
function isNobodysProgram(group: string): boolean {
  return group === OTHER || group === 'sleep' || isLookedThrough(undefined, group);
}
