/**
 * Follows processes from snapshot to snapshot by identity (pid and start time): finds those that are new, changed or
 * gone.
 * Cost: one comparison for a process that has not changed, because sources then give the same object again.
 */
import type { Change } from './grouping.ts';
import { type InPortions, PORTION } from './portions.ts';
import { isZombie, type Snapshot } from './snapshot.ts';
import { newTrackedProcess, type TrackedProcess } from './tracked.ts';

/** Snapshots between two checkpoints, from which growth of a process is measured: an hour at the default 20 s. */
const CHECKPOINT_EVERY = 180;

const NONE_GONE: ReadonlyMap<number, TrackedProcess> = new Map();

export interface Changes {
  /** New processes, and those that differ from the snapshot before. */
  readonly changed: readonly Change<TrackedProcess>[];
  /** Processes that have ended since the snapshot before, by pid. A new process may have the same pid. */
  readonly gone: ReadonlyMap<number, TrackedProcess>;
}

export class Identities {
  readonly #processes = new Map<number, TrackedProcess>();
  /** The processes of the last snapshot in its order, which is nearly always the order of the next one. */
  #present: TrackedProcess[] = [];
  #last: Snapshot['processes'] = [];
  #count = 0;

  /** The processes of the last snapshot, by pid. */
  get processes(): ReadonlyMap<number, TrackedProcess> {
    return this.#processes;
  }

  *follow({ processes, t }: Snapshot): InPortions<Changes> {
    this.#count++;
    const changed: Change<TrackedProcess>[] = [];
    const last = this.#last;
    const before = this.#present;
    let kept = 0;
    // Copied only if a process came or went: an array of thousands would be garbage in the old generation each time.
    let present = before;
    // By index, because an iterator makes an object for each of thousands of processes.
    for (let at = 0; at < processes.length; at++) {
      if (at % PORTION === PORTION - 1) yield;
      const process = processes[at]!;
      const same = before[at];
      // The same object at the same index: this process has not changed.
      if (same !== undefined && process === last[at]) {
        kept++;
        present[at] = same;
        continue;
      }
      let tracked = this.#processes.get(process.pid);
      if (tracked?.sample.startTicks !== process.startTicks) {
        tracked = newTrackedProcess(process, t, this.#count);
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
    const gone = kept < before.length ? this.#forget(before, present) : NONE_GONE;
    this.#last = processes;
    this.#present = present;
    return { changed, gone };
  }

  #forget(before: readonly TrackedProcess[], present: readonly TrackedProcess[]): ReadonlyMap<number, TrackedProcess> {
    const gone = new Map<number, TrackedProcess>();
    const stillThere = new Set(present);
    for (const tracked of before) {
      if (stillThere.has(tracked)) continue;
      const { pid } = tracked.sample;
      gone.set(pid, tracked);
      // Unless a new process has its pid.
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
