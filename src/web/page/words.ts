/** Words and numbers of the page. Quantities and durations are written as on a terminal; times are those of the browser. */
import { METRIC_ROWS, type Metric, type Resource } from '../../model/metrics.ts';
import { formatQuantity, type Unit } from '../../text/quantity.ts';
import type { PageEvent } from './report.ts';

/** Title of the column, and what a sentence calls it. */
const METRIC_WORDS: Readonly<Record<Metric, readonly [title: string, noun: string]>> = {
  threads: ['Threads', 'threads'],
  zombies: ['Zombies', 'zombies'],
  processes: ['Processes', 'processes'],
  fds: ['Open files', 'file descriptors'],
  rss: ['Memory', 'memory'],
  anon: ['Anonymous', 'anonymous memory'],
};

/** Title of the box, and what a sentence calls the limit. */
const RESOURCE_WORDS: Readonly<Record<Resource, readonly [title: string, noun: string]>> = {
  threads: ['Threads and processes', 'thread'],
  memory: ['Memory', 'memory'],
  fds: ['Open files of one process', 'file descriptor'],
};

export function metricTitle(metric: Metric): string {
  return METRIC_WORDS[metric][0];
}

export function metricNoun(metric: Metric): string {
  return METRIC_WORDS[metric][1];
}

export function resourceTitle(resource: Resource): string {
  return RESOURCE_WORDS[resource][0];
}

/** What the limit is called that a growth of the metric reaches. */
export function limitNoun(metric: Metric): string {
  return RESOURCE_WORDS[METRIC_ROWS.get(metric)!.resource][1];
}

export function unitOf(metric: Metric): Unit {
  return METRIC_ROWS.get(metric)!.unit;
}

/** @example quantity(undefined, 'bytes') // => 'unknown' */
export function quantity(number: number | undefined, unit: Unit): string {
  return number === undefined ? 'unknown' : formatQuantity(number, unit);
}

/** @param t seconds since the epoch */
export function clockTime(t: number): string {
  const date = new Date(t * 1000);
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const isToday = new Date().toDateString() === date.toDateString();
  return isToday ? time : `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${time}`;
}

/** `unicorn is leaking threads` */
export function headline({ code, at, group, metric }: PageEvent): string {
  if (code === 'W21') return `${group} has reached its ${limitNoun(metric)} limit`;
  if (code === 'W20') return `${group} will reach its ${limitNoun(metric)} limit`;
  if (code === 'W30') return `${group}${at === 'alert' ? ' crashes' : ' may be crashing'} again and again`;
  if (code === 'W31') return `${group} has processes that lost their parent`;
  if (code === 'W40') return `${group} has more workers than fit its memory`;
  return `${group}${at === 'alert' ? ' is leaking ' : ' may be leaking '}${metricNoun(metric)}`;
}
