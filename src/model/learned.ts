/**
 * The levels learned about a host's series. They outlive a restart of a group, and with a state file a restart of
 * leakwatch. Plain data; time is counted in slots of one interval. All numbers except `slots` and `lastSeen` are single
 * precision floats (24 bits).
 */
import type { Metric } from './metrics.ts';

/** Groups that are remembered at most, a bound of memory: at 6 KB each they take 6 MB. */
export const MOST_LEARNED = 1000;

/** `fullest`: descriptors of the process that uses the largest share of its limit. */
export type LearnedName = Metric | 'fullest';

export interface LearnedSeries {
  /** Number of slots that were observed. */
  readonly slots: number;
  /** The highest level at which an incarnation settled; absent if none has settled. */
  readonly settledAt?: number;
  /** The level that the last incarnation reached after its start; absent if none was observed for long enough. */
  readonly startedAt?: number;
  /** The deepest fall of floors ever seen, by block length. */
  readonly floorFalls: readonly number[];
  /** The deepest fall of block means ever seen, by block length. */
  readonly meanFalls: readonly number[];
  /** Four numbers per block length: see `SignEvidence`. */
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
  /** The groups seen last come first; `MOST_LEARNED` at most. */
  readonly groups: readonly LearnedGroup[];
}
