/**
 * From snapshots to readings: follows every process by identity (pid and start time), so that it knows what a snapshot
 * alone cannot say: how long a zombie has been dead, who lost its parent, what started and exited, who grew.
 * Pure: time comes with the snapshot. Memory: one entry a living process; one that is gone is forgotten.
 */
import { tightestBounds, uidTasks } from './bounds.ts';
import { cpuUsed } from './cpu-time.ts';
import { type GroupPattern, groupProcesses, type Membership } from './grouping.ts';
import { Members, sum } from './members.ts';
import type { Metric } from './metrics.ts';
import type { GroupReading, Readings } from './reading.ts';
import { isZombie, type ProcessSample, type Snapshot } from './snapshot.ts';

/** Where the processes beyond `maxGroups` are counted. */
export const OTHER = 'other';

/** Parents of zombies, and names of zombies, that are kept for one group. */
const MOST_PARENTS = 5;
const MOST_NAMES = 5;
/** A group that has not been seen for this many snapshots gives its place to another. */
const FORGOTTEN_AFTER = 15;
/** Ended ancestors that an ended process's time is followed through. */
const MOST_HEIRS = 100;
/** Snapshots between two checkpoints that a process's growth is measured from. */
const CHECKPOINT_EVERY = 180;

export interface ZombieParent {
  readonly pid: number;
  readonly comm: string;
  readonly zombies: number;
  readonly oldestSeconds: number;
  /** What the dead were called, most frequent first. */
  readonly names: readonly { readonly name: string; readonly count: number }[];
}

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

/** The process that a group's growth comes from. */
export interface Culprit {
  readonly pid: number;
  readonly startTicks: number;
  readonly comm: string;
  readonly value: number;
  /** Since `since` or since it was first seen, whichever is later. */
  readonly growth: number;
  readonly since: number;
}

type OwnMetric = 'threads' | 'fds' | 'rss' | 'anon';
type Point = { readonly t: number } & { readonly [M in OwnMetric]: number | undefined };

interface TrackedProcess {
  sample: ProcessSample;
  group: string | undefined;
  root: boolean;
  zombieSince: number | undefined;
  readonly first: Point;
  checkpoint: Point;
  previousCheckpoint: Point;
  seen: number;
}

interface Totals {
  cpuSeconds: number;
  starts: number;
  exits: number;
  lastSeen: number;
}

