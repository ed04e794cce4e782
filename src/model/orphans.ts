/**
 * Finds orphans: processes whose parent died, so that the kernel re-parented them to an init or another reaper.
 * These run without their parent on purpose and do not count:
 *
 *   a daemon             its parent ended within its first 30 seconds
 *   a job of a session   its parent was a login, a terminal or an interactive shell (`nohup`, `disown`)
 *   a successor          it has its parent's name and children of that name: nginx and unicorn re-exec like this
 *
 * If the parent was a script, its leftovers count only if three or more have the same name. Processes that were orphans
 * before the first snapshot are not found. Cost: a comparison per changed process; memory: an entry per living orphan.
 */
import type { Changes } from './process-identities.ts';
import { isLookedThrough, type Starter, starterOf } from './program.ts';
import { isZombie, type ProcessSample, type Snapshot } from './snapshot.ts';
import type { TrackedProcess } from './tracked.ts';

/** A program that daemonizes may wait for a service to be ready before its first process ends. */
const DAEMONIZED_WITHIN_SECONDS = 30;
/** Orphans of one name that a script must have left, to count. */
const LEAST_LEFT_BY_SCRIPT = 3;

export interface Orphan {
  readonly process: TrackedProcess;
  /** When it was first seen without its parent. */
  readonly since: number;
  /** The parent that it lost, as last seen; undefined if it was never seen. */
  readonly parent: Pick<ProcessSample, 'pid' | 'comm'> | undefined;
  readonly leftBy: Starter;
}

export class Orphans {
  readonly #orphans = new Map<TrackedProcess, Orphan>();
  /** Time of the snapshot before. */
  #lastT = Number.NaN;

  /** @param processes all processes of the snapshot, by pid */
  follow({ changed, gone }: Changes, processes: ReadonlyMap<number, TrackedProcess>, snapshot: Snapshot): void {
    for (const orphan of this.#orphans.keys()) {
      if (gone.get(orphan.sample.pid) === orphan || isZombie(orphan.sample)) this.#orphans.delete(orphan);
    }
    let parentsOfNamesakes: ReadonlySet<number> | undefined;
    for (const { process, before } of changed) {
      if (!before || before.ppid === process.sample.ppid || before.ppid <= 1) continue;
      if (isZombie(process.sample) || this.#orphans.has(process)) continue;
      if (this.#secondsWithParent(process, snapshot) < DAEMONIZED_WITHIN_SECONDS) continue;
      const parent = (gone.get(before.ppid) ?? processes.get(before.ppid))?.sample;
      const leftBy = parent ? starterOf(parent.argv, parent.comm) : 'script';
      if (leftBy === 'session') continue;
      parentsOfNamesakes ??= findParentsOfNamesakes(processes);
      const hasParentsName = parent?.comm === process.sample.comm && !isLookedThrough(parent.argv, parent.comm);
      const isSuccessor = hasParentsName && parentsOfNamesakes.has(process.sample.pid);
      if (isSuccessor) continue;
      this.#orphans.set(process, { process, since: snapshot.t, parent, leftBy });
    }
    this.#lastT = snapshot.t;
  }

  /**
   * The orphans that count, by group, the oldest orphan first.
   * @param groupOf the name of a process's group; undefined if it is not reported
   */
  byGroup(groupOf: (process: TrackedProcess) => string | undefined): ReadonlyMap<string, readonly Orphan[]> {
    const groups = new Map<string, Orphan[]>();
    for (const orphan of this.#orphans.values()) {
      const group = groupOf(orphan.process);
      if (group === undefined) continue;
      const others = groups.get(group);
      if (others) others.push(orphan);
      else groups.set(group, [orphan]);
    }
    for (const [group, orphans] of groups) {
      const ofProgram = new Map<string, number>();
      for (const { process } of orphans)
        ofProgram.set(process.sample.comm, (ofProgram.get(process.sample.comm) ?? 0) + 1);
      const counted = orphans.filter(
        ({ leftBy, process }) => leftBy === 'program' || ofProgram.get(process.sample.comm)! >= LEAST_LEFT_BY_SCRIPT,
      );
      if (counted.length > 0) groups.set(group, counted);
      else groups.delete(group);
    }
    return groups;
  }

  /** The time that a process certainly spent with the parent it lost, in seconds. */
  #secondsWithParent({ first, sample }: TrackedProcess, { t, clockSeconds, ticksPerSecond }: Snapshot): number {
    const seen = this.#lastT - first.t;
    if (clockSeconds === undefined) return seen;
    return Math.max(seen, clockSeconds - sample.startTicks / ticksPerSecond - (t - this.#lastT));
  }
}

/** The pids of processes that have a child of their own name. */
function findParentsOfNamesakes(processes: ReadonlyMap<number, TrackedProcess>): ReadonlySet<number> {
  const parents = new Set<number>();
  for (const { sample } of processes.values()) {
    if (processes.get(sample.ppid)?.sample.comm === sample.comm) parents.add(sample.ppid);
  }
  return parents;
}
