/**
 * Turns snapshots into readings. It follows every process from snapshot to snapshot, so it knows what one snapshot
 * cannot tell: how long a zombie has been dead, which process lost its parent, what started and exited, which process
 * grew.
 * Pure: time comes with the snapshot. Memory: one entry per process of the last snapshot.
 */
import { Limits, TaskCount } from './bounds.ts';
import { Units } from './containers.ts';
import { cpuUsed } from './cpu-time.ts';
import {
  findGrowingParent,
  findGrownMost,
  type GrowingParent,
  type GrownProcess,
  type ZombieParent,
  zombieParents,
} from './culprits.ts';
import { type Assignment, Grouping, type GroupPattern } from './grouping.ts';
import type { LookedAt, LookedAtProcess } from './look.ts';
import type { Members } from './members.ts';
import { type Orphan, Orphans } from './orphans.ts';
import { finish, forEach, type InPortions } from './portions.ts';
import { type Changes, Identities } from './process-identities.ts';
import { starterOf } from './program.ts';
import type { GroupReading, Readings } from './reading.ts';
import { OTHER, Reported, type ReportedOptions, type Totals } from './reported.ts';
import { SharedMemory } from './shared-memory.ts';
import { isZombie, type ProcessSample, type Snapshot } from './snapshot.ts';
import { Group, membersOf, type TrackedProcess } from './tracked.ts';

/** Parents of zombies that are reported per group: a bound of its size, in which those with most zombies stay. */
const MOST_PARENTS = 5;
/**
 * Bound of the way up through ended parents: the CPU time of an ended process goes to the first one that still runs.
 * Chosen to be deeper than trees of processes are, and to end a circle, which pids that are used again could form.
 */
const MOST_HEIRS = 100;

/** Facts of a group beyond its reading. They are not recorded and not judged. */
export interface GroupDetail {
  readonly name: string;
  readonly cpuSecondsTotal: number;
  readonly startsTotal: number;
  readonly exitsTotal: number;
  readonly orphans: number;
  /** For how long the oldest zombie has been seen dead; undefined without zombies. */
  readonly oldestZombieSeconds: number | undefined;
  /** The parent of most zombies first. */
  readonly zombieParents: readonly ZombieParent[];
}

/** The result of tracking one snapshot. */
export interface TrackedSnapshot {
  readonly readings: Readings;
  readonly details: ReadonlyMap<string, GroupDetail>;
  /** Groups that are counted in `other` now, because `maxGroups` are reported already. */
  readonly groupsInOther: number;
  /** How often a group had to be counted in `other`, since the start. */
  readonly groupsDroppedTotal: number;
  /** All tasks, including zombies, kernel threads and our own; undefined if a process does not tell its tasks. */
  readonly tasks: number | undefined;
}

interface TrackerOptions extends ReportedOptions {
  readonly patterns: readonly GroupPattern[];
}

export class Tracker {
  readonly #identities = new Identities();
  readonly #units = new Units();
  readonly #grouping: Grouping;
  readonly #tasks = new TaskCount();
  readonly #orphans = new Orphans();
  readonly #sharedMemory = new SharedMemory();
  /** Results of `#isOfSession` by parent: asked at each snapshot, while a parent hardly ever changes its program. */
  readonly #sessions = new WeakMap<
    TrackedProcess,
    Pick<ProcessSample, 'comm' | 'argv'> & { readonly isSession: boolean }
  >();
  /** All groups of the last snapshot, reported or not, in the order in which they were first seen. */
  readonly #groups = new Map<string, Group>();
  /** Our own process tree, which is not reported. */
  readonly #own = new Group('');
  readonly #reported: Reported;
  #count = 0;
  #t = 0;

  constructor(options: TrackerOptions) {
    this.#grouping = new Grouping(options.patterns, this.#units);
    const configured = new Set(options.patterns.map(({ name }) => name));
    this.#reported = new Reported(options, (group) => configured.has(group));
  }

  track(snapshot: Snapshot): TrackedSnapshot {
    return finish(this.trackInPortions(snapshot));
  }

