/**
 * Which group each process of a snapshot belongs to. In order: a configured pattern on its command line; the systemd
 * unit or container of its cgroup; else the tree below the top-most process that is not a wrapper, a manager or an
 * ancestor of leakwatch itself. Kernel threads and leakwatch's own tree belong to none. Cost: only what
 * has changed is placed anew.
 */
import { forEach, type InPortions } from './portions.ts';
import { isLookedThrough, programName } from './program.ts';
import { type CgroupMembership, isZombie, type ProcessSample } from './snapshot.ts';
import { unitOf } from './unit.ts';

/** Processes whose root's command line matches `pattern` are reported as the group `name`. */
export interface GroupPattern {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Where a process belongs, and whether the group begins with it. */
export interface Membership {
  readonly group: string;
  readonly root: boolean;
  /** It was born in the group's tree, lost its parent, and lives on. */
  readonly orphan: boolean;
}

/** `own` marks our own tree; undefined: a kernel thread, or a process that has no place yet. */
export type Place = Membership | 'own' | undefined;

/** A process and its place, kept from snapshot to snapshot by whoever follows the processes. */
export interface Placed {
  sample: ProcessSample;
  place: Place;
  parent: Placed | undefined;
  /** The snapshot in which the place was found; NOWHERE where it has to be. */
  placedIn: number;
}

const NOWHERE = 0;

export function newPlaced(sample: ProcessSample): Placed {
  return { sample, place: undefined, parent: undefined, placedIn: NOWHERE };
}

/** A process that is new in a snapshot, or not what it was in the one before. */
export interface Change<P extends Placed = Placed> {
  readonly placed: P;
  /** What it was; undefined for a new one. */
  readonly before: ProcessSample | undefined;
}

/** Of a snapshot, what the places of all its processes depend on. */
interface Surroundings {
  readonly own: Placed | undefined;
  readonly ownUnit: string | undefined;
  readonly launchers: ReadonlySet<number>;
  /** Pid 2 is kthreadd: this is a host's own process table. */
  readonly isHost: boolean;
}

/**
 * Gives every process its place. One that has it keeps it until something it depends on changes: the process itself, the
 * place or the program of an ancestor, or what surrounds them all.
 */
export class Grouping {
  readonly #patterns: readonly GroupPattern[];
  readonly #names: ReadonlySet<string>;
  readonly #units = new WeakMap<CgroupMembership, { readonly name: string | undefined }>();
  #around: Surroundings = { own: undefined, ownUnit: undefined, launchers: new Set(), isHost: false };
  #count = NOWHERE;
  /** Parents that were looked for and not seen. */
  readonly #missing = new Set<number>();
  /** What has been found of parents, as long as what surrounds them is the same. */
  #transparent = new WeakMap<ProcessSample, boolean>();
  /** The places in the snapshot before of those that have been given one in this. */
  readonly #before = new Map<Placed, Place>();

  constructor(patterns: readonly GroupPattern[]) {
    this.#patterns = patterns;
    this.#names = new Set(patterns.map(({ name }) => name));
  }

  /**
   * @param processes those of the snapshot, by pid, with their places in the snapshot before
   * @param besidePid see `Snapshot`
   * @returns those whose places were looked for, and may have changed
   */
  *place<P extends Placed>(
    processes: ReadonlyMap<number, P>,
    changes: readonly Change<P>[],
    selfPid: number | undefined,
    besidePid = selfPid,
  ): InPortions<P[]> {
    this.#count++;
    const moved: P[] = [];
    let isAllMoving = this.#lookAround(processes, selfPid, besidePid);
    if (!isAllMoving) {
      yield* forEach(changes, ({ placed, before }) => {
        if (!isPlacedAlike(placed.sample, before)) placed.placedIn = NOWHERE;
      });
      yield* forEach(changes, ({ placed, before }) => {
        if (placed.placedIn === NOWHERE) this.#placeLine(placed, processes, moved);
        // Whoever lives below it may have to move as well.
        isAllMoving ||= before ? this.#isOther(placed, before) : this.#missing.has(placed.sample.pid);
      });
    }
    if (isAllMoving) {
      moved.length = 0;
      this.#missing.clear();
      yield* forEach(processes.values(), (placed) => {
        placed.placedIn = NOWHERE;
      });
      yield* forEach(processes.values(), (placed) => {
        if (placed.placedIn === NOWHERE) this.#placeLine(placed, processes, moved);
      });
    }
    this.#before.clear();
    return moved;
  }

  /** @returns whether what surrounds all processes has changed */
  #lookAround(
    processes: ReadonlyMap<number, Placed>,
    selfPid: number | undefined,
    besidePid: number | undefined,
  ): boolean {
    const seen = (pid: number | undefined) => (pid === undefined ? undefined : processes.get(pid));
    const own = seen(selfPid);
    const before = this.#around;
    this.#around = {
      own,
      ownUnit: own && this.#unitOf(own.sample),
      launchers: launchersOf(seen(besidePid)?.sample.ppid, (pid) => processes.get(pid)?.sample.ppid),
      isHost: processes.get(2)?.sample.kernel ?? false,
    };
    const isOther = !isSame(this.#around, before);
    if (isOther) this.#transparent = new WeakMap();
    return isOther;
  }

