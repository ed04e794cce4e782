/** A process as it is followed from snapshot to snapshot, by its identity (pid and start time). */
import type { Group } from './group.ts';
import { newPlaced, type Placed } from './grouping.ts';
import { isZombie, type ProcessSample } from './snapshot.ts';

/** A process at a time. */
export interface Sight {
  readonly t: number;
  readonly sample: ProcessSample;
}

export interface TrackedProcess extends Placed {
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
    ...newPlaced(sample),
    group: undefined,
    zombieSince: isZombie(sample) ? t : undefined,
    first,
    checkpoint: first,
    previousCheckpoint: first,
    checkedIn: count,
  };
}
