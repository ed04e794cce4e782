/** Readings: what the core sees of one instant, and all of it that a recording holds. */
import type { Metric, Resource } from './metrics.ts';

/** A limit, and how much of it is used. */
export interface Bound {
  readonly used: number;
  readonly limit: number;
  /** What is limited (`uid:1000`, a cgroup's directory): bounds of the same are one limit, however many are under it. */
  readonly of?: string;
}

export interface GroupReading {
  /** Identity of the group's root; another one begins a new incarnation. */
  readonly start: string;
  readonly values: Readonly<Partial<Record<Metric, number>>>;
  /** How long the oldest zombie has been seen dead. */
  readonly oldestZombieSeconds?: number;
  /** Trees of this name; absent where it is one, or unknown. */
  readonly roots?: number;
  /** Somebody has started it by hand, or a clock: it ends when its work is done. */
  readonly session?: boolean;
  /** Processes that were left alone, see `Orphans`, and for how long the first of them has been; absent without any. */
  readonly orphans?: number;
  readonly oldestOrphanSeconds?: number;
  /** The tightest bound of each resource that applies to this group. */
  readonly bounds: Readonly<Partial<Record<Resource, Bound>>>;
}

export interface Readings {
  /** Seconds since the epoch, never going back within a run of the daemon. */
  readonly t: number;
  /** Taken between two samples of the interval, because a limit is near: its series get nothing of it. */
  readonly extra?: boolean;
  readonly groups: ReadonlyMap<string, GroupReading>;
  /** The tightest bound of each resource on the whole host. */
  readonly bounds: Readonly<Partial<Record<Resource, Bound>>>;
}

/** When readings were taken, and whether between two samples of the interval. */
export type Instant = Pick<Readings, 't' | 'extra'>;
