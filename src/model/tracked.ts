/** A process as it is followed from snapshot to snapshot, by its identity (pid and start time). */
import { newPlaced, type Placed } from './grouping.ts';
import { isZombie, type ProcessSample } from './snapshot.ts';

/** A process at a time. */
export interface Sight {
  readonly t: number;
  readonly sample: ProcessSample;
}

export interface TrackedProcess extends Placed {
  /** As it was in the snapshot before; undefined in the first that has it. */
  before: ProcessSample | undefined;
  groupBefore: string | undefined;
  zombieSince: number | undefined;
  /** What growth is measured from. */
  readonly first: Sight;
  checkpoint: Sight;
  previousCheckpoint: Sight;
  /** Snapshots that had it, and the last that did. */
  sights: number;
  seenIn: number;
}

export function newTracked(sample: ProcessSample, t: number): TrackedProcess {
  const first = { t, sample };
  return {
    ...newPlaced(sample),
    before: undefined,
    groupBefore: undefined,
    zombieSince: isZombie(sample) ? t : undefined,
    first,
    checkpoint: first,
    previousCheckpoint: first,
    sights: 1,
    seenIn: 0,
  };
}

/** Undefined for what belongs to none: kernel threads and our own tree. */
export function groupOf({ place }: Placed): string | undefined {
  return place === undefined || place === 'own' ? undefined : place.group;
}
