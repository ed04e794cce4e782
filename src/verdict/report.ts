/** The report on one instant: the verdict on every series, the forecasts, and the events since the last report. */
import { ALERTS, type At, type CodeOf, type EvidenceKind } from '../model/alerts.ts';
import type { Metric, Resource } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';
import type { EvidenceOf, GrowthEvidence } from './evidence.ts';

/** `learning`: too little has been seen to judge. */
export type Verdict = 'learning' | 'ok' | 'suspect' | 'leak';

export const VERDICTS: readonly Verdict[] = ['learning', 'ok', 'suspect', 'leak'];

export interface SeriesReport {
  readonly metric: Metric;
  readonly value: number | undefined;
  readonly verdict: Verdict;
  readonly evidence: GrowthEvidence;
  /** While learning: readings still needed before the first verdict. */
  readonly learningSamplesLeft?: number;
}

export interface GroupReport {
  readonly name: string;
  readonly start: string;
  readonly series: readonly SeriesReport[];
}

interface Telling {
  readonly t: number;
  /** `ALERTS[code].name`, for readers of JSON and log lines. */
  readonly desc: string;
  readonly group: string;
  readonly metric: Metric;
  readonly verdict: Verdict;
  readonly previous: Verdict;
  readonly value: number | undefined;
  /** The limit that it is about, or that is ahead, and what is used of it. */
  readonly bound?: Bound;
}

/** An event whose evidence is of this kind; a resolved event may have none. */
export type EventOf<Kind extends EvidenceKind> = Telling & { readonly code: CodeOf<Kind> } & (
    | { readonly at: Exclude<At, 'resolved'>; readonly evidence: EvidenceOf[Kind] }
    | { readonly at: 'resolved'; readonly evidence: Partial<EvidenceOf[Kind]> }
  );

/** A change of verdict, or of how a group stands to a limit. */
export type Event = { [Kind in EvidenceKind]: EventOf<Kind> }[EvidenceKind];

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

/** One case for each kind of evidence. A missing case does not compile. */
export type ByEvidence<E extends Event, Result> = {
  readonly [Kind in EvidenceKind]: (event: Extract<E, { readonly code: CodeOf<Kind> }>) => Result;
};

export function byEvidence<E extends Event, Result>(event: E, cases: ByEvidence<E, Result>): Result {
  // The table says which kind a code carries, which the compiler cannot follow from one field to another.
  const handle = cases[ALERTS[event.code].evidence] as (event: E) => Result;
  return handle(event);
}
