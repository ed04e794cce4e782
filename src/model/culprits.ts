/** Which process of a group grew, or which parent has more children or zombies than before. */
import { isZombie, type ProcessSample } from './snapshot.ts';
import type { TimedSample, TrackedProcess } from './tracked.ts';

/** Names of zombies that are told of one parent, a bound of its size: the most frequent are enough to find the command. */
const MOST_NAMES = 5;

/**
 * Of several that leak alike another one leads at each sample. The one that was told stays the culprit until another has
 * grown more than so many times as much. Chosen.
 */
const LEAD = 2;

/** The process that a group's growth comes from. */
export interface GrownProcess {
  readonly pid: number;
  readonly startTicks: number;
  readonly comm: string;
  readonly value: number;
  /** Growth since `since`, or since the process was first seen if that is later. */
  readonly growth: number;
  readonly since: number;
}

export interface GrowingParent {
  readonly pid: number;
  readonly comm: string;
  readonly children: number;
}

export interface ZombieParent {
  /** 0 if the parent is outside of the pid namespace. */
  readonly pid: number;
  /** '' if the parent is not seen. */
  readonly comm: string;
  /** The parent is outside of what can be seen. */
  readonly unseen?: true;
  readonly zombies: number;
  readonly oldestSeconds: number;
  /** Names of the zombies, most frequent first. */
  readonly names: readonly { readonly name: string; readonly count: number }[];
}

/**
 * The process that grew most since about `since`; undefined where none did.
 * @param amountOf what has grown, of one process; undefined = unknown
 * @param told pid of the process that was found before, see `LEAD`
 */
export function findGrownMost(
  processes: Iterable<TrackedProcess>,
  amountOf: (process: ProcessSample) => number | undefined,
  since: number | undefined,
  told?: number,
): GrownProcess | undefined {
  let worst: GrownProcess | undefined;
  let before: GrownProcess | undefined;
  for (const tracked of processes) {
    const value = amountOf(tracked.sample);
    if (value === undefined || isZombie(tracked.sample)) continue;
    const from = baseline(tracked, since);
    // The whole value of a process that was born after the growth began is growth.
    const bornSince = since !== undefined && tracked.first.t > since;
    const growth = value - (bornSince ? 0 : (amountOf(from.sample) ?? value));
    const { pid, startTicks, comm } = tracked.sample;
    if (growth <= (pid === told ? 0 : (worst?.growth ?? 0))) continue;
    const grown = { pid, startTicks, comm, value, growth, since: from.t };
    if (pid === told) before = grown;
    if (growth > (worst?.growth ?? 0)) worst = grown;
  }
  return before && worst!.growth <= LEAD * before.growth ? before : worst;
}

/**
 * The parent of most of the children that came since the growth began; where none came, of most children. A parent that
 * had many children before may have wanted them.
 * @param cameAt when a process became one of those that are counted; false where it is not counted
 * @param told pid of the parent that was found before, see `LEAD`
 */
export function findGrowingParent(
  processes: Iterable<TrackedProcess>,
  cameAt: (tracked: TrackedProcess) => number | false,
  since: number | undefined,
  told?: number,
): GrowingParent | undefined {
  const parents = new Map<number, { pid: number; comm: string; children: number; grown: number }>();
  for (const tracked of processes) {
    const t = cameAt(tracked);
    if (t === false) continue;
    const { pid, comm } = tracked.parent?.sample ?? { pid: tracked.sample.ppid, comm: '' };
    const entry = parents.get(pid) ?? { pid, comm, children: 0, grown: 0 };
    entry.children++;
    if (since !== undefined && t > since) entry.grown++;
    parents.set(pid, entry);
  }
  let worst: { pid: number; comm: string; children: number; grown: number } | undefined;
  for (const entry of parents.values()) {
    if (!worst || entry.grown > worst.grown || (entry.grown === worst.grown && entry.children > worst.children))
      worst = entry;
  }
  const before = told === undefined ? undefined : parents.get(told);
  const leads =
    before && (worst!.grown > 0 ? worst!.grown > LEAD * before.grown : worst!.children > LEAD * before.children);
  const found = leads ? worst : (before ?? worst);
  return found && { pid: found.pid, comm: found.comm, children: found.children };
}

/** The parents of these zombies, the one with most first. @param t now, in seconds since the epoch */
export function zombieParents(
  zombies: readonly ProcessSample[],
  processes: ReadonlyMap<number, TrackedProcess>,
  t: number,
): ZombieParent[] {
  const byParent = new Map<number, { pid: number; since: number; names: Map<string, number>; zombies: number }>();
  for (const zombie of zombies) {
    let entry = byParent.get(zombie.ppid);
    if (!entry) {
      entry = { pid: zombie.ppid, since: t, names: new Map(), zombies: 0 };
      byParent.set(zombie.ppid, entry);
    }
    entry.zombies++;
    entry.since = Math.min(entry.since, processes.get(zombie.pid)?.zombieSince ?? t);
    entry.names.set(zombie.comm, (entry.names.get(zombie.comm) ?? 0) + 1);
  }
  return [...byParent.values()]
    .map(({ pid, since, names, zombies: count }) => ({
      pid,
      comm: processes.get(pid)?.sample.comm ?? '',
      ...(!processes.has(pid) && { unseen: true as const }),
      zombies: count,
      oldestSeconds: t - since,
      names: [...names]
        .map(([name, n]) => ({ name, count: n }))
        .sort((a, b) => b.count - a.count)
        .slice(0, MOST_NAMES),
    }))
    .sort((a, b) => b.zombies - a.zombies || a.pid - b.pid);
}

/** The last kept sample of a process from before the growth began; the first one if all are later. */
function baseline(tracked: TrackedProcess, since: number | undefined): TimedSample {
  if (since === undefined) return tracked.previousCheckpoint;
  const { first, previousCheckpoint, checkpoint } = tracked;
  return [checkpoint, previousCheckpoint].find((sample) => sample.t <= since) ?? first;
}
