/**
 * Assigns each process of a snapshot to a group. The rules, in this order: a configured pattern that matches its
 * command line; the systemd unit or container of its cgroup, if that has a lasting name; else the process tree below
 * the top-most process that is not a wrapper, a process manager or an ancestor of leakwatch. A tree ends where a
 * container begins. Kernel threads and leakwatch itself are in no group.
 * Cost: only processes that changed, and those below them, are assigned again.
 */
import { Containers, Units } from './containers.ts';
import { LinearPattern } from './linear-pattern.ts';
import { forEach, type InPortions, PORTION } from './portions.ts';
import { isLookedThrough, programName } from './program.ts';
import { isZombie, type ProcessSample } from './snapshot.ts';
import type { Unit } from './unit.ts';

/**
 * The group of zombies whose parent cannot be seen: in a container, it is the runtime that started them from outside.
 */
export const OUTSIDE = 'container-runtime';
/** The group of zombies that leakwatch itself should have waited for: as process 1 it inherits them. */
const OWN_ZOMBIES = 'leakwatch';

/**
 * Processes whose root's command line matches `pattern` are reported as the group `name`. It is matched in linear time,
 * because any user of the host may choose a command line: see `LinearPattern`, which refuses some patterns.
 */
export interface GroupPattern {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Characters of a command line that are matched at most; /proc is read as far (sources/proc/looks.ts). */
const MOST_MATCHED = 4096;

/** The group of a process, and the part that the process plays in it. */
export interface Membership {
  readonly group: string;
  /** The process is the top of one of the group's trees. */
  readonly root: boolean;
  /** The process was part of a tree of the group, its parent ended, and it still runs. */
  readonly orphan: boolean;
}

/** `own`: leakwatch itself; undefined: a kernel thread, or a process that is not assigned yet. */
export type Assignment = Membership | 'own' | undefined;

/** A process and its assignment. The tracker keeps the object from snapshot to snapshot. */
export interface GroupedProcess {
  sample: ProcessSample;
  assignment: Assignment;
  parent: GroupedProcess | undefined;
  /** Number of the snapshot in which `assignment` was found; UNASSIGNED if it has to be found. */
  assignedIn: number;
}

const UNASSIGNED = 0;

export function newGroupedProcess(sample: ProcessSample): GroupedProcess {
  return { sample, assignment: undefined, parent: undefined, assignedIn: UNASSIGNED };
}

/** A process that is new in a snapshot, or that differs from the snapshot before. */
export interface Change<P extends GroupedProcess = GroupedProcess> {
  readonly process: P;
  /** Its sample in the snapshot before; undefined for a new process. */
  readonly before: ProcessSample | undefined;
}

/** The facts of one snapshot that the assignment of every process depends on. */
interface GroupingContext {
  /** leakwatch's own process. */
  readonly own: GroupedProcess | undefined;
  /** See `launchersOf`. */
  readonly launchers: ReadonlySet<number>;
  /** Pid 2 is kthreadd, so this is the process table of a host and not of a container. */
  readonly isHost: boolean;
}

/**
 * Assigns every process. An assignment is kept until something it depends on changes: the process itself, the
 * assignment or the program of an ancestor, or the context of the snapshot.
 */
export class Grouping {
  readonly #patterns: readonly { readonly name: string; readonly pattern: LinearPattern }[];
  readonly #names: ReadonlySet<string>;
  /** Processes that are assigned at once. A command line that was made for it takes some milliseconds to match. */
  readonly #portion: number;
  readonly #units: Units;
  readonly #containers: Containers<GroupedProcess>;
  #context: GroupingContext = { own: undefined, launchers: new Set(), isHost: false };
  /** Number of the current snapshot. */
  #count = UNASSIGNED;
  /** Pids of parents that are not in the snapshot. If one turns up, its children may have to move. */
  readonly #missing = new Set<number>();
  /** Results of `#looksThrough`; discarded when the context changes. */
  #transparent = new WeakMap<ProcessSample, boolean>();
  /** Previous assignments of the processes that were assigned in this snapshot. */
  readonly #before = new Map<GroupedProcess, Assignment>();

  /** @throws {NotLinearError} */
  constructor(patterns: readonly GroupPattern[], units = new Units()) {
    this.#portion = patterns.length === 0 ? PORTION : 1;
    this.#units = units;
    this.#containers = new Containers(units);
    this.#patterns = patterns.map(({ name, pattern }) => ({ name, pattern: new LinearPattern(pattern) }));
    this.#names = new Set(patterns.map(({ name }) => name));
  }