  /** For those below, is it something else now? */
  #isOther(placed: Placed, before: ProcessSample): boolean {
    const { sample } = placed;
    return (
      sample.comm !== before.comm ||
      sample.argv !== before.argv ||
      !isSamePlace(placed.place, this.#before.has(placed) ? this.#before.get(placed) : placed.place)
    );
  }

  /** The places of a process's ancestors first, in a loop: a line of them may be longer than a stack is deep. */
  #placeLine<P extends Placed>(placed: P, processes: ReadonlyMap<number, P>, moved: P[]): void {
    const line: P[] = [];
    for (let at: P | undefined = placed; at && at.placedIn === NOWHERE; at = processes.get(at.sample.ppid)) {
      at.placedIn = this.#count;
      if (!this.#before.has(at)) this.#before.set(at, at.place);
      at.place = undefined; // a table read while it changes may hold a circle of parents: it has no place above it
      line.push(at);
    }
    for (const next of line.reverse()) {
      next.parent = processes.get(next.sample.ppid);
      if (!next.parent) this.#missing.add(next.sample.ppid);
      next.place = this.#find(next, this.#before.get(next));
      moved.push(next);
    }
  }

  #find(placed: Placed, before: Place): Place {
    const { sample: process, parent } = placed;
    const above = parent?.place;
    if (process.kernel) return undefined;
    if (placed === this.#around.own) return 'own';
    // A zombie is its parent's: it has no command line and, once dead, often no cgroup of its own.
    if (isZombie(process) && above) return above === 'own' ? above : { group: above.group, root: false, orphan: false };
    const pattern = this.#patternOf(process);
    if (pattern) return { group: pattern.name, root: above === 'own' || above?.group !== pattern.name, orphan: false };
    // What we start is shown only where it is asked for, as the demo asks for its leak.
    if (above === 'own') return 'own';
    const unit = this.#unitOf(process);
    if (unit !== undefined && unit !== this.#around.ownUnit) {
      return { group: unit, root: above?.group !== unit, orphan: false };
    }
    // Only the top of a tree is looked through: a shell that an application starts is the application's.
    if (!parent || !above || (above.root && this.#isTransparent(parent.sample) && !this.#names.has(above.group))) {
      if (before && before !== 'own' && !before.root) return { group: before.group, root: false, orphan: true };
      return { group: programName(process.argv, process.comm), root: true, orphan: false };
    }
    // One object for all that live alike under one parent.
    return above.root ? { group: above.group, root: false, orphan: above.orphan } : above;
  }

  /** Asked for each of its children, and there may be thousands. */
  #isTransparent(process: ProcessSample): boolean {
    let isTransparent = this.#transparent.get(process);
    if (isTransparent === undefined) {
      isTransparent = this.#looksThrough(process);
      this.#transparent.set(process, isTransparent);
    }
    return isTransparent;
  }

  #looksThrough(process: ProcessSample): boolean {
    // On a host pid 1 is always an init. In a container without one it is the application: its children are its own.
    if (process.pid === 1) return this.#around.isHost || isWrapper(process);
    return this.#around.launchers.has(process.pid) || isWrapper(process);
  }

  /** The command line of what started us may hold our own, and with it all patterns. */
  #patternOf(process: ProcessSample): GroupPattern | undefined {
    if (this.#patterns.length === 0 || !process.argv) return undefined;
    if (this.#around.launchers.has(process.pid) && isWrapper(process)) return undefined;
    const commandLine = process.argv.join(' ');
    return this.#patterns.find(({ pattern }) => pattern.test(commandLine));
  }

  #unitOf({ cgroup }: ProcessSample): string | undefined {
    if (!cgroup) return undefined;
    let unit = this.#units.get(cgroup);
    if (!unit) {
      unit = { name: unitOf(cgroup.unitPath) };
      this.#units.set(cgroup, unit);
    }
    return unit.name;
  }
}

/** Of a process, is everything that its place is found by as it was? */
function isPlacedAlike(process: ProcessSample, before: ProcessSample | undefined): boolean {
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

function isSamePlace(a: Place, b: Place): boolean {
  if (a === b) return true;
  if (!a || !b || a === 'own' || b === 'own') return false;
  return a.group === b.group && a.root === b.root && a.orphan === b.orphan;
}

function isSame(a: Surroundings, b: Surroundings): boolean {
  if (a.own !== b.own || a.ownUnit !== b.ownUnit || a.isHost !== b.isHost) return false;
  if (a.launchers.size !== b.launchers.size) return false;
  for (const pid of a.launchers) if (!b.launchers.has(pid)) return false;
  return true;
}

/**
 * Must the source read this process's command line for us to name or to split its group?
 * @param launchers see `launchersOf`
 */
export function needsCommandLine(
  process: Pick<ProcessSample, 'pid' | 'ppid' | 'kernel'>,
  parent: Pick<ProcessSample, 'pid' | 'comm' | 'argv'> | undefined,
  launchers: ReadonlySet<number>,
): boolean {
  if (process.kernel) return false;
  return process.pid === 1 || !parent || parent.pid === 1 || launchers.has(parent.pid) || isWrapper(parent);
}

/**
 * The processes that started us, which are looked through: shells, `npm start`, a process manager, a test run.
 * @param parent our own parent
 * @param parentOf the parent of a process; undefined where it is not seen
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
