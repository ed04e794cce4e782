/**
 * What was learned about a host's series. It outlives a restart of a group, and with a state file a restart of
 * leakwatch. Plain data; time is counted in slots of one interval. Heights, falls and evidence are single precision floats
 * (24 bits).
 */
import type { Metric } from './metrics.ts';

/** Groups that are remembered at most, a bound of memory: at 6 KB each they take 6 MB. */
export const MOST_LEARNED = 1000;

/** `fullest`: descriptors of the process that uses the largest share of its limit. */
export type LearnedName = Metric | 'fullest';

export interface LearnedLives {
  /** Number of incarnations that settled. */
  readonly settled: number;
  /**
   * Slots of the last incarnations in a row that rose evenly until their end, and what their third and their fourth
   * quarters rose by together.
   */
  readonly unsettledSlots: number;
  readonly thirdRise: number;
  readonly fourthRise: number;
  /** Heights of those that settled, the highest and the lowest, by age: see `Lives`. */
  readonly highs: readonly number[];
  readonly lows: readonly number[];
}

/** How a parent has reaped its zombies at its latest: the most that there were, and for how many slots. */
export interface LearnedReaping {
  readonly most: number;
  readonly slots: number;
}

export interface LearnedSeries {
  /** Number of slots that were observed. */
  readonly slots: number;
  /** How earlier incarnations went; absent if none was observed for long enough. */
  readonly lives?: LearnedLives;
  /** The level that the last incarnation reached after its start; absent if none was observed for long enough. */
  readonly startedAt?: number;
  /** Of zombies, how this incarnation reaps; absent if it was not seen to do so late. Of no meaning for another one. */
  readonly reaping?: LearnedReaping;
  /** The deepest fall of floors ever seen, by block length. */
  readonly floorFalls: readonly number[];
  /** The deepest fall of block means ever seen, by block length. */
  readonly meanFalls: readonly number[];
  /** Four numbers per block length: see `SignEvidence`. */
  readonly evidence: readonly number[];
}

/** Releases of a group that are remembered at most. Chosen: a week of daily deploys, and the one before. */
export const MOST_RELEASES = 8;

/** How the longest life under a release went. */
export interface LearnedRelease {
  readonly release: string;
  /** How long that life was watched. */
  readonly seconds: number;
  /** What it rose by in a second after it had warmed up; 0 = not at all. An unknown metric is absent. */
  readonly rises: Readonly<Partial<Record<Metric, number>>>;
}

export interface LearnedGroup {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly lastSeen: number;
  /** The root of its last incarnation, as in `GroupReading.start`; absent if it had none that lasts. */
  readonly start?: string;
  readonly series: Readonly<Partial<Record<LearnedName, LearnedSeries>>>;
  /** The newest first; absent where nobody said what was deployed. */
  readonly releases?: readonly LearnedRelease[];
}

export interface Learned {
  readonly intervalSeconds: number;
  /** The groups seen last come first; `MOST_LEARNED` at most. */
  readonly groups: readonly LearnedGroup[];
}
