/**
 * An event that stands, with the numbers of now: a card, an alert and a report on one leak then say the same, whenever it
 * was told. What was judged (its verdict, when it was told) stays.
 */
import { ALERTS } from '../model/alerts.ts';
import { METRIC_ROWS } from '../model/metrics.ts';
import type { Readings } from '../model/reading.ts';
import { byEvidence, type Event, type EventOf, type Report } from './report.ts';

/** @returns the event itself where nothing of it is known now, as after its group has gone */
export function presentEvent(event: Event, report: Pick<Report, 'groups'>, readings: Pick<Readings, 'groups'>): Event {
  const same = (): Event => event;
  return byEvidence<Event, Event>(event, {
    growth: (growth) => presentGrowth(growth, report, readings),
    overcommit: same,
    restarts: same,
    orphans(orphaned) {
      const { orphans, oldestOrphanSeconds } = readings.groups.get(event.group) ?? {};
      if (orphaned.at === 'resolved' || orphans === undefined || oldestOrphanSeconds === undefined) return event;
      return { ...orphaned, evidence: { ...orphaned.evidence, orphans, oldestOrphanSeconds } };
    },
    degradation: same,
  });
}

function presentGrowth(
  event: EventOf<'growth'>,
  { groups }: Pick<Report, 'groups'>,
  readings: Pick<Readings, 'groups'>,
): EventOf<'growth'> {
  const series = groups.find(({ name }) => name === event.group)?.series.find(({ metric }) => metric === event.metric);
  if (series?.value === undefined) return event;
  const bound = event.bound && readings.groups.get(event.group)?.bounds[METRIC_ROWS.get(event.metric)!.resource];
  // The line that is measured now may begin later than the growth that was told.
  const { grownSince, since = series.evidence.since } = event.evidence;
  // What is ahead of a limit is told by all that count against it, which a series does not know.
  const isOfSeries = ALERTS[event.code].about === 'series' && series.evidence.slopePerSecond !== undefined;
  return {
    ...event,
    value: series.value,
    ...(bound && { bound }),
    // Since which release it grows was found when it was told.
    ...(isOfSeries && {
      evidence: { ...series.evidence, ...(since !== undefined && { since }), ...(grownSince && { grownSince }) },
    }),
  };
}
