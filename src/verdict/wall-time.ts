/**
 * Shifts the times of a report from the clock of samples to the host's own time: the core counts on the former, and all
 * that leaves the daemon has the latter. Durations are not touched. Without a shift it returns what it was given.
 */
import type { CulpritEvent } from './culprit.ts';
import type { Event, GroupReport, Report, SeriesReport } from './report.ts';

/** Takes a time on the clock of samples; undefined = it is the host's time already. */
export type ToWall = ((t: number) => number) | undefined;

export function shiftReport(report: Report, toWall: ToWall): Report {
  if (!toWall) return report;
  return {
    ...report,
    t: toWall(report.t),
    groups: report.groups.map((group) => shiftGroup(group, toWall)),
    events: report.events.map((event) => shiftEvent(event, toWall)),
  };
}

export function shiftEvent<E extends Event>(event: E, toWall: ToWall): E {
  if (!toWall) return event;
  return { ...event, t: toWall(event.t), evidence: shiftEvidence(event.evidence, toWall) };
}

/** The times of the looks at its culprit. */
export function shiftCulprit<E extends CulpritEvent>(event: E, toWall: ToWall): E {
  const { culprit } = event;
  if (!toWall || !culprit?.look) return event;
  const { look, firstLook } = culprit;
  return {
    ...event,
    culprit: {
      ...culprit,
      look: { ...look, t: toWall(look.t), ...(look.starts && { starts: look.starts.map(toWall) }) },
      ...(firstLook && { firstLook: { ...firstLook, t: toWall(firstLook.t) } }),
    },
  };
}

function shiftGroup(group: GroupReport, toWall: NonNullable<ToWall>): GroupReport {
  const series = group.series.map((one): SeriesReport => ({ ...one, evidence: shiftEvidence(one.evidence, toWall) }));
  return { ...group, series };
}

function shiftEvidence<E extends { readonly since?: number }>(evidence: E, toWall: NonNullable<ToWall>): E {
  return evidence.since === undefined ? evidence : { ...evidence, since: toWall(evidence.since) };
}
