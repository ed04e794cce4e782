/**
 * Words and numbers of the page. Quantities and durations are written as on a terminal; times are those of the browser.
 */
import { METRIC_ROWS, type Metric, RESOURCE_ROWS } from '../../model/metrics.ts';
import type { Unit } from '../../text/quantity.ts';

/** What the limit is called that a growth of the metric reaches: `thread limit`. */
export function limitOf(metric: Metric): string {
  return RESOURCE_ROWS[METRIC_ROWS.get(metric)!.resource].limit;
}

export function unitOf(metric: Metric): Unit {
  return METRIC_ROWS.get(metric)!.unit;
}

/** @param t seconds since the epoch */
export function clockTime(t: number): string {
  const date = new Date(t * 1000);
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const isToday = new Date().toDateString() === date.toDateString();
  return isToday ? time : `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${time}`;
}