  /**
   * @param processes all processes of the snapshot, by pid, with their assignments in the snapshot before
   * @param besidePid see `Snapshot`
   * @returns the processes that were assigned again; their assignment may be the same as before
   */
  *assign<P extends GroupedProcess>(
    processes: ReadonlyMap<number, P>,
    changes: readonly Change<P>[],
    selfPid: number | undefined,
    besidePid = selfPid,
  ): InPortions<P[]> {
    this.#count++;
    const assigned: P[] = [];
    const isContextNew = this.#updateContext(processes, selfPid, besidePid);
    let isEverythingStale = (yield* this.#containers.follow(processes, changes, isContextNew)) || isContextNew;
    if (!isEverythingStale) {
      yield* forEach(changes, ({ process, before }) => {
        if (!hasSameInputs(process.sample, before)) process.assignedIn = UNASSIGNED;
      });
      yield* forEach(
        changes,
        ({ process, before }) => {
          if (process.assignedIn === UNASSIGNED) this.#assignFromTop(process, processes, assigned);
          // The processes below it may have to move as well. Which they are is not known, so all are assigned again.
          isEverythingStale ||= before ? this.#affectsChildren(process, before) : this.#missing.has(process.sample.pid);
        },
        this.#portion,
      );
    }
    if (isEverythingStale) {
      assigned.length = 0;
      this.#missing.clear();
      yield* forEach(processes.values(), (process) => {
        process.assignedIn = UNASSIGNED;
      });
      yield* forEach(
        processes.values(),
        (process) => {
          if (process.assignedIn === UNASSIGNED) this.#assignFromTop(process, processes, assigned);
        },
        this.#portion,
      );
    }
    this.#before.clear();
    return assigned;
  }

  /** @returns whether the context differs from that of the snapshot before */
  #updateContext(
    processes: ReadonlyMap<number, GroupedProcess>,
    selfPid: number | undefined,
    besidePid: number | undefined,
  ): boolean {
    const find = (pid: number | undefined) => (pid === undefined ? undefined : processes.get(pid));
    const own = find(selfPid);
    const before = this.#context;
    this.#context = {
      own,
      launchers: launchersOf(find(besidePid)?.sample.ppid, (pid) => processes.get(pid)?.sample.ppid),
      isHost: processes.get(2)?.sample.kernel ?? false,
    };
    const hasMoved = this.#units.follow(own?.sample);
    const hasChanged = hasMoved || !isSameContext(this.#context, before);
    if (hasChanged) this.#transparent = new WeakMap();
    return hasChanged;
  }

  /** The process whose assignment this one follows: its parent, or the first process of the container that it entered. */
  #leaderOf<P extends GroupedProcess>(process: P, processes: ReadonlyMap<number, P>): P | undefined {
    return (this.#containers.leaderOf(process, processes) as P | undefined) ?? processes.get(process.sample.ppid);
  }

  /** Did the process change in a way that affects its children's group? */
  #affectsChildren(process: GroupedProcess, before: ProcessSample): boolean {
    const { sample, assignment } = process;
    return (
      sample.comm !== before.comm ||
      sample.argv !== before.argv ||
      sample.cgroup !== before.cgroup ||
      !isSameAssignment(assignment, this.#before.has(process) ? this.#before.get(process) : assignment)
    );
  }

  /**
   * Assigns the unassigned ancestors of a process, the top-most first, and then the process. A loop, because a chain of
   * parents may be longer than the stack is deep. It ends at leakwatch, whose assignment does not depend on its
   * parents: if they form a circle, the chain would else begin at a child of leakwatch, and miss that it is one.
   */
  #assignFromTop<P extends GroupedProcess>(process: P, processes: ReadonlyMap<number, P>, assigned: P[]): void {
    const chain: P[] = [];
    for (let at: P | undefined = process; at && at.assignedIn === UNASSIGNED; at = this.#leaderOf(at, processes)) {
      at.assignedIn = this.#count;
      if (!this.#before.has(at)) this.#before.set(at, at.assignment);
      // /proc changes while it is read, so parents may form a circle. Its members then see a parent without assignment.
      at.assignment = undefined;
      chain.push(at);
      if (at === this.#context.own) break;
    }
    for (const next of chain.reverse()) {
      next.parent = processes.get(next.sample.ppid);
      if (!next.parent) this.#missing.add(next.sample.ppid);
      next.assignment = this.#find(next, this.#leaderOf(next, processes), this.#before.get(next));
      assigned.push(next);
    }
  }

  /** @param leader see `#leaderOf` */
  #find(grouped: GroupedProcess, leader: GroupedProcess | undefined, before: Assignment): Assignment {
    const { sample: process, parent } = grouped;
    const above = parent?.assignment;
    if (process.kernel) return undefined;
    if (grouped === this.#context.own) return 'own';
    if (isZombie(process) && (above || !parent)) return this.#findOfZombie(process, above);
    const pattern = this.#patternOf(process);
    if (pattern) return { group: pattern.name, root: above === 'own' || above?.group !== pattern.name, orphan: false };
    const unit = this.#units.foreign(process);
    if (unit?.name !== undefined) {
      return { group: unit.name, root: above === 'own' || above?.group !== unit.name, orphan: false };
    }
    const isTop = !parent || !above || above === 'own' || this.#isEntry(process, parent.sample, unit);
    // Only wrappers at the top of a tree are looked through. A shell that an application starts is in its group.
    if (isTop || (above.root && this.#isTransparent(parent.sample) && !this.#names.has(above.group))) {
      const main = leader === parent ? undefined : leader?.assignment;
      if (main && main !== 'own') return { group: main.group, root: false, orphan: false };
      if (before && before !== 'own' && !before.root) return { group: before.group, root: false, orphan: true };
      return { group: programName(process.argv, process.comm, process.pid), root: true, orphan: false };
    }
    // The same object for all children of one parent: comparing and keeping them is then cheap.
    return above.root ? { group: above.group, root: false, orphan: above.orphan } : above;
  }

  /**
   * A zombie counts where its parent counts: it has no command line, and often no cgroup any more.
   * @param above assignment of the parent; undefined if the parent is not in the snapshot
   */
  #findOfZombie(process: ProcessSample, above: Assignment): Assignment {
    // leakwatch starts no process, but as process 1 it gets the children of others, and cannot wait for them.
    if (above === 'own') return { group: OWN_ZOMBIES, root: true, orphan: false };
    if (above) return { group: above.group, root: false, orphan: false };
    const unit = this.#units.foreign(process);
    const main = unit && this.#containers.mainOf(unit.key)?.assignment;
    if (main && main !== 'own') return { group: main.group, root: false, orphan: false };
    return { group: unit?.name ?? OUTSIDE, root: true, orphan: false };
  }

  /** Is this the first process of a tree in a container, or back outside of one? */
  #isEntry(process: ProcessSample, parent: ProcessSample, unit: Unit | undefined): boolean {
    if (process.cgroup === parent.cgroup) return false;
    const above = this.#units.foreign(parent);
    const isContainer = (one: Unit | undefined): boolean => one?.containerId !== undefined;
    return (isContainer(unit) || isContainer(above)) && unit?.key !== above?.key;
  }

