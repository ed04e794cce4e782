/** What the core says of one instant: the verdict on every series, the forecasts, and the events since the last one. */
import type { Metric, Resource } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';

/** `learning`: too little seen to judge. */
export type Verdict = 'learning' | 'ok' | 'suspect' | 'leak';

export const VERDICTS: readonly Verdict[] = ['learning', 'ok', 'suspect', 'leak'];

/** The numbers behind a verdict, in the metric's unit. Absent = the data do not allow one. */
export interface Evidence {
  /** Theil-Sen slope of the floors since the growth began, with its 90 % interval. */
  readonly slopePerSecond?: number;
  readonly slopeLow?: number;
  readonly slopeHigh?: number;
  /** When the growth began, the first of the lives, the oldest orphan's life as one: seconds since the epoch. */
  readonly since?: number;
  /** How far the floor has risen since then. */
  readonly rise?: number;
  /** The floor now: the least value of the last block. */
  readonly floor?: number;
  /** Mann-Kendall statistic of those floors and its one-sided p-value (of one test: the verdict does not rest on it). */
  readonly mannKendallZ?: number;
  readonly mannKendallP?: number;
  /** Natural logarithm of the evidence against "as likely down as up". */
  readonly logE?: number;
  /** Seconds to the limit at this slope, and at the ends of its interval. */
  readonly exhaustionSeconds?: number;
  readonly exhaustionLow?: number;
  readonly exhaustionHigh?: number;
  /** Of W30: restarts seen since then, and how long the last of those lives were, as far as samples can tell. */
  readonly restarts?: number;
  readonly medianLifeSeconds?: number;
  /** Of W40: how many workers there are, what each of them holds, and how many fit the limit. */
  readonly workers?: number;
  readonly workerBytes?: number;
  readonly workersFit?: number;
  /** Of W31: processes that live on without their parent, and for how long the first of them has done so. */
  readonly orphans?: number;
  readonly oldestOrphanSeconds?: number;
}

export interface SeriesReport {
  readonly metric: Metric;
  readonly value: number | undefined;
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  /** While learning: readings still needed before the first verdict. */
  readonly learningSamplesLeft?: number;
}

export interface GroupReport {
  readonly name: string;
  readonly start: string;
  readonly series: readonly SeriesReport[];
}

/** How people are told: an alert, a warning that may become one, or the end of either. */
export type At = 'alert' | 'warn' | 'resolved';

export interface Event {
  readonly t: number;
  readonly at: At;
  readonly code: string;
  readonly desc: string;
  readonly group: string;
  readonly metric: Metric;
  readonly verdict: Verdict;
  readonly previous: Verdict;
  readonly value: number | undefined;
  readonly evidence: Evidence;
  /** Of W20 and W21: the limit, and what is used of it. */
  readonly bound?: Bound;
}

export interface Report {
  readonly t: number;
  /** See `Readings`. */
  readonly extra?: boolean;
  readonly groups: readonly GroupReport[];
  readonly bounds: Readonly<Partial<Record<Resource, Bound>>>;
  /** Seconds to the end of each resource, where a growth towards it is seen. */
  readonly exhaustionSeconds: Readonly<Partial<Record<Resource, number>>>;
  readonly events: readonly Event[];
}
