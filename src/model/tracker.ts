/**
 * From snapshots to readings: follows every process by identity (pid and start time), so that it knows what a snapshot
 * alone cannot say: how long a zombie has been dead, who lost its parent, what started and exited, who grew.
 * Pure: time comes with the snapshot. Memory: one entry a living process; one that is gone is forgotten.
 */
import { Limits, uidTasks } from './bounds.ts';
import { cpuUsed } from './cpu-time.ts';
import {
  type Culprit,
  findCulprit,
  findGrowingParent,
  type GrowingParent,
  type ZombieParent,
  zombieParents,
} from './culprits.ts';
import { Grouping, type GroupPattern, type Membership } from './grouping.ts';
import { Members, sum } from './members.ts';
import type { Metric } from './metrics.ts';
import type { GroupReading, Readings } from './reading.ts';
import { isZombie, type ProcessSample, type Snapshot } from './snapshot.ts';
import { groupOf, newTracked, type TrackedProcess } from './tracked.ts';

/** Where the processes beyond `maxGroups` are counted. */
export const OTHER = 'other';

/** Parents of zombies that are told of one group. */
const MOST_PARENTS = 5;
/** A group that has not been seen for this many snapshots gives its place to another. */
const FORGOTTEN_AFTER = 15;
/** Ended ancestors that an ended process's time is followed through. */
const MOST_HEIRS = 100;
/** Snapshots between two checkpoints that a process's growth is measured from. */
const CHECKPOINT_EVERY = 180;

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
  readonly #grouping: Grouping;
  readonly #maxGroups: number;
  readonly #processes = new Map<number, TrackedProcess>();
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
    this.#count++;
    this.#t = snapshot.t;
    const gone = new Map<number, TrackedProcess>();
    const present = this.#recognise(snapshot, gone);
    this.#grouping.place(this.#processes, snapshot.selfPid);
    this.#assignPlaces(present);
    this.#countLives(present, this.#countGone(gone));
    const { readings, details } = this.#read(snapshot, present);
    let tasks: number | undefined = 0;
    for (const process of snapshot.processes) tasks = sum(tasks, process.threads);
    return { readings, details, groupsInOther: this.#without.size, groupsDroppedTotal: this.#droppedTotal, tasks };
  }

  /** The process of the group that grew most in this metric since about `since`; undefined where none did. */
  culprit(group: string, metric: Metric, since: number | undefined): Culprit | undefined {
    return metric === 'zombies' || metric === 'processes' ? undefined : findCulprit(this.#of(group), metric, since);
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
    const zombies: ProcessSample[] = [];
    for (const { sample } of this.#processes.values()) {
      if (sample.ppid === parent.pid && isZombie(sample)) zombies.push(sample);
    }
    return zombieParents(zombies, this.#processes, this.#t)[0];
  }

  #of(group: string): TrackedProcess[] {
    return [...this.#processes.values()].filter((tracked) => this.#place(groupOf(tracked)) === group);
  }

  #place(group: string | undefined): string | undefined {
    return group === undefined || this.#places.has(group) ? group : OTHER;
  }

  /** Brings the table of processes up to date. @returns those of the snapshot, in its order */
  #recognise({ processes, t }: Snapshot, gone: Map<number, TrackedProcess>): TrackedProcess[] {
    const present: TrackedProcess[] = [];
    for (const process of processes) {
      let tracked = this.#processes.get(process.pid);
      if (tracked?.sample.startTicks === process.startTicks) {
        tracked.before = tracked.sample;
        tracked.groupBefore = groupOf(tracked);
        tracked.sample = process;
        tracked.sights++;
      } else {
        if (tracked) gone.set(process.pid, tracked);
        tracked = newTracked(process, t);
        this.#processes.set(process.pid, tracked);
      }
      tracked.seenIn = this.#count;
      present.push(tracked);
    }
    if (this.#processes.size > present.length) {
      for (const [pid, tracked] of this.#processes) {
        if (tracked.seenIn === this.#count) continue;
        gone.set(pid, tracked);
        this.#processes.delete(pid);
      }
    }
    for (const tracked of gone.values()) tracked.gone = true;
    return present;
  }

  /** Gives places to new groups, first come, first served. */
  #assignPlaces(present: readonly TrackedProcess[]): void {
    for (const [name, totals] of this.#places) {
      if (this.#count - totals.lastSeen > FORGOTTEN_AFTER) this.#places.delete(name);
    }
    const without = new Set<string>();
    const taken = (): number => this.#places.size - (this.#places.has(OTHER) ? 1 : 0);
    let last: string | undefined;
    for (const tracked of present) {
      const group = groupOf(tracked);
      // Nearly always that of the process before.
      if (group === undefined || group === last) continue;
      last = group;
      const totals = this.#places.get(group);
      if (totals) totals.lastSeen = this.#count;
      else if (taken() < this.#maxGroups) this.#places.set(group, newTotals(this.#count));
      else without.add(group);
    }
    if (without.size > 0) {
      const other = this.#places.get(OTHER);
      if (other) other.lastSeen = this.#count;
      else this.#places.set(OTHER, newTotals(this.#count));
    }
    for (const name of without) if (!this.#without.has(name)) this.#droppedTotal++;
    this.#without = without;
  }

  /** Counts starts, exits and CPU time. */
  #countLives(present: readonly TrackedProcess[], inherited: ReadonlyMap<number, number>): void {
    const isFirst = this.#count === 1;
    for (const tracked of present) {
      const { sample, before } = tracked;
      if (before === sample && !inherited.has(sample.pid)) {
        // Nothing about it has moved.
      } else {
        const totals = this.#totals(groupOf(tracked));
        // Whose children ended before our first look is unknown; the time of those of a new process is all its own.
        const since = before ?? (isFirst ? { ...sample, cpuSeconds: 0 } : undefined);
        if (totals) totals.cpuSeconds += cpuUsed(sample, since, inherited.get(sample.pid) ?? 0);
        if (before) this.#countExit(tracked, before);
        else if (totals && !isFirst) {
          totals.starts++;
          if (isZombie(sample)) totals.exits++;
        }
        if (!isZombie(sample)) tracked.zombieSince = undefined;
        else tracked.zombieSince ??= this.#t;
      }
      if (tracked.sights % CHECKPOINT_EVERY === 0) {
        tracked.previousCheckpoint = tracked.checkpoint;
        tracked.checkpoint = { t: this.#t, sample };
      }
    }
  }

  #countExit({ sample, groupBefore }: TrackedProcess, before: ProcessSample): void {
    const left = this.#totals(groupBefore);
    if (left && !isZombie(before) && isZombie(sample)) left.exits++;
  }

  /** @returns the CPU time that processes now gone had used when last seen, by who may have inherited it */
  #countGone(gone: ReadonlyMap<number, TrackedProcess>): Map<number, number> {
    const inherited = new Map<number, number>();
    for (const tracked of gone.values()) {
      const { sample } = tracked;
      const totals = this.#totals(groupOf(tracked));
      if (totals && !isZombie(sample)) totals.exits++;
      // Where the parent that waited for it ended as well, its time went on to the next.
      let heir = sample.ppid;
      for (let hops = 0; hops < MOST_HEIRS && gone.has(heir); hops++) heir = gone.get(heir)!.sample.ppid;
      inherited.set(heir, (inherited.get(heir) ?? 0) + (sample.cpuSeconds ?? 0) + (sample.childCpuSeconds ?? 0));
    }
    return inherited;
  }

  #totals(group: string | undefined): Totals | undefined {
    const place = this.#place(group);
    return place === undefined ? undefined : this.#places.get(place);
  }

  #read(
    snapshot: Snapshot,
    present: readonly TrackedProcess[],
  ): { readings: Readings; details: Map<string, GroupDetail> } {
    const members = new Map<string, Members>();
    const all = new Limits();
    let last: Membership | undefined;
    let group: Members | undefined;
    for (const { sample, place } of present) {
      if (sample.kernel) continue;
      if (place === undefined || place === 'own' || isZombie(sample)) all.add(sample);
      if (place === undefined || place === 'own') continue;
      if (!group || place.group !== last?.group) group = this.#membersOf(place.group, members);
      last = place;
      group.add(sample, place);
    }
    const basis = { ...snapshot, tasksOfUid: uidTasks(snapshot.processes) };
    const groups = new Map<string, GroupReading>();
    const details = new Map<string, GroupDetail>();
    for (const [name, group] of members) {
      all.addAll(group.limits);
      const parents = zombieParents(group.zombies, this.#processes, snapshot.t);
      const oldestZombieSeconds =
        parents.length > 0 ? Math.max(...parents.map((parent) => parent.oldestSeconds)) : undefined;
      groups.set(name, {
        start: group.start(),
        values: group.values(),
        ...(oldestZombieSeconds !== undefined && { oldestZombieSeconds }),
        bounds: group.limits.tightest(basis),
      });
      const totals = this.#places.get(name)!;
      details.set(name, {
        name,
        cpuSecondsTotal: totals.cpuSeconds,
        startsTotal: totals.starts,
        exitsTotal: totals.exits,
        orphans: group.orphans,
        oldestZombieSeconds,
        zombieParents: parents.slice(0, MOST_PARENTS),
      });
    }
    return { readings: { t: snapshot.t, groups, bounds: all.tightest(basis) }, details };
  }

  #membersOf(group: string, members: Map<string, Members>): Members {
    const name = this.#place(group)!;
    let found = members.get(name);
    if (!found) {
      found = new Members();
      members.set(name, found);
    }
    return found;
  }
}

function newTotals(count: number): Totals {
  return { cpuSeconds: 0, starts: 0, exits: 0, lastSeen: count };
}
