/** The groups that are reported under their own name: `maxGroups` at most. All others are counted in one called `other`. */
import type { Group } from './tracked.ts';

/** The group that counts the processes of all groups beyond `maxGroups`. */
export const OTHER = 'other';

/** A group that is absent for more snapshots than this is no longer reported, which makes room for another group. */
const FORGOTTEN_AFTER = 15;

/** Running totals of a reported group. */
export interface Totals {
  cpuSeconds: number;
  starts: number;
  exits: number;
  /** Number of the last snapshot that has the group. */
  lastSeen: number;
}

export interface ReportedOptions {
  readonly maxGroups: number;
  /** Names of the groups, those to report first; absent = as they were first seen, so that they stay reported. */
  readonly order?: (groups: ReadonlyMap<string, Group>) => Iterable<string>;
}

export class Reported {
  readonly #options: ReportedOptions;
  /** `other` is one of them. */
  readonly #totals = new Map<string, Totals>();
  /** The groups of the last snapshot that are counted in `other`. */
  #inOther: ReadonlySet<string> = new Set();
  #droppedTotal = 0;
  #most: number;
  #mayDrop: (group: string) => boolean = () => true;

  constructor(options: ReportedOptions) {
    this.#options = options;
    this.#most = options.maxGroups;
  }

  /** Groups that are counted in `other` now. */
  get groupsInOther(): number {
    return this.#inOther.size;
  }

  /** How often a group had to be counted in `other`, since the start. */
  get droppedTotal(): number {
    return this.#droppedTotal;
  }

  /** The name that a group is reported under: its own, or `other`. */
  nameOf(group: string): string {
    return this.#totals.has(group) ? group : OTHER;
  }

  totalsOf(reportedName: string): Totals | undefined {
    return this.#totals.get(reportedName);
  }

  /**
   * Lowers the bound while memory is short, or restores it.
   * @param most no more than these are reported, and no more than `maxGroups`
   * @param mayDrop which of those that are reported may be counted in `other` from now on
   */
  keepAtMost(most: number, mayDrop: (group: string) => boolean): void {
    this.#most = Math.min(most, this.#options.maxGroups);
    this.#mayDrop = mayDrop;
  }

  /** Chooses among the groups of a snapshot. @param count number of the snapshot */
  choose(groups: ReadonlyMap<string, Group>, count: number): void {
    for (const [name, { lastSeen }] of this.#totals) {
      if (count - lastSeen > FORGOTTEN_AFTER) this.#totals.delete(name);
    }
    if (this.#size > this.#most) this.#dropSmallest(groups);
    const inOther = new Set<string>();
    for (const name of this.#options.order?.(groups) ?? groups.keys()) {
      const totals = this.#totals.get(name);
      if (totals) totals.lastSeen = count;
      else if (this.#size < this.#most) this.#totals.set(name, newTotals(count));
      else inOther.add(name);
    }
    if (inOther.size > 0) {
      const other = this.#totals.get(OTHER);
      if (other) other.lastSeen = count;
      else this.#totals.set(OTHER, newTotals(count));
    }
    for (const name of inOther) if (!this.#inOther.has(name)) this.#droppedTotal++;
    this.#inOther = inOther;
  }

  get #size(): number {
    return this.#totals.size - (this.#totals.has(OTHER) ? 1 : 0);
  }

  #dropSmallest(groups: ReadonlyMap<string, Group>): void {
    const processes = (name: string): number => groups.get(name)?.processes.size ?? 0;
    const names = [...this.#totals.keys()].filter((name) => name !== OTHER && this.#mayDrop(name));
    const smallest = names.reverse().sort((a, b) => processes(a) - processes(b));
    for (const name of smallest.slice(0, this.#size - this.#most)) this.#totals.delete(name);
  }
}

function newTotals(count: number): Totals {
  return { cpuSeconds: 0, starts: 0, exits: 0, lastSeen: count };
}
