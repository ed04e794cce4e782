/**
 * Keeps leakwatch from the end of its own memory: near the limit of its cgroup it first lets go of what only saves time,
 * and then of the smallest groups. Groups go only where leakwatch itself fills the limit, in a container of its own:
 * beside a program that leaks they are what it is there for. Pure.
 */

/** Near the limit, and away from it again. */
const NEAR_RATIO = 0.9;
const AWAY_RATIO = 0.8;
/** Of the limit: with less than this, leakwatch is not what fills it. */
const OWN_SHARE = 0.25;
/** Samples that a step gets before the next: what is let go of is given back when the garbage is collected. */
const PATIENCE = 5;
/** Groups that are always kept. */
const LEAST_GROUPS = 5;

/** The memory of the cgroup that leakwatch runs in, bytes. */
export interface OwnMemory {
  readonly used: number;
  readonly limit: number;
  /** Resident memory of leakwatch itself. */
  readonly own: number;
}

export class MemoryGuard {
  #mostGroups = Number.POSITIVE_INFINITY;
  #samples = 0;
  #leftBytes: number | undefined;

  /** What is left while it is short; undefined else. */
  get leftBytes(): number | undefined {
    return this.#leftBytes;
  }

  /** Groups that may be reported now. */
  get mostGroups(): number {
    return this.#mostGroups;
  }

  /**
   * @param memory undefined = there is no limit, or it is unknown
   * @param groups number of groups that are reported
   */
  next(memory: OwnMemory | undefined, groups: number): void {
    const ratio = memory === undefined ? 0 : memory.used / memory.limit;
    const isShort = ratio >= (this.#leftBytes === undefined ? NEAR_RATIO : AWAY_RATIO);
    if (!isShort || !memory) {
      this.#leftBytes = undefined;
      this.#mostGroups = Number.POSITIVE_INFINITY;
      this.#samples = 0;
      return;
    }
    this.#leftBytes = Math.max(1, memory.limit - memory.used);
    if (++this.#samples % PATIENCE !== 0 || ratio < NEAR_RATIO || memory.own < OWN_SHARE * memory.limit) return;
    this.#mostGroups = Math.max(LEAST_GROUPS, Math.ceil(groups / 2));
  }
}
