/**
 * A process as it is followed from snapshot to snapshot, by its identity (pid and start time), and the group that counts
 * it. A group's sums are kept until one of its processes changes.
 */
import { type GroupedProcess, newGroupedProcess } from './grouping.ts';
import { Members } from './members.ts';
import { forEach, type InPortions } from './portions.ts';
import { isZombie, type ProcessSample } from './snapshot.ts';

/** A process at a time. */
export interface Sight {
  readonly t: number;
  readonly sample: ProcessSample;
}

export interface TrackedProcess extends GroupedProcess {
  /** The group it is counted in; undefined for a kernel thread. */
  group: Group | undefined;
  zombieSince: number | undefined;
  /** What growth is measured from. */
  readonly first: Sight;
  checkpoint: Sight;
  previousCheckpoint: Sight;
  /** The snapshot of the last checkpoint. */
  checkedIn: number;
}

/** @param count the number of the snapshot that has it first */
export function newTracked(sample: ProcessSample, t: number, count: number): TrackedProcess {
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

/** The processes of one group. */
export class Group {
  readonly name: string;
  readonly processes = new Set<TrackedProcess>();
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

  /** One of the processes has changed. */
  touch(): void {
    this.#members = undefined;
  }

  *members(): InPortions<Members> {
    this.#members ??= yield* membersOf([this]);
    return this.#members;
  }
}

/** Several groups as if they were one. */
export function* membersOf(groups: readonly Group[]): InPortions<Members> {
  const members = new Members();
  for (const { processes } of groups) {
    yield* forEach(processes, ({ sample, assignment }) => {
      if (assignment !== undefined && assignment !== 'own') members.add(sample, assignment);
    });
  }
  return members;
}
