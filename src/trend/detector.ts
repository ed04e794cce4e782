/** What the detectors of one series have in common. */

/** What a detector has found: nothing, growth that may be a leak, a leak. */
export type Stage = 'quiet' | 'suspect' | 'leak';

/** What detectors need to know of a metric: a part of its row in the table of metrics. */
export interface JudgedMetric {
  /** Rises smaller than these are of no practical size: in units, and as a share of the level. */
  readonly minimumRise: number;
  readonly minimumRiseRatio: number;
  readonly warmsUp: boolean;
}