  /** `track` in portions, for thousands of processes. No other method may be called until it has ended. */
  *trackInPortions(snapshot: Snapshot): InPortions<TrackedSnapshot> {
    this.#count++;
    this.#t = snapshot.t;
    const changes = yield* this.#identities.follow(snapshot);
    this.#orphans.follow(changes, this.#identities.processes, snapshot);
    yield* this.#countExits(changes);
    yield* this.#regroup(changes, snapshot);
    yield* this.#reported.choose(this.#groups, snapshot, this.#count);
    yield* this.#countStarts(changes);
    yield* this.#countCpuTime(changes);
    return {
      ...(yield* this.#read(snapshot)),
      groupsInOther: this.#reported.groupsInOther,
      groupsDroppedTotal: this.#reported.droppedTotal,
      tasks: this.#tasks.all,
    };
  }

  /** See `Reported.keep`. */
  keep(...bounds: Parameters<Reported['keep']>): void {
    this.#reported.keep(...bounds);
  }

  /** The process of a reported group that grew most since about `since`; undefined if none did. See `findGrownMost`. */
  grownMost(
    group: string,
    amountOf: (process: ProcessSample) => number | undefined,
    since: number | undefined,
    told?: number,
  ): GrownProcess | undefined {
    return findGrownMost(this.#processesOf(group), amountOf, since, told);
  }

  /** The parent of most of the living children that came since the growth began. See `findGrowingParent`. */
  growingParent(group: string, since: number | undefined, told?: number): GrowingParent | undefined {
    return findGrowingParent(
      this.#processesOf(group),
      ({ sample, first, parent }) => !isZombie(sample) && parent !== undefined && first.t,
      since,
      told,
    );
  }

  /** The parent of most of the zombies that came since the growth began. */
  growingZombieParent(group: string, since: number | undefined, told?: number): ZombieParent | undefined {
    const parent = findGrowingParent(
      this.#processesOf(group),
      ({ sample, zombieSince }) => isZombie(sample) && (zombieSince ?? false),
      since,
      told,
    );
    if (!parent) return undefined;
    const { processes } = this.#identities;
    const zombies: ProcessSample[] = [];
    for (const { sample } of processes.values()) {
      if (sample.ppid === parent.pid && isZombie(sample)) zombies.push(sample);
    }
    return zombieParents(zombies, processes, this.#t)[0];
  }

  /** Was this process in the last snapshot? */
  isSeen(pid: number): boolean {
    return this.#identities.processes.has(pid);
  }

  /**
   * The process to look at for what a group has of it. Undefined if it was not seen, or for the children of a parent outside
   * of the group, as of process 1: they are those of other groups as well.
   */
  toLookAt(group: string, pid: number, at: LookedAt): LookedAtProcess | undefined {
    const startTicks = this.#identities.processes.get(pid)?.sample.startTicks;
    if (startTicks === undefined) return undefined;
    if (at === 'children' && !this.#processesOf(group).some(({ sample }) => sample.pid === pid)) return undefined;
    return { pid, startTicks, at };
  }

  /** The oldest living root of the group's process trees; its `parent` is the process that started it. */
  root(group: string): TrackedProcess | undefined {
    return this.#processesOf(group).reduce<TrackedProcess | undefined>((oldest, tracked) => {
      const { assignment, sample } = tracked;
      const isRoot = assignment !== undefined && assignment !== 'own' && assignment.root && !isZombie(sample);
      return isRoot && !(oldest && oldest.sample.startTicks <= sample.startTicks) ? tracked : oldest;
    }, undefined);
  }

  /** The living processes of a reported group, the oldest root first. */
  living(group: string): readonly ProcessSample[] {
    const root = this.root(group)?.sample;
    const living = this.#processesOf(group).flatMap(({ sample }) => (isZombie(sample) ? [] : [sample]));
    return root ? [root, ...living.filter((sample) => sample !== root)] : living;
  }

  /** The containers that the group's processes run in, by their shortened ids, sorted; containers with names are not. */
  containersOf(group: string): readonly string[] {
    const ids = this.#processesOf(group).map(({ sample }) => this.#units.of(sample)?.containerId);
    return [...new Set(ids.filter((id) => id !== undefined))].sort();
  }

  /** The process of the group that has been an orphan for the longest time. */
  oldestOrphan(group: string): Orphan | undefined {
    return this.#orphansByReportedName().get(group)?.[0];
  }

  /** Was this root started from a session (by hand, or by a timer), for one connection, or by systemd-run? */
  #isOfSession(root: ProcessSample | undefined): boolean {
    if (!root) return false;
    if (this.#units.isBrief(root)) return true;
    const parent = this.#identities.processes.get(root.ppid);
    if (!parent) return this.#isEntered(root);
    const { comm, argv } = parent.sample;
    let known = this.#sessions.get(parent);
    if (known?.comm !== comm || known.argv !== argv) {
      known = { comm, argv, isSession: starterOf(argv, comm) === 'session' };
      this.#sessions.set(parent, known);
    }
    return known.isSession;
  }

  /** Was it told from outside to run beside process 1 of a container, as `docker exec` does? */
  #isEntered({ pid, ppid, cgroup }: ProcessSample): boolean {
    return ppid === 0 && pid !== 1 && this.#identities.processes.get(1)?.sample.cgroup === cgroup;
  }

  #orphansByReportedName(): ReadonlyMap<string, readonly Orphan[]> {
    return this.#orphans.byGroup(({ group }) =>
      group && group !== this.#own ? this.#reported.nameOf(group.name) : undefined,
    );
  }

  #processesOf(reportedName: string): TrackedProcess[] {
    const groups = [...this.#groups.values()].filter(({ name }) => this.#reported.nameOf(name) === reportedName);
    return groups.flatMap(({ processes }) => [...processes]);
  }

  /** The totals that a process is counted in; undefined for our own tree and for kernel threads. */
  #totals({ group }: TrackedProcess): Totals | undefined {
    return group === undefined || group === this.#own
      ? undefined
      : this.#reported.totalsOf(this.#reported.nameOf(group.name));
  }

  /**
   * Counts exits in the group of the snapshot before: a zombie may move to its parent's group. So this runs before the
   * processes are grouped.
   */
  *#countExits({ changed, gone }: Changes): InPortions<void> {
    const exit = (tracked: TrackedProcess): void => {
      const totals = this.#totals(tracked);
      if (totals) totals.exits++;
    };
    yield* forEach(changed, ({ process, before }) => {
      if (before && !isZombie(before) && isZombie(process.sample)) exit(process);
    });
    yield* forEach(gone.values(), (tracked) => {
      if (!isZombie(tracked.sample)) exit(tracked);
    });
  }

  *#regroup({ changed, gone }: Changes, { selfPid, besidePid }: Snapshot): InPortions<void> {
    yield* forEach(gone.values(), (tracked) => {
      this.#tasks.remove(tracked.sample);
      this.#move(tracked, undefined);
    });
    yield* forEach(changed, ({ process, before }) => {
      if (before) this.#tasks.remove(before);
      this.#tasks.add(process.sample);
      process.group?.touch();
    });
    const assigned = yield* this.#grouping.assign(this.#identities.processes, changed, selfPid, besidePid);
    yield* forEach(assigned, (tracked) => this.#move(tracked, this.#groupOf(tracked.assignment)));
    for (const { name, processes } of this.#groups.values()) if (processes.size === 0) this.#groups.delete(name);
  }

  #groupOf(assignment: Assignment): Group | undefined {
    if (assignment === undefined) return undefined;
    if (assignment === 'own') return this.#own;
    let group = this.#groups.get(assignment.group);
    if (!group) {
      group = new Group(assignment.group);
      this.#groups.set(assignment.group, group);
    }
    return group;
  }

  #move(tracked: TrackedProcess, to: Group | undefined): void {
    tracked.group?.delete(tracked);
    tracked.group = to;
    to?.add(tracked);
  }

  /** Processes seen in the first snapshot are not counted as starts. */
  *#countStarts({ changed }: Changes): InPortions<void> {
    if (this.#count === 1) return;
    yield* forEach(changed, ({ process, before }) => {
      const totals = before ? undefined : this.#totals(process);
      if (!totals) return;
      totals.starts++;
      if (isZombie(process.sample)) totals.exits++;
    });
  }

  *#countCpuTime({ changed, gone }: Changes): InPortions<void> {
    const inherited = inheritedTime(gone);
    yield* forEach(changed, ({ process, before }) => {
      const totals = this.#totals(process);
      if (!totals) return;
      const { sample } = process;
      // In the first snapshot the time of ended children is left out, because it is unknown when they ended. A process
      // that is new in a later snapshot started since the one before, and so did its children.
      const since = before ?? (this.#count === 1 ? { ...sample, cpuSeconds: 0 } : undefined);
      totals.cpuSeconds += cpuUsed(sample, since, inherited.get(sample.pid) ?? 0);
    });
  }

  *#read(snapshot: Snapshot): InPortions<{ readings: Readings; details: Map<string, GroupDetail> }> {
    const basis = { ...snapshot, tasksOfUid: this.#tasks.byUid, tasks: this.#tasks.all };
    const groups = new Map<string, GroupReading>();
    const details = new Map<string, GroupDetail>();
    const all = new Limits();
    const orphans = this.#orphansByReportedName();
    const membersByName = yield* this.#membersByReportedName();
    const shared = this.#sharedMemory.of(membersByName, snapshot.shmem ?? new Map());
    for (const [name, members] of membersByName) {
      all.addAll(members.limits);
      const parents = zombieParents(members.zombies, this.#identities.processes, snapshot.t);
      const oldestZombieSeconds =
        parents.length > 0 ? Math.max(...parents.map((parent) => parent.oldestSeconds)) : undefined;
      groups.set(name, {
        start: members.start(),
        values: members.values(shared.get(name)),
        ...(oldestZombieSeconds !== undefined && { oldestZombieSeconds }),
        ...(parents[0]?.unseen && { parentUnseen: true as const }),
        ...(members.roots !== 1 && { roots: members.roots }),
        ...(this.#isOfSession(members.root) && { session: true }),
        ...orphanReading(orphans.get(name), snapshot.t),
        bounds: members.limits.tightest(basis),
      });
      const totals = this.#reported.totalsOf(name)!;
      details.set(name, {
        name,
        cpuSecondsTotal: totals.cpuSeconds,
        startsTotal: totals.starts,
        exitsTotal: totals.exits,
        orphans: members.orphans,
        oldestZombieSeconds,
        zombieParents: parents.slice(0, MOST_PARENTS),
      });
    }
    return { readings: { t: snapshot.t, groups, bounds: all.tightest(basis) }, details };
  }

  *#membersByReportedName(): InPortions<Map<string, Members>> {
    const members = new Map<string, Members>();
    const others: Group[] = [];
    for (const group of this.#groups.values()) {
      if (this.#reported.nameOf(group.name) === OTHER) others.push(group);
      else members.set(group.name, yield* group.members());
    }
    if (others.length > 0) members.set(OTHER, yield* membersOf(others));
    return members;
  }
}

/** CPU seconds that ended processes had used when they were last seen, by the pid of the process that inherits them. */
function inheritedTime(gone: Changes['gone']): Map<number, number> {
  const inherited = new Map<number, number>();
  for (const { sample } of gone.values()) {
    // If the parent that waited for it has ended as well, the time went on to the parent's parent.
    let heir = sample.ppid;
    for (let hops = 0; hops < MOST_HEIRS && gone.has(heir); hops++) heir = gone.get(heir)!.sample.ppid;
    inherited.set(heir, (inherited.get(heir) ?? 0) + (sample.cpuSeconds ?? 0) + (sample.childCpuSeconds ?? 0));
  }
  return inherited;
}

function orphanReading([oldest, ...others]: readonly Orphan[] = [], t: number): Partial<GroupReading> {
  return oldest ? { orphans: 1 + others.length, oldestOrphanSeconds: t - oldest.since } : {};
}
