/**
 * Which group each process of a snapshot belongs to. In order: a configured pattern on its command line; the systemd
 * unit or container of its cgroup; else the tree below the top-most process that is not a wrapper, a manager or an
 * ancestor of leakwatch itself. Kernel threads and leakwatch's own tree belong to none. Cost: a few comparisons for each
 * process and snapshot; what has changed is placed anew.
 */
import { isLookedThrough, programName } from './program.ts';
import { type CgroupMembership, isZombie, type ProcessSample } from './snapshot.ts';
import { unitOf } from './unit.ts';

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
  /** What the place was found by: the process as it was then, and its parent. */
  placedAs: ProcessSample | undefined;
  parent: Placed | undefined;
  /** The snapshots in which the place was last found, and last found to be still right. */
  placedIn: number;
  confirmedIn: number;
  /** It has ended, and is nobody's parent. */
  gone: boolean;
}

export function newPlaced(sample: ProcessSample): Placed {
  return { sample, place: undefined, placedAs: undefined, parent: undefined, placedIn: 0, confirmedIn: 0, gone: false };
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
 * Gives every process its place. One that has it keeps it until something it depends on changes: the process itself, its
 * parent or its parent's place, or what surrounds them all.
 */
export class Grouping {
  readonly #patterns: readonly GroupPattern[];
  readonly #names: ReadonlySet<string>;
  readonly #units = new WeakMap<CgroupMembership, { readonly name: string | undefined }>();
  #around: Surroundings = { own: undefined, ownUnit: undefined, launchers: new Set(), isHost: false };
  #count = 0;
  /** The snapshot in which what surrounds all processes last changed. */
  #movedIn = 0;

  constructor(patterns: readonly GroupPattern[]) {
    this.#patterns = patterns;
    this.#names = new Set(patterns.map(({ name }) => name));
  }

  /** @param processes those of the snapshot, by pid, with their places in the snapshot before */
  place(processes: ReadonlyMap<number, Placed>, selfPid: number | undefined): void {
    this.#count++;
    this.#lookAround(processes, selfPid);
    for (const placed of processes.values()) if (placed.confirmedIn !== this.#count) this.#confirm(placed, processes);
  }

  #lookAround(processes: ReadonlyMap<number, Placed>, selfPid: number | undefined): void {
    const own = selfPid === undefined ? undefined : processes.get(selfPid);
    const around: Surroundings = {
      own,
      ownUnit: own && this.#unitOf(own.sample),
      launchers: launchersOf(own?.sample.ppid, (pid) => processes.get(pid)?.sample.ppid),
      isHost: processes.get(2)?.sample.kernel ?? false,
    };
    if (!isSame(around, this.#around)) this.#movedIn = this.#count;
    this.#around = around;
  }

  /** The places of a process's ancestors first, in a loop: a line of them may be longer than a stack is deep. */
  #confirm(placed: Placed, processes: ReadonlyMap<number, Placed>): void {
    const line: Placed[] = [];
    for (let at: Placed | undefined = placed; at && at.confirmedIn !== this.#count; at = parentOf(at, processes)) {
      at.confirmedIn = this.#count; // a table read while it changes may hold a circle of parents
      line.push(at);
    }
    for (let at = line.length - 1; at >= 0; at--) this.#renew(line[at]!, processes);
  }

  #renew(placed: Placed, processes: ReadonlyMap<number, Placed>): void {
    const parent = parentOf(placed, processes);
    const isRight =
      placed.placedIn > 0 &&
      this.#movedIn !== this.#count &&
      placed.parent === parent &&
      parent?.placedIn !== this.#count &&
      isPlacedAlike(placed.sample, placed.placedAs);
    placed.parent = parent;
    placed.placedAs = placed.sample;
    if (isRight) return;
    placed.place = this.#find(placed, parent);
    placed.placedIn = this.#count;
  }

  #find(placed: Placed, parent: Placed | undefined): Place {
    const process = placed.sample;
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
      const before = placed.place;
      if (before && before !== 'own' && !before.root) return { group: before.group, root: false, orphan: true };
      return { group: programName(process.argv, process.comm), root: true, orphan: false };
    }
    // One object for all that live alike under one parent.
    return above.root ? { group: above.group, root: false, orphan: above.orphan } : above;
  }

  #isTransparent(process: ProcessSample): boolean {
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

function parentOf(placed: Placed, processes: ReadonlyMap<number, Placed>): Placed | undefined {
  const { parent, sample } = placed;
  if (parent !== undefined && !parent.gone && parent.sample.pid === sample.ppid) return parent;
  return processes.get(sample.ppid);
}

/** Of a process, is everything that its place is found by as it was? */
function isPlacedAlike(process: ProcessSample, before: ProcessSample | undefined): boolean {
  if (process === before) return true;
  return (
    before !== undefined &&
    process.comm === before.comm &&
    process.argv === before.argv &&
    process.cgroup === before.cgroup &&
    process.kernel === before.kernel &&
    isZombie(process) === isZombie(before)
  );
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
