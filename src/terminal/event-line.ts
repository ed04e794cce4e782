/** An event on one line of a terminal: when, how it is told, its code and its sentence. */
import type { CulpritEvent } from '../verdict/culprit.ts';
import { sentence } from '../verdict/sentence.ts';

/**
 * `2026-11-20T21:40:20Z alert W10 unicorn leaks threads: 59 threads, +12 an hour, limit of 256 in 16.4 h (since 2026-11-20T20:35:00Z)`
 */
export function renderEventLine(event: CulpritEvent): string {
  const { since } = event.evidence;
  const from = since === undefined || event.at === 'resolved' ? '' : ` (since ${isoTime(since)})`;
  return `${isoTime(event.t)} ${event.at} ${event.code} ${sentence(event)}${from}`;
}

function isoTime(t: number): string {
  return `${new Date(t * 1000).toISOString().slice(0, 19)}Z`;
}
