/**
 * The numbers behind an event, by kind. Units are those of the metric; times are seconds since the epoch. An absent
 * field is unknown: the data do not allow to say it.
 */
import type { EvidenceKind } from '../model/alerts.ts';
import type { Cause } from './causes.ts';
import type { GrownSince } from './releases.ts';

/** Evidence of a series that grows, and of the limit that it grows towards. */
export interface GrowthEvidence {
  /** Theil-Sen slope of the floors since the growth began, with its 90 % interval. */
  readonly slopePerSecond?: number;
  readonly slopeLow?: number;
  readonly slopeHigh?: number;
  /** When the growth began. */
  readonly since?: number;
  /** How far the floor has risen since then. */
  readonly rise?: number;
  /** The floor now: the least value of the last block. */
  readonly floor?: number;
  /**
   * Mann-Kendall statistic of those floors and its one-sided p-value (of one test: the verdict does not rest on it).
   */
  readonly mannKendallZ?: number;
  readonly mannKendallP?: number;
  /** Natural logarithm of the evidence against "as likely down as up". */
  readonly logE?: number;
  /** Seconds to the limit at this slope, and at the ends of its interval. */
  readonly exhaustionSeconds?: number;
  readonly exhaustionLow?: number;
  readonly exhaustionHigh?: number;
  /** An earlier release is known in which it did not grow. */
  readonly grownSince?: GrownSince;
  /** Of zombies: their parent is outside of what can be seen here. */
  readonly parentUnseen?: true;
}

export interface RestartsEvidence {
  /** When the first of the short lives began. */
  readonly since: number;
  readonly restarts: number;
  /** Median of the last lives, to the length of a sample. */
  readonly medianLifeSeconds: number;
}

export interface OrphansEvidence {
  /** When the oldest orphan lost its parent. */
  readonly since: number;
  readonly orphans: number;
  readonly oldestOrphanSeconds: number;
}

export interface OvercommitEvidence {
  /** When the memory in use began to exceed the limit. */
  readonly since: number;
  /** The height of the plateau. */
  readonly floor: number;
  /**
   * How many workers there are, what each of them holds, and how many fit the limit; absent where nobody can count
   * them.
   */
  readonly workers?: number;
  readonly workerBytes?: number;
  readonly workersFit?: number;
  /** Memory that the workers share, counted once; absent where it was not measured. */
  readonly sharedBytes?: number;
}

/** Evidence that leakwatch itself is degraded; a resolved event has it too. */
export interface DegradationEvidence {
  readonly cause: Cause;
  /** How much was lost since it began, or how much it is now; the unit is the cause's. */
  readonly amount: number;
  readonly since: number;
}

/** The fields of each kind. */
export interface EvidenceOf {
  readonly growth: GrowthEvidence;
  readonly restarts: RestartsEvidence;
  readonly orphans: OrphansEvidence;
  readonly overcommit: OvercommitEvidence;
  readonly degradation: DegradationEvidence;
}

export type Evidence = EvidenceOf[EvidenceKind];
