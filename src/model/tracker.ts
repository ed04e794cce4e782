/**
 * From snapshots to readings: follows every process by identity, so that it knows what a snapshot alone cannot say: how
 * long a zombie has been dead, who lost its parent, what started and exited, who grew.
 * Pure: time comes with the snapshot. Memory: one entry a living process; one that is gone is forgotten.
 */
import { Limits, TaskCount } from './bounds.ts';
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
import type { Members } from './members.ts';
import { type Orphan, Orphans } from './orphans.ts';
import { finish, forEach, type InPortions } from './portions.ts';
import { type Changes, Identities } from './process-identities.ts';
import { starterOf } from './program.ts';
import type { GroupReading, Readings } from './reading.ts';
import { isZombie, type ProcessSample, type Snapshot } from './snapshot.ts';
import { Group, membersOf, type TrackedProcess } from './tracked.ts';

/** Where the processes beyond `maxGroups` are counted. */
export const OTHER = 'other';

/** Parents of zombies that are told of one group. */
const MOST_PARENTS = 5;
/** A group that has not been seen for this many snapshots gives its place to another. */
const FORGOTTEN_AFTER = 15;
/** Ended ancestors that an ended process's time is followed through. */
const MOST_HEIRS = 100;

/** What is known of a group beyond its reading; not recorded and not judged. */
export interface GroupDetail {
  readonly name: string;
  readonly cpuSecondsTotal: number;
  readonly startsTotal: number;
  readonly exitsTotal: number;
  readonly orphans: number;
  /** How long the oldest zombie has been seen dead; undefined without zombies. */
  readonly oldestZombieSeconds: number | undefined;
  /** Worst first. */
  readonly zombieParents: readonly ZombieParent[];
}

export interface Tracked {
  readonly readings: Readings;
  readonly details: ReadonlyMap<string, GroupDetail>;
  /** Groups that are counted in `other` now for want of a place, and how often one had to be. */
  readonly groupsInOther: number;
  readonly groupsDroppedTotal: number;
  /** All tasks seen, zombies, kernel threads and our own included. */
  readonly tasks: number | undefined;
}

interface Totals {
  cpuSeconds: number;
  starts: number;
  exits: number;
  lastSeen: number;
}

export class Tracker {
  readonly #identities = new Identities();
  readonly #grouping: Grouping;
  readonly #maxGroups: number;
  readonly #tasks = new TaskCount();
  readonly #orphans = new Orphans();
  /** Who has started a group's root: asked at each sample, though it hardly ever becomes another program. */
  readonly #sessions = new WeakMap<
    TrackedProcess,
    Pick<ProcessSample, 'comm' | 'argv'> & { readonly isSession: boolean }
  >();
  /** The groups of the last snapshot, with or without a place, in the order in which they came. */
  readonly #groups = new Map<string, Group>();
  /** Our own tree, which is shown nowhere. */
  readonly #own = new Group('');
  /** Groups that have a place, with their running totals. */
  readonly #places = new Map<string, Totals>();
  /** Groups that found none in the last snapshot. */
  #without: ReadonlySet<string> = new Set();
  #droppedTotal = 0;
  #count = 0;
  #t = 0;

  constructor(options: { patterns: readonly GroupPattern[]; maxGroups: number }) {
    this.#grouping = new Grouping(options.patterns);
    this.#maxGroups = options.maxGroups;
  }

  track(snapshot: Snapshot): Tracked {
    return finish(this.trackInPortions(snapshot));
  }

