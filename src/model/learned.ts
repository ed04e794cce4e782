/**
 * What has been learned of a host's series: all that outlives a group's restart, and leakwatch's own where it is written
 * down. Plain data, in slots of one interval; its numbers but `slots` and `lastSeen` have 24 bits.
 */
import type { Metric } from './metrics.ts';

/** Groups that are remembered at the most; a name takes 6 KB. */
export const MOST_LEARNED = 1000;

/** `fullest`: descriptors of the process that is nearest to its limit. */
export type LearnedName = Metric | 'fullest';

export interface LearnedSeries {
  /** Slots that were watched. */
  readonly slots: number;
  /** The height at which lives that settled have settled, at the most; absent = none has. */
  readonly settledAt?: number;
  /** The height that the last start has come to; absent = none has been watched for so long. */
  readonly startedAt?: number;
  /** By length of block: how deep floors, and means, ever fell. */
  readonly floorFalls: readonly number[];
  readonly meanFalls: readonly number[];
  /** By length of block four numbers: see `SignEvidence`. */
  readonly evidence: readonly number[];
}

export interface LearnedGroup {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly lastSeen: number;
  readonly series: Readonly<Partial<Record<LearnedName, LearnedSeries>>>;
}

export interface Learned {
  readonly intervalSeconds: number;
  /** Those that were seen last come first; `MOST_LEARNED` at the most. */
  readonly groups: readonly LearnedGroup[];
}
