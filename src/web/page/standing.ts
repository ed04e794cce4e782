/** The events that are not resolved: their order, and the numbers that belong to them now. */
import type { NamedEvent } from '../../verdict/culprit.ts';
import type { GrowthEvidence } from '../../verdict/evidence.ts';
import { byEvidence, type Event, type SeriesReport } from '../../verdict/report.ts';
import type { PageReport } from './report.ts';

/** Alerts before warnings, then what reaches its limit first, then the newest. */
export function standingEvents(report: PageReport): readonly NamedEvent[] {
  return report.standing.toSorted(
    (a, b) =>
      Number(a.at !== 'alert') - Number(b.at !== 'alert') ||
      compare(secondsToLimit(report, a), secondsToLimit(report, b)) ||
      b.t - a.t,
  );
}

/** The series that the event is about; undefined where its group is gone. */
export function seriesOf(report: PageReport, event: Event): SeriesReport | undefined {
  const group = report.groups.find(({ name }) => name === event.group);
  return group?.series.find(({ metric }) => metric === event.metric);
}

/** The numbers of now where there are any, else those that the event came with. */
export function growthOf(report: PageReport, event: Event & { readonly evidence: GrowthEvidence }): GrowthEvidence {
  const now = seriesOf(report, event);
  return now?.evidence.slopePerSecond === undefined ? event.evidence : now.evidence;
}

/** When it began; undefined where that is not known. */
export function sinceOf(report: PageReport, event: Event): number | undefined {
  return byEvidence<Event, number | undefined>(event, {
    growth: (growth) => growthOf(report, growth).since,
    restarts: ({ evidence }) => evidence.since,
    orphans: ({ evidence }) => evidence.since,
    overcommit: ({ evidence }) => evidence.since,
    degradation: ({ evidence }) => evidence.since,
  });
}

/** Infinity where no end is in sight. */
export function secondsToLimit(report: PageReport, event: Event): number {
  const never = (): number => Number.POSITIVE_INFINITY;
  return byEvidence<Event, number>(event, {
    growth: (growth) => growthOf(report, growth).exhaustionSeconds ?? never(),
    restarts: never,
    orphans: never,
    overcommit: never,
    degradation: never,
  });
}

/** Two infinities are equal, which their difference does not say. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
