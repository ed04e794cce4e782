/** The groups that are reported under their own name: `maxGroups` at most. All others are counted in one called `other`. */
import { Places } from './places.ts';
import type { InPortions } from './portions.ts';
import type { Snapshot } from './snapshot.ts';
import type { Group } from './tracked.ts';

/** The group that counts the processes of all groups beyond `maxGroups`. */
export const OTHER = 'other';

/** Running totals of a reported group. They begin anew when it gets a place again. */
export interface Totals {
  cpuSeconds: number;
  starts: number;
  exits: number;
}

export interface ReportedOptions {
  readonly maxGroups: number;
}

export class Reported {
  readonly #maxGroups: number;
  readonly #places: Places;
  /** `other` is one of them. */
  readonly #totals = new Map<string, Totals>();
  /** The groups of the last snapshot that are counted in `other`. */
  #inOther: ReadonlySet<string> = new Set();
  #droppedTotal = 0;
  #most: number;
  #isTold: (group: string) => boolean = () => false;

  /** @param isConfigured see `Places` */
  constructor({ maxGroups }: ReportedOptions, isConfigured: (group: string) => boolean) {
    this.#maxGroups = maxGroups;
    this.#most = maxGroups;
    this.#places = new Places(isConfigured);
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
   * @param most no more than these are reported, and no more than `maxGroups`
   * @param isTold see `Places`
   */
  keep(most: number, isTold: (group: string) => boolean): void {
    this.#most = Math.min(most, this.#maxGroups);
    this.#isTold = isTold;
  }

  /** Chooses among the groups of a snapshot. @param count number of the snapshot */
  *choose(groups: ReadonlyMap<string, Group>, snapshot: Pick<Snapshot, 'cgroups'>, count: number): InPortions<void> {
    yield* this.#places.choose(groups, snapshot, { most: this.#most, isTold: this.#isTold, count });
    for (const name of this.#totals.keys()) if (name !== OTHER && !this.#places.has(name)) this.#totals.delete(name);
    const inOther = new Set<string>();
    for (const name of groups.keys()) {
      if (!this.#places.has(name)) inOther.add(name);
      else if (!this.#totals.has(name)) this.#totals.set(name, newTotals());
    }
    if (inOther.size > 0 && !this.#totals.has(OTHER)) this.#totals.set(OTHER, newTotals());
    for (const name of inOther) if (!this.#inOther.has(name)) this.#droppedTotal++;
    this.#inOther = inOther;
  }
}

function newTotals(): Totals {
  return { cpuSeconds: 0, starts: 0, exits: 0 };
}
