/** Readings: all values of one instant. This is the core's only input, and the content of a recording. */
import type { Metric, Resource } from './metrics.ts';

/** A limit and its usage, in tasks, bytes or descriptors. */
export interface Bound {
  readonly used: number;
  readonly limit: number;
  /** The limited entity: `uid:1000`, `pid:42`, a cgroup's directory. Bounds with the same `of` are one limit. */
  readonly of?: string;
  /** How often it was enforced since the last sample: forks that were refused, processes that were killed. */
  readonly refused?: number;
  /** The limit itself cannot be seen: this is how much was used when it was enforced. */
  readonly isObserved?: true;
}

export interface GroupReading {
  /** Identity of the group's root; a different one starts a new incarnation. */
  readonly start: string;
  readonly values: Readonly<Partial<Record<Metric, number>>>;
  /** For how long the oldest zombie has been seen dead; absent without zombies. */
  readonly oldestZombieSeconds?: number;
  /** The parent of most zombies is outside of what can be seen, like the runtime of a container. */
  readonly parentUnseen?: boolean;
  /** Number of process trees (roots) in the group; absent if it is one, or unknown. */
  readonly roots?: number;
  /** Started from a session (by hand, or by a timer like cron) or for a connection: it ends when its work is done. */
  readonly session?: boolean;
  /** Number of orphans, see `Orphans`; absent without any. */
  readonly orphans?: number;
  /** For how long the oldest of them has been an orphan; absent without any. */
  readonly oldestOrphanSeconds?: number;
  /** The tightest bound of each resource that applies to this group. */
  readonly bounds: Readonly<Partial<Record<Resource, Bound>>>;
}

export interface Readings {
  /** Seconds since the epoch by the clock of samples, see `Moment`: it never goes back within a run. */
  readonly t: number;
  /** Taken between two regular samples, because a limit is near; its values are not added to the series. */
  readonly extra?: boolean;
  readonly groups: ReadonlyMap<string, GroupReading>;
  /** The tightest bound of each resource over all groups. */
  readonly bounds: Readonly<Partial<Record<Resource, Bound>>>;
}

/** When readings were taken, and whether between two samples of the interval. */
export type Instant = Pick<Readings, 't' | 'extra'>;
