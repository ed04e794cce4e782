/**
 * Who is who from snapshot to snapshot: a process is its pid and its start time. Finds what is new, what is not as it was
 * and what has gone; what has not moved costs a comparison, because sources hand out the same object again.
 */
import type { Change } from './grouping.ts';
import { type InPortions, PORTION } from './portions.ts';
import { isZombie, type Snapshot } from './snapshot.ts';
import { newTracked, type TrackedProcess } from './tracked.ts';

/** Snapshots between two checkpoints that a process's growth is measured from. */
const CHECKPOINT_EVERY = 180;

const NOBODY: ReadonlyMap<number, TrackedProcess> = new Map();

export interface Changes {
  readonly changed: readonly Change<TrackedProcess>[];
  /** By pid: one may have taken the pid of another. */
  readonly gone: ReadonlyMap<number, TrackedProcess>;
}

export class Identities {
  readonly #processes = new Map<number, TrackedProcess>();
  /** Those of the last snapshot in its order, which is nearly always that of the next. */
  #present: TrackedProcess[] = [];
  #last: Snapshot['processes'] = [];
  #count = 0;

  /** Those of the last snapshot, by pid. */
  get processes(): ReadonlyMap<number, TrackedProcess> {
    return this.#processes;
  }

  *follow({ processes, t }: Snapshot): InPortions<Changes> {
    this.#count++;
    const changed: Change<TrackedProcess>[] = [];
    const last = this.#last;
    const before = this.#present;
    let kept = 0;
    // A copy only where who is there has changed: an array of thousands is garbage that outlives a sample.
    let present = before;
    // By index: an iterator makes an object for each of thousands of processes.
    for (let at = 0; at < processes.length; at++) {
      if (at % PORTION === PORTION - 1) yield;
      const process = processes[at]!;
      const same = before[at];
      // The same object in the same place: not even looked at.
      if (same !== undefined && process === last[at]) {
        kept++;
        present[at] = same;
        continue;
      }
      let tracked = this.#processes.get(process.pid);
      if (tracked?.sample.startTicks !== process.startTicks) {
        tracked = newTracked(process, t, this.#count);
        this.#processes.set(process.pid, tracked);
        changed.push({ process: tracked, before: undefined });
      } else {
        kept++;
        if (tracked.sample !== process) {
          changed.push({ process: tracked, before: tracked.sample });
          tracked.sample = process;
          this.#update(tracked, t);
        }
      }
      if (tracked !== same && present === before) present = before.slice(0, processes.length);
      present[at] = tracked;
    }
    if (processes.length < present.length) present = present.slice(0, processes.length);
    const gone = kept < before.length ? this.#forget(before, present) : NOBODY;
    this.#last = processes;
    this.#present = present;
    return { changed, gone };
  }

  #forget(before: readonly TrackedProcess[], present: readonly TrackedProcess[]): ReadonlyMap<number, TrackedProcess> {
    const gone = new Map<number, TrackedProcess>();
    const here = new Set(present);
    for (const tracked of before) {
      if (here.has(tracked)) continue;
      const { pid } = tracked.sample;
      gone.set(pid, tracked);
      // Another may have its pid.
      if (this.#processes.get(pid) === tracked) this.#processes.delete(pid);
    }
    return gone;
  }

  #update(tracked: TrackedProcess, t: number): void {
    const { sample } = tracked;
    if (!isZombie(sample)) tracked.zombieSince = undefined;
    else tracked.zombieSince ??= t;
    if (this.#count - tracked.checkedIn < CHECKPOINT_EVERY) return;
    tracked.previousCheckpoint = tracked.checkpoint;
    tracked.checkpoint = { t, sample };
    tracked.checkedIn = this.#count;
  }
}
