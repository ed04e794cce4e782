/** The events that are not resolved: their order, and the numbers that belong to them now. */
import type { PageEvent, PageReport } from './report.ts';

export type Series = PageReport['groups'][number]['series'][number];
type Evidence = PageEvent['evidence'];

/** Alerts before warnings, then what reaches its limit first, then the newest. */
export function standingEvents(report: PageReport): readonly PageEvent[] {
  return report.standing.toSorted(
    (a, b) =>
      Number(a.at !== 'alert') - Number(b.at !== 'alert') ||
      compare(secondsToLimit(report, a), secondsToLimit(report, b)) ||
      b.t - a.t,
  );
}

export function seriesOf(report: PageReport, event: PageEvent): Series | undefined {
  const group = report.groups.find(({ name }) => name === event.group);
  return group?.series.find(({ metric }) => metric === event.metric);
}

/** Whether the event is about processes (crash loop, orphans), not about something in them that grows. */
export function isOfProcess({ code }: PageEvent): boolean {
  return code === 'W30' || code === 'W31';
}

/** The numbers of now where there are any, else those that the event came with. */
export function evidenceOf(report: PageReport, event: PageEvent): Evidence {
  if (isOfProcess(event) || event.code === 'W40') return event.evidence;
  const now = seriesOf(report, event);
  return now?.evidence.slopePerSecond === undefined ? event.evidence : now.evidence;
}

/** Infinity where no end is in sight. */
export function secondsToLimit(report: PageReport, event: PageEvent): number {
  return evidenceOf(report, event).exhaustionSeconds ?? Number.POSITIVE_INFINITY;
}

/** Two infinities are equal, which their difference does not say. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