  /** The same for thousands of processes. Until it has ended nothing else may be asked of the tracker. */
  *trackInPortions(snapshot: Snapshot): InPortions<Tracked> {
    this.#count++;
    this.#t = snapshot.t;
    const changes = yield* this.#identities.follow(snapshot);
    this.#orphans.follow(changes, this.#identities.processes, snapshot);
    yield* this.#countExits(changes);
    yield* this.#regroup(changes, snapshot);
    this.#assignPlaces();
    yield* this.#countStarts(changes);
    yield* this.#countCpuTime(changes);
    return {
      ...(yield* this.#read(snapshot)),
      groupsInOther: this.#without.size,
      groupsDroppedTotal: this.#droppedTotal,
      tasks: this.#tasks.all,
    };
  }

  /** The process of the group that grew most since about `since`; undefined where none did. See `findGrownMost`. */
  grownMost(
    group: string,
    amountOf: (process: ProcessSample) => number | undefined,
    since: number | undefined,
  ): GrownProcess | undefined {
    return findGrownMost(this.#of(group), amountOf, since);
  }

  /** The parent in the group that has most more living children than when the growth began. */
  growingParent(group: string, since: number | undefined): GrowingParent | undefined {
    return findGrowingParent(this.#of(group), ({ sample, first }) => !isZombie(sample) && first.t, since);
  }

  /** The parent in the group that has most more zombies than when the growth began. */
  growingZombieParent(group: string, since: number | undefined): ZombieParent | undefined {
    const parent = findGrowingParent(
      this.#of(group),
      ({ sample, zombieSince }) => isZombie(sample) && (zombieSince ?? false),
      since,
    );
    if (!parent) return undefined;
    const { processes } = this.#identities;
    const zombies: ProcessSample[] = [];
    for (const { sample } of processes.values()) {
      if (sample.ppid === parent.pid && isZombie(sample)) zombies.push(sample);
    }
    return zombieParents(zombies, processes, this.#t)[0];
  }

  /** The oldest process at the top of the group's trees, and who started it. */
  root(group: string): TrackedProcess | undefined {
    return this.#of(group).reduce<TrackedProcess | undefined>((oldest, tracked) => {
      const { assignment, sample } = tracked;
      const isRoot = assignment !== undefined && assignment !== 'own' && assignment.root && !isZombie(sample);
      return isRoot && !(oldest && oldest.sample.startTicks <= sample.startTicks) ? tracked : oldest;
    }, undefined);
  }

  /** The one that was left alone first. */
  oldestOrphan(group: string): Orphan | undefined {
    return this.#orphansByPlace().get(group)?.[0];
  }

  #isOfSession(root: ProcessSample | undefined): boolean {
    const parent = root && this.#identities.processes.get(root.ppid);
    if (!parent) return false;
    const { comm, argv } = parent.sample;
    let known = this.#sessions.get(parent);
    if (known?.comm !== comm || known.argv !== argv) {
      known = { comm, argv, isSession: starterOf(argv, comm) === 'session' };
      this.#sessions.set(parent, known);
    }
    return known.isSession;
  }

  #orphansByPlace(): ReadonlyMap<string, readonly Orphan[]> {
    return this.#orphans.byGroup(({ group }) => (group && group !== this.#own ? this.#place(group.name) : undefined));
  }

  #of(place: string): TrackedProcess[] {
    const groups = [...this.#groups.values()].filter(({ name }) => this.#place(name) === place);
    return groups.flatMap(({ processes }) => [...processes]);
  }

