/** Findings in words for a terminal: what a person reads at `demo`, `replay` and `snapshot`. */
import { METRIC_ROWS } from '../model/metrics.ts';
import { formatDuration } from '../text/duration.ts';
import { printable } from '../text/printable.ts';
import { formatGrowthPerHour, formatQuantity, type Unit } from '../text/quantity.ts';
import type { NamedEvent } from '../verdict/publication.ts';

/**
 * One line: time, what, who, how fast, since when, how long it lasts.
 * `2026-11-20T21:40:20Z alert W10 thread_leak unicorn: threads 59, +12.0 an hour since 20:35:00, process ruby (4711)`
 */
export function describeEvent(event: NamedEvent): string {
  const unit = METRIC_ROWS.get(event.metric)?.unit ?? 'count';
  const parts = [
    ...(event.value === undefined ? [] : [`${event.metric} ${formatQuantity(event.value, unit)}`]),
    ...(event.at === 'resolved' ? [] : describeEvidence(event, unit)),
  ];
  const what = `${event.at} ${event.code} ${event.desc} ${printable(event.group)}`;
  const line = `${new Date(event.t * 1000).toISOString().slice(0, 19)}Z ${what}`;
  return parts.length > 0 ? `${line}: ${parts.join(', ')}` : line;
}

function describeEvidence(event: NamedEvent, unit: Unit): string[] {
  const { evidence, culprit, bound, code } = event;
  const parts: string[] = [];
  if (evidence.restarts !== undefined && evidence.since !== undefined) {
    const life = formatDuration(evidence.medianLifeSeconds ?? 0);
    parts.push(`restarted ${evidence.restarts} times since ${clockTime(evidence.since)}, half of them within ${life}`);
  }
  if (evidence.workersFit !== undefined && evidence.workers !== undefined && evidence.workerBytes !== undefined) {
    const each = formatQuantity(evidence.workerBytes, 'bytes');
    parts.push(`not growing: ${evidence.workers} x ${each}, of which ${evidence.workersFit} fit`);
  }
  if (evidence.orphans !== undefined && evidence.oldestOrphanSeconds !== undefined) {
    parts.push(`${evidence.orphans} without their parent, for up to ${formatDuration(evidence.oldestOrphanSeconds)}`);
  }
  if (evidence.slopePerSecond !== undefined && evidence.since !== undefined) {
    parts.push(`${formatGrowthPerHour(evidence.slopePerSecond, unit)} an hour since ${clockTime(evidence.since)}`);
  }
  if (bound) parts.push(`${formatQuantity(bound.used, unit)} of ${formatQuantity(bound.limit, unit)} used`);
  // A limit that is reached is not to come.
  if (evidence.exhaustionSeconds !== undefined && code !== 'W21') {
    parts.push(`limit reached in ${formatDuration(evidence.exhaustionSeconds)}`);
  }
  if (culprit) parts.push(describeCulprit(event));
  return parts;
}

/** Who it is, with what the look at it found. */
export function describeCulprit({ metric, code, culprit }: NamedEvent): string {
  if (!culprit) return '';
  const who = `${printable(culprit.comm)} (pid ${culprit.pid})`;
  const { parent } = culprit;
  const whose = parent && `${printable(parent.comm)} (pid ${parent.pid})`;
  if (code === 'W30') return `process ${who}${whose ? ` of ${whose}` : ''}`;
  if (code === 'W31') return `process ${who}${whose ? ` lost ${whose}` : ''}`;
  if (metric === 'zombies') {
    const names = culprit.zombies?.names.map(({ name, count }) => `${count} x ${printable(name)}`).join(', ');
    return `parent ${who} has not waited for ${culprit.children} children${names ? `: ${names}` : ''}`;
  }
  if (metric === 'processes') return `parent ${who} has ${culprit.children} living children`;
  const { threadFamilies = [], fdKinds = {} } = culprit.inspection ?? {};
  const details = [
    ...threadFamilies.slice(0, 3).map(({ name, count }) => `${count} x ${printable(name)}`),
    ...Object.entries(fdKinds)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 3)
      .map(([kind, count]) => `${count} x ${kind}`),
  ];
  return `process ${who}${details.length > 0 ? `: ${details.join(', ')}` : ''}`;
}

function clockTime(t: number): string {
  return new Date(t * 1000).toISOString().slice(11, 19);
}
