/**
 * The units and containers of processes, and the first process of each container that has no name: it names the group.
 * The others that were started from outside of the container, such as health checks, were told to run in it later, and
 * belong to that group.
 * Cost: a comparison for each container and each changed process; all processes are looked at again when a first process
 * ends, or when one moves to another cgroup.
 */
import { forEach, type InPortions } from './portions.ts';
import { type CgroupMembership, isZombie, type ProcessSample } from './snapshot.ts';
import { isBriefUnit, type Unit, unitOf } from './unit.ts';

/** Parses each cgroup once. */
export class Units {
  readonly #known = new WeakMap<CgroupMembership, { readonly unit: Unit | undefined; readonly isBrief: boolean }>();
  /** Key of the unit that leakwatch is in. */
  #own: string | undefined;

  /** @param own leakwatch's own process @returns whether leakwatch is in another unit than before */
  follow(own: ProcessSample | undefined): boolean {
    const before = this.#own;
    this.#own = own && this.of(own)?.key;
    return this.#own !== before;
  }

  of(process: ProcessSample): Unit | undefined {
    return this.#parse(process)?.unit;
  }

  /** See `isBriefUnit`. */
  isBrief(process: ProcessSample): boolean {
    return this.#parse(process)?.isBrief ?? false;
  }

  /** The unit of a process, unless leakwatch is in the same one: it then does not tell programs apart. */
  foreign(process: ProcessSample): Unit | undefined {
    const unit = this.of(process);
    return unit?.key === this.#own ? undefined : unit;
  }

  #parse({ cgroup }: ProcessSample): { readonly unit: Unit | undefined; readonly isBrief: boolean } | undefined {
    if (!cgroup) return undefined;
    let known = this.#known.get(cgroup);
    if (!known) {
      known = { unit: unitOf(cgroup.unitPath), isBrief: isBriefUnit(cgroup.unitPath) };
      this.#known.set(cgroup, known);
    }
    return known;
  }
}

interface Followed {
  readonly sample: ProcessSample;
}

export class Containers<P extends Followed> {
  readonly #units: Units;
  /** The first process of each container, by the container's key. */
  readonly #mains = new Map<string, P>();

  constructor(units: Units) {
    this.#units = units;
  }

  /**
   * Finds the first process of each container: the oldest of those that were started from outside of it.
   * @param isAnew find all of them anew
   * @returns whether a container has another first process than before
   */
  *follow(
    processes: ReadonlyMap<number, P>,
    changes: readonly { readonly process: P; readonly before: ProcessSample | undefined }[],
    isAnew: boolean,
  ): InPortions<boolean> {
    let hasChanged = false;
    const consider = (process: P): void => {
      const container = this.#enteredBy(process, processes);
      if (container === undefined) return;
      const main = this.#mains.get(container);
      if (main === process || (main && isOlder(main.sample, process.sample))) return;
      if (main) hasChanged = true;
      this.#mains.set(container, process);
    };
    // Of a process that has moved, the children are in or out of its container now.
    let isLost = isAnew || changes.some(({ process, before }) => before && before.cgroup !== process.sample.cgroup);
    for (const [container, main] of this.#mains) {
      if (processes.get(main.sample.pid) !== main || this.#enteredBy(main, processes) !== container) isLost = true;
    }
    if (isLost) {
      this.#mains.clear();
      yield* forEach(processes.values(), consider);
      return true;
    }
    yield* forEach(changes, ({ process }) => consider(process));
    return hasChanged;
  }

  mainOf(container: string): P | undefined {
    return this.#mains.get(container);
  }

  /** The first process of the container that this one entered later; undefined if it has not entered one. */
  leaderOf(process: P, processes: ReadonlyMap<number, P>): P | undefined {
    const container = this.#enteredBy(process, processes);
    const main = container === undefined ? undefined : this.#mains.get(container);
    return main === process ? undefined : main;
  }

  /** The key of the nameless container that the process is in and its parent is not. */
  #enteredBy({ sample }: P, processes: ReadonlyMap<number, P>): string | undefined {
    const unit = this.#units.foreign(sample);
    if (!unit || unit.name !== undefined || isZombie(sample)) return undefined;
    const parent = processes.get(sample.ppid);
    return parent && this.#units.of(parent.sample)?.key === unit.key ? undefined : unit.key;
  }
}

function isOlder(one: ProcessSample, than: ProcessSample): boolean {
  return one.startTicks < than.startTicks || (one.startTicks === than.startTicks && one.pid < than.pid);
}
