/**
 * A process that is followed from snapshot to snapshot by its identity (pid and start time), and the group that counts
 * it. A group keeps its sums until one of its processes changes.
 */
import { type GroupedProcess, newGroupedProcess } from './grouping.ts';
import { Members } from './members.ts';
import { forEach, type InPortions } from './portions.ts';
import { isZombie, type ProcessSample } from './snapshot.ts';

/** A process at time `t`, in seconds since the epoch. */
export interface TimedSample {
  readonly t: number;
  readonly sample: ProcessSample;
}

export interface TrackedProcess extends GroupedProcess {
  /** The group it is counted in; undefined for a kernel thread. */
  group: Group | undefined;
  /** When it was first seen as a zombie; undefined while it lives. */
  zombieSince: number | undefined;
  /** When it was first seen. Growth is measured from this sample or from one of the two checkpoints. */
  readonly first: TimedSample;
  checkpoint: TimedSample;
  previousCheckpoint: TimedSample;
  /** Number of the snapshot of the last checkpoint. */
  checkedIn: number;
}

/** @param count the number of the first snapshot that has the process */
export function newTrackedProcess(sample: ProcessSample, t: number, count: number): TrackedProcess {
  const first = { t, sample };
  return {
    ...newGroupedProcess(sample),
    group: undefined,
    zombieSince: isZombie(sample) ? t : undefined,
    first,
    checkpoint: first,
    previousCheckpoint: first,
    checkedIn: count,
  };
}

/** The processes of one group, and their sums. */
export class Group {
  readonly name: string;
  readonly processes = new Set<TrackedProcess>();
  /** Grows whenever one of its processes has changed, come or gone. */
  changes = 0;
  #members: Members | undefined;

  constructor(name: string) {
    this.name = name;
  }

  add(process: TrackedProcess): void {
    this.processes.add(process);
    this.touch();
  }

  delete(process: TrackedProcess): void {
    this.processes.delete(process);
    this.touch();
  }

  /** Discards the sums, because one of the processes has changed. */
  touch(): void {
    this.#members = undefined;
    this.changes++;
  }

  *members(): InPortions<Members> {
    this.#members ??= yield* membersOf([this]);
    return this.#members;
  }
}

/** The sums of several groups together. */
export function* membersOf(groups: readonly Group[]): InPortions<Members> {
  const members = new Members();
  for (const { processes } of groups) {
    yield* forEach(processes, ({ sample, assignment }) => {
      if (assignment !== undefined && assignment !== 'own') members.add(sample, assignment);
    });
  }
  return members;
}