  /** `#looksThrough`, kept because it is asked for each child of a process, of which there may be thousands. */
  #isTransparent(process: ProcessSample): boolean {
    let isTransparent = this.#transparent.get(process);
    if (isTransparent === undefined) {
      isTransparent = this.#looksThrough(process);
      this.#transparent.set(process, isTransparent);
    }
    return isTransparent;
  }

  #looksThrough(process: ProcessSample): boolean {
    // On a host pid 1 is always an init. In a container without an init pid 1 is the application itself.
    if (process.pid === 1) return this.#context.isHost || isWrapper(process);
    return this.#context.launchers.has(process.pid) || isWrapper(process);
  }

  /**
   * Wrappers that started leakwatch are not matched: their command line may contain leakwatch's own, which contains
   * every pattern.
   */
  #patternOf(process: ProcessSample): { readonly name: string } | undefined {
    if (this.#patterns.length === 0 || !process.argv) return undefined;
    if (this.#context.launchers.has(process.pid) && isWrapper(process)) return undefined;
    const commandLine = process.argv.join(' ').slice(0, MOST_MATCHED);
    return this.#patterns.find(({ pattern }) => pattern.isIn(commandLine));
  }
}

/** Are all inputs of the grouping rules unchanged for this process? */
function hasSameInputs(process: ProcessSample, before: ProcessSample | undefined): boolean {
  return (
    before !== undefined &&
    process.ppid === before.ppid &&
    process.comm === before.comm &&
    process.argv === before.argv &&
    process.cgroup === before.cgroup &&
    process.kernel === before.kernel &&
    isZombie(process) === isZombie(before)
  );
}

function isSameAssignment(a: Assignment, b: Assignment): boolean {
  if (a === b) return true;
  if (!a || !b || a === 'own' || b === 'own') return false;
  return a.group === b.group && a.root === b.root && a.orphan === b.orphan;
}

function isSameContext(a: GroupingContext, b: GroupingContext): boolean {
  if (a.own !== b.own || a.isHost !== b.isHost) return false;
  if (a.launchers.size !== b.launchers.size) return false;
  for (const pid of a.launchers) if (!b.launchers.has(pid)) return false;
  return true;
}

/**
 * Must the source read the command line of this process, because a group's name or extent depends on it?
 * @param launchers see `launchersOf`
 */
export function needsCommandLine(
  process: Pick<ProcessSample, 'pid' | 'ppid' | 'kernel' | 'cgroup'>,
  parent: Pick<ProcessSample, 'pid' | 'comm' | 'argv' | 'cgroup'> | undefined,
  launchers: ReadonlySet<number>,
): boolean {
  if (process.kernel) return false;
  if (process.pid === 1 || !parent || parent.pid === 1 || launchers.has(parent.pid)) return true;
  // Where a container begins, a tree begins. Its parent is a runtime, and these have many names.
  return process.cgroup !== parent.cgroup || isWrapper(parent);
}

/**
 * The processes that started leakwatch (shells, `npm start`, a process manager, a test runner). Grouping looks through
 * them.
 * @param parent pid of leakwatch's parent
 * @param parentOf pid of a process's parent; undefined if the process is not in the snapshot
 * @returns pids of all ancestors
 */
export function launchersOf(
  parent: number | undefined,
  parentOf: (pid: number) => number | undefined,
): ReadonlySet<number> {
  const launchers = new Set<number>();
  for (let at = parent; at && !launchers.has(at); at = parentOf(at)) launchers.add(at);
  return launchers;
}

function isWrapper(process: Pick<ProcessSample, 'comm' | 'argv'>): boolean {
  return isLookedThrough(process.argv, process.comm);
}