export class Tracker {
  readonly #patterns: readonly GroupPattern[];
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
    this.#patterns = options.patterns;
    this.#maxGroups = options.maxGroups;
  }

  track(snapshot: Snapshot): Tracked {
    this.#count++;
    this.#t = snapshot.t;
    const grouped = groupProcesses(snapshot, this.#patterns, (process) => {
      const known = this.#known(process);
      return known?.group === undefined ? undefined : { group: known.group, root: known.root };
    });
    this.#assignPlaces(snapshot, grouped);
    this.#follow(snapshot, grouped);
    const { readings, details } = this.#read(snapshot, grouped);
    let tasks: number | undefined = 0;
    for (const process of snapshot.processes) tasks = sum(tasks, process.threads);
    return { readings, details, groupsInOther: this.#without.size, groupsDroppedTotal: this.#droppedTotal, tasks };
  }

  /** The process of the group that grew most in this metric since about `since`; undefined where none did. */
  culprit(group: string, metric: Metric, since: number | undefined): Culprit | undefined {
    let worst: Culprit | undefined;
    if (metric === 'zombies' || metric === 'processes') return undefined;
    for (const tracked of this.#processes.values()) {
      if (this.#place(tracked.group) !== group) continue;
      const value = ownValues(tracked.sample)[metric];
      const from = baseline(tracked, since);
      if (value === undefined || isZombie(tracked.sample)) continue;
      // One that was born after the growth began brought all it has.
      const bornSince = since !== undefined && tracked.first.t > since;
      const growth = value - (bornSince ? 0 : (from[metric] ?? value));
      if (growth <= (worst?.growth ?? 0)) continue;
      const { pid, startTicks, comm } = tracked.sample;
      worst = { pid, startTicks, comm, value, growth, since: from.t };
    }
    return worst;
  }

  /** The parent in the group that has most more living children than when the growth began. */
  growingParent(group: string, since: number | undefined): { pid: number; comm: string; children: number } | undefined {
    const parent = this.#growing(group, (tracked) => !isZombie(tracked.sample) && tracked.first.t, since);
    return parent && { pid: parent.pid, comm: parent.comm, children: parent.count };
  }

  /** The parent in the group that has most more zombies than when the growth began. */
  growingZombieParent(group: string, since: number | undefined): ZombieParent | undefined {
    const parent = this.#growing(group, (tracked) => isZombie(tracked.sample) && (tracked.zombieSince ?? false), since);
    if (!parent) return undefined;
    const zombies: ProcessSample[] = [];
    for (const { sample } of this.#processes.values()) {
      if (sample.ppid === parent.pid && isZombie(sample)) zombies.push(sample);
    }
    return this.#zombieParents(zombies, this.#t)[0];
  }

  /**
   * Whose children these are: most of those that came since the growth began, and where none did, most of all. Many that
   * were there before may be as many as somebody wanted.
   * @param cameAt when a process became one of those that are counted; false: it is none
   */
  #growing(
    group: string,
    cameAt: (tracked: TrackedProcess) => number | false,
    since: number | undefined,
  ): { pid: number; comm: string; count: number } | undefined {
    const parents = new Map<number, { pid: number; comm: string; count: number; grown: number }>();
    for (const tracked of this.#processes.values()) {
      if (this.#place(tracked.group) !== group) continue;
      const t = cameAt(tracked);
      const parent = t === false ? undefined : this.#processes.get(tracked.sample.ppid);
      if (t === false || !parent) continue;
      const { pid, comm } = parent.sample;
      const entry = parents.get(pid) ?? { pid, comm, count: 0, grown: 0 };
      entry.count++;
      if (since !== undefined && t > since) entry.grown++;
      parents.set(pid, entry);
    }
    let worst: { pid: number; comm: string; count: number; grown: number } | undefined;
    for (const entry of parents.values()) {
      if (!worst || entry.grown > worst.grown || (entry.grown === worst.grown && entry.count > worst.count))
        worst = entry;
    }
    return worst;
  }

  #known(process: ProcessSample): TrackedProcess | undefined {
    const known = this.#processes.get(process.pid);
    return known?.sample.startTicks === process.startTicks ? known : undefined;
  }

  #place(group: string | undefined): string | undefined {
    return group === undefined || this.#places.has(group) ? group : OTHER;
  }

  /** Gives places to new groups, first come, first served. */
  #assignPlaces(snapshot: Snapshot, grouped: ReadonlyMap<number, Membership>): void {
    for (const [name, totals] of this.#places) {
      if (this.#count - totals.lastSeen > FORGOTTEN_AFTER) this.#places.delete(name);
    }
    const without = new Set<string>();
    const taken = (): number => this.#places.size - (this.#places.has(OTHER) ? 1 : 0);
    for (const process of snapshot.processes) {
      const group = grouped.get(process.pid)?.group;
      if (group === undefined) continue;
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

  /** Brings the table of processes up to date and counts starts, exits and CPU time. */
  #follow(snapshot: Snapshot, grouped: ReadonlyMap<number, Membership>): void {
    const current = new Map<number, number>();
    for (const { pid, startTicks } of snapshot.processes) current.set(pid, startTicks);
    const gone = new Map<number, TrackedProcess>();
    for (const [pid, tracked] of this.#processes) {
      if (current.get(pid) !== tracked.sample.startTicks) gone.set(pid, tracked);
    }
    const counted = this.#forget(gone);
    for (const process of snapshot.processes) {
      const membership = grouped.get(process.pid);
      const known = this.#processes.get(process.pid);
      const totals = this.#totals(membership?.group);
      // Whose children ended before our first look is unknown; the time of those of a new process is all its own.
      const before = known?.sample ?? (this.#count === 1 ? { ...process, cpuSeconds: 0 } : undefined);
      if (totals) totals.cpuSeconds += cpuUsed(process, before, counted.get(process.pid) ?? 0);
      if (known) {
        const left = this.#totals(known.group);
        if (left && !isZombie(known.sample) && isZombie(process)) left.exits++;
        this.#update(known, process, membership, snapshot.t);
      } else {
        if (totals && this.#count > 1) {
          totals.starts++;
          if (isZombie(process)) totals.exits++;
        }
        this.#processes.set(process.pid, newTracked(process, membership, snapshot.t));
      }
    }
  }

  /** @returns the CPU time that processes now gone had used when last seen, by who may have inherited it */
  #forget(gone: ReadonlyMap<number, TrackedProcess>): Map<number, number> {
    const counted = new Map<number, number>();
    for (const { sample, group } of gone.values()) {
      this.#processes.delete(sample.pid);
      const totals = this.#totals(group);
      if (totals && !isZombie(sample)) totals.exits++;
      // Where the parent that waited for it ended as well, its time went on to the next.
      let heir = sample.ppid;
      for (let hops = 0; hops < MOST_HEIRS && gone.has(heir); hops++) heir = gone.get(heir)!.sample.ppid;
      counted.set(heir, (counted.get(heir) ?? 0) + (sample.cpuSeconds ?? 0) + (sample.childCpuSeconds ?? 0));
    }
    return counted;
  }

  #update(known: TrackedProcess, process: ProcessSample, membership: Membership | undefined, t: number): void {
    known.sample = process;
    known.group = membership?.group;
    known.root = membership?.root ?? false;
    if (!isZombie(process)) known.zombieSince = undefined;
    else known.zombieSince ??= t;
    if (++known.seen % CHECKPOINT_EVERY === 0) {
      known.previousCheckpoint = known.checkpoint;
      known.checkpoint = pointOf(process, t);
    }
  }

  #totals(group: string | undefined): Totals | undefined {
    const place = this.#place(group);
    return place === undefined ? undefined : this.#places.get(place);
  }

  #read(
    snapshot: Snapshot,
    grouped: ReadonlyMap<number, Membership>,
  ): { readings: Readings; details: Map<string, GroupDetail> } {
    const members = new Map<string, Members>();
    for (const process of snapshot.processes) {
      const membership = grouped.get(process.pid);
      const place = this.#place(membership?.group);
      if (!membership || place === undefined) continue;
      let group = members.get(place);
      if (!group) {
        group = new Members();
        members.set(place, group);
      }
      group.add(process, membership);
    }
    const tasksOfUid = uidTasks(snapshot.processes);
    const groups = new Map<string, GroupReading>();
    const details = new Map<string, GroupDetail>();
    for (const [name, group] of members) {
      const parents = this.#zombieParents(group.zombies, snapshot.t);
      const oldestZombieSeconds =
        parents.length > 0 ? Math.max(...parents.map((parent) => parent.oldestSeconds)) : undefined;
      groups.set(name, {
        start: group.start(),
        values: group.values(),
        ...(oldestZombieSeconds !== undefined && { oldestZombieSeconds }),
        bounds: tightestBounds(group.processes, snapshot, tasksOfUid),
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
    const bounds = tightestBounds(
      snapshot.processes.filter((process) => !process.kernel),
      snapshot,
      tasksOfUid,
    );
    return { readings: { t: snapshot.t, groups, bounds }, details };
  }

  #zombieParents(zombies: readonly ProcessSample[], t: number): ZombieParent[] {
    const byParent = new Map<number, { pid: number; since: number; names: Map<string, number>; zombies: number }>();
    for (const zombie of zombies) {
      let entry = byParent.get(zombie.ppid);
      if (!entry) {
        entry = { pid: zombie.ppid, since: t, names: new Map(), zombies: 0 };
        byParent.set(zombie.ppid, entry);
      }
      entry.zombies++;
      entry.since = Math.min(entry.since, this.#known(zombie)?.zombieSince ?? t);
      entry.names.set(zombie.comm, (entry.names.get(zombie.comm) ?? 0) + 1);
    }
    return [...byParent.values()]
      .map(({ pid, since, names, zombies: count }) => ({
        pid,
        comm: this.#processes.get(pid)?.sample.comm ?? '',
        zombies: count,
        oldestSeconds: t - since,
        names: [...names]
          .map(([name, n]) => ({ name, count: n }))
          .sort((a, b) => b.count - a.count)
          .slice(0, MOST_NAMES),
      }))
      .sort((a, b) => b.zombies - a.zombies || a.pid - b.pid);
  }
}

function ownValues(process: ProcessSample): { readonly [M in OwnMetric]: number | undefined } {
  return { threads: process.threads, fds: process.fds, rss: process.rssBytes, anon: process.anonBytes };
}

function pointOf(process: ProcessSample, t: number): Point {
  return { t, ...ownValues(process) };
}

function newTracked(process: ProcessSample, membership: Membership | undefined, t: number): TrackedProcess {
  const first = pointOf(process, t);
  return {
    sample: process,
    group: membership?.group,
    root: membership?.root ?? false,
    zombieSince: isZombie(process) ? t : undefined,
    first,
    checkpoint: first,
    previousCheckpoint: first,
    seen: 1,
  };
}

function newTotals(count: number): Totals {
  return { cpuSeconds: 0, starts: 0, exits: 0, lastSeen: count };
}

/** Of the points kept of a process, the last one from before the growth began; the first one if all are later. */
function baseline(tracked: TrackedProcess, since: number | undefined): Point {
  if (since === undefined) return tracked.previousCheckpoint;
  const { first, previousCheckpoint, checkpoint } = tracked;
  return [checkpoint, previousCheckpoint].find((point) => point.t <= since) ?? first;
}
