/**
 * What was learned of groups that are not running now: a program may be gone for longer than its verdicts are kept, and
 * the groups of a state file have not been seen yet. Bounded by number and by time.
 */
import { type LearnedGroup, MOST_LEARNED } from '../model/learned.ts';

/** After a month without it, the next program of the same name may be another one. */
const FORGOTTEN_SECONDS = 30 * 86_400;

export class AbsentGroups {
  /** The groups by name; the most recently seen come last. */
  readonly #groups = new Map<string, LearnedGroup>();

  /** Adds a group that is gone now. If there are too many, the one that has been gone for longest is forgotten. */
  add(group: LearnedGroup): void {
    this.#groups.delete(group.name);
    this.#groups.set(group.name, group);
    if (this.#groups.size > MOST_LEARNED) this.#groups.delete(this.#groups.keys().next().value!);
  }

  /** Takes out a group that is back. @param t seconds since the epoch */
  take(name: string, t: number): LearnedGroup | undefined {
    const group = this.#groups.get(name);
    this.#groups.delete(name);
    return group && isRecent(group, t) ? group : undefined;
  }

  /** The most recently seen come first. @param t seconds since the epoch; NaN = not known yet, then none is too old */
  list(t: number): LearnedGroup[] {
    return [...this.#groups.values()].reverse().filter((group) => isRecent(group, t));
  }
}

/** The clock may have been wrong, now or then, in either direction. */
function isRecent({ lastSeen }: LearnedGroup, t: number): boolean {
  return !(Math.abs(t - lastSeen) > FORGOTTEN_SECONDS);
}