  #place(group: string): string {
    return this.#places.has(group) ? group : OTHER;
  }

  /** Those of the group that it is counted in; undefined for our own tree and for kernel threads. */
  #totals({ group }: TrackedProcess): Totals | undefined {
    return group === undefined || group === this.#own ? undefined : this.#places.get(this.#place(group.name));
  }

  /** In the groups that they were in: what moves when it dies has died where it was. */
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
    const moved = yield* this.#grouping.assign(this.#identities.processes, changed, selfPid, besidePid);
    yield* forEach(moved, (tracked) => this.#move(tracked, this.#groupAt(tracked.assignment)));
    for (const { name, processes } of this.#groups.values()) if (processes.size === 0) this.#groups.delete(name);
  }

  #groupAt(assignment: Assignment): Group | undefined {
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

  /** Gives places to new groups, first come, first served. */
  #assignPlaces(): void {
    for (const [name, totals] of this.#places) {
      if (this.#count - totals.lastSeen > FORGOTTEN_AFTER) this.#places.delete(name);
    }
    const without = new Set<string>();
    const taken = (): number => this.#places.size - (this.#places.has(OTHER) ? 1 : 0);
    for (const name of this.#groups.keys()) {
      const totals = this.#places.get(name);
      if (totals) totals.lastSeen = this.#count;
      else if (taken() < this.#maxGroups) this.#places.set(name, newTotals(this.#count));
      else without.add(name);
    }
    if (without.size > 0) {
      const other = this.#places.get(OTHER);
      if (other) other.lastSeen = this.#count;
      else this.#places.set(OTHER, newTotals(this.#count));
    }
    for (const name of without) if (!this.#without.has(name)) this.#droppedTotal++;
    this.#without = without;
  }

  /** What we find when we come has not started while we were there. */
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
      // Whose children ended before our first look is unknown; the time of those of a new process is all its own.
      const since = before ?? (this.#count === 1 ? { ...sample, cpuSeconds: 0 } : undefined);
      totals.cpuSeconds += cpuUsed(sample, since, inherited.get(sample.pid) ?? 0);
    });
  }

  *#read(snapshot: Snapshot): InPortions<{ readings: Readings; details: Map<string, GroupDetail> }> {
    const basis = { ...snapshot, tasksOfUid: this.#tasks.byUid };
    const groups = new Map<string, GroupReading>();
    const details = new Map<string, GroupDetail>();
    const all = new Limits();
    const orphans = this.#orphansByPlace();
    for (const [name, members] of yield* this.#membersByPlace()) {
      all.addAll(members.limits);
      const parents = zombieParents(members.zombies, this.#identities.processes, snapshot.t);
      const oldestZombieSeconds =
        parents.length > 0 ? Math.max(...parents.map((parent) => parent.oldestSeconds)) : undefined;
      groups.set(name, {
        start: members.start(),
        values: members.values(),
        ...(oldestZombieSeconds !== undefined && { oldestZombieSeconds }),
        ...(members.roots !== 1 && { roots: members.roots }),
        ...(this.#isOfSession(members.root) && { session: true }),
        ...orphanReading(orphans.get(name), snapshot.t),
        bounds: members.limits.tightest(basis),
      });
      const totals = this.#places.get(name)!;
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

  *#membersByPlace(): InPortions<Map<string, Members>> {
    const members = new Map<string, Members>();
    const together: Group[] = [];
    for (const group of this.#groups.values()) {
      if (this.#place(group.name) === OTHER) together.push(group);
      else members.set(group.name, yield* group.members());
    }
    if (together.length > 0) members.set(OTHER, yield* membersOf(together));
    return members;
  }
}

/** CPU time that processes now gone had used when last seen, by the pid of who may have inherited it. */
function inheritedTime(gone: Changes['gone']): Map<number, number> {
  const inherited = new Map<number, number>();
  for (const { sample } of gone.values()) {
    // Where the parent that waited for it ended as well, its time went on to the next.
    let heir = sample.ppid;
    for (let hops = 0; hops < MOST_HEIRS && gone.has(heir); hops++) heir = gone.get(heir)!.sample.ppid;
    inherited.set(heir, (inherited.get(heir) ?? 0) + (sample.cpuSeconds ?? 0) + (sample.childCpuSeconds ?? 0));
  }
  return inherited;
}

function orphanReading([oldest, ...others]: readonly Orphan[] = [], t: number): Partial<GroupReading> {
  return oldest ? { orphans: 1 + others.length, oldestOrphanSeconds: t - oldest.since } : {};
}

function newTotals(count: number): Totals {
  return { cpuSeconds: 0, starts: 0, exits: 0, lastSeen: count };
}
