/**
 * What was learned of groups that are not there: a program that is deployed may be gone for longer than it takes to be
 * forgotten, and of what leakwatch learned in an earlier life none is there yet. Bounded by number and by time.
 */
import { type LearnedGroup, MOST_LEARNED } from '../model/learned.ts';

/** Not seen for so long, a name says nothing of who bears it next. */
const FORGOTTEN_SECONDS = 30 * 86_400;

export class AbsentGroups {
  /** Those that were seen last come last. */
  readonly #groups = new Map<string, LearnedGroup>();

  /** One that is gone now. In the place of too many, that which has been gone for longest is forgotten. */
  add(group: LearnedGroup): void {
    this.#groups.delete(group.name);
    this.#groups.set(group.name, group);
    if (this.#groups.size > MOST_LEARNED) this.#groups.delete(this.#groups.keys().next().value!);
  }

  /** One that is back. @param t seconds since the epoch */
  take(name: string, t: number): LearnedGroup | undefined {
    const group = this.#groups.get(name);
    this.#groups.delete(name);
    return group && isRecent(group, t) ? group : undefined;
  }

  /** Those that were seen last come first. @param t seconds since the epoch; NaN = not known yet: all of them */
  list(t: number): LearnedGroup[] {
    return [...this.#groups.values()].reverse().filter((group) => isRecent(group, t));
  }
}

/** A clock may have been wrong, now or then, in either direction. */
function isRecent({ lastSeen }: LearnedGroup, t: number): boolean {
  return !(Math.abs(t - lastSeen) > FORGOTTEN_SECONDS);
}
