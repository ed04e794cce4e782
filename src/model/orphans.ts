/**
 * Who was left alone: its parent has died, it lives on with an init or another reaper for a parent, and nobody meant it
 * to. A kernel gives a process another parent only when the one that it had has ended, so that a changed ppid tells. Not
 * meant are
 *
 *   a daemon             its parent ended within its first seconds; what a service manager starts has no other parent
 *   a job of a session   its parent was a login, a terminal or a shell that somebody typed in: `nohup`, `disown`
 *   a successor          it has children of its own program: nginx and unicorn replace themselves so
 *
 * A script may go and leave what it started, one program of each: that counts where it is a herd. Not seen: who had lost
 * its parent when we came. Cost: one comparison a changed process. Memory: one entry an orphan that lives.
 */
import type { Changes } from './process-identities.ts';
import { isLookedThrough, type Starter, starterOf } from './program.ts';
import { isZombie, type ProcessSample, type Snapshot } from './snapshot.ts';
import type { TrackedProcess } from './tracked.ts';

/** A program that makes itself a daemon may wait for a service to be ready before its first process ends. */
const GROWN_UP_SECONDS = 30;
/** Of one program, left by a script. */
const LEAST_HERD = 3;

export interface Orphan {
  readonly process: TrackedProcess;
  /** When it was first seen without its parent. */
  readonly since: number;
  /** As it was last seen; undefined where it never was. */
  readonly parent: Pick<ProcessSample, 'pid' | 'comm'> | undefined;
  readonly leftBy: Starter;
}

export class Orphans {
  readonly #orphans = new Map<TrackedProcess, Orphan>();
  #lastT = Number.NaN;

  /** @param processes those of the snapshot, by pid */
  follow({ changed, gone }: Changes, processes: ReadonlyMap<number, TrackedProcess>, snapshot: Snapshot): void {
    for (const orphan of this.#orphans.keys()) {
      if (gone.get(orphan.sample.pid) === orphan || isZombie(orphan.sample)) this.#orphans.delete(orphan);
    }
    let successors: ReadonlySet<number> | undefined;
    for (const { process, before } of changed) {
      if (!before || before.ppid === process.sample.ppid || before.ppid <= 1) continue;
      if (isZombie(process.sample) || this.#orphans.has(process)) continue;
      if (this.#secondsWithParent(process, snapshot) < GROWN_UP_SECONDS) continue;
      const parent = (gone.get(before.ppid) ?? processes.get(before.ppid))?.sample;
      const leftBy = parent ? starterOf(parent.argv, parent.comm) : 'script';
      if (leftBy === 'session') continue;
      successors ??= parentsOfTheirKind(processes);
      const isSuccessor = parent?.comm === process.sample.comm && !isLookedThrough(parent.argv, parent.comm);
      if (isSuccessor && successors.has(process.sample.pid)) continue;
      this.#orphans.set(process, { process, since: snapshot.t, parent, leftBy });
    }
    this.#lastT = snapshot.t;
  }

  /** Those that count, by group, the oldest first. @param groupOf undefined = shown nowhere */
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
        ({ leftBy, process }) => leftBy === 'program' || ofProgram.get(process.sample.comm)! >= LEAST_HERD,
      );
      if (counted.length > 0) groups.set(group, counted);
      else groups.delete(group);
    }
    return groups;
  }

  /** For how long it has surely lived with the parent that it lost. */
  #secondsWithParent({ first, sample }: TrackedProcess, { t, clockSeconds, ticksPerSecond }: Snapshot): number {
    const seen = this.#lastT - first.t;
    if (clockSeconds === undefined) return seen;
    return Math.max(seen, clockSeconds - sample.startTicks / ticksPerSecond - (t - this.#lastT));
  }
}

/** The pids of those that have a child which is called as they are. */
function parentsOfTheirKind(processes: ReadonlyMap<number, TrackedProcess>): ReadonlySet<number> {
  const parents = new Set<number>();
  for (const { sample } of processes.values()) {
    if (processes.get(sample.ppid)?.sample.comm === sample.comm) parents.add(sample.ppid);
  }
  return parents;
}
