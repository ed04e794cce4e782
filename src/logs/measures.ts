/** The table of measures: what is followed over time in a log, and which row of the metrics' table judges its growth. */
import type { Measure } from '../formats/heroku/events.ts';
import { METRIC_ROWS, type MetricRow } from '../model/metrics.ts';

export interface MeasureRow {
  readonly name: Measure;
  readonly unit: 'bytes' | 'count';
  /** Says which growth is of practical size. */
  readonly judgedAs: MetricRow;
}

const memory = METRIC_ROWS.get('rss')!;
const threads = METRIC_ROWS.get('threads')!;

/** A queue of ready tasks; it follows the traffic, so that small and short rises of it say nothing. */
const load: MetricRow = { ...threads, minimumRise: 1, minimumRiseRatio: 0.5, warmsUp: true, unit: 'count' };

export const MEASURES: readonly MeasureRow[] = [
  { name: 'memory', unit: 'bytes', judgedAs: memory },
  { name: 'swap', unit: 'bytes', judgedAs: memory },
  { name: 'load', unit: 'count', judgedAs: load },
  { name: 'threads', unit: 'count', judgedAs: threads },
  { name: 'zombies', unit: 'count', judgedAs: METRIC_ROWS.get('zombies')! },
  { name: 'processes', unit: 'count', judgedAs: METRIC_ROWS.get('processes')! },
  { name: 'fds', unit: 'count', judgedAs: METRIC_ROWS.get('fds')! },
  { name: 'rss', unit: 'bytes', judgedAs: memory },
];

export const MEASURE_ROWS: ReadonlyMap<Measure, MeasureRow> = new Map(MEASURES.map((row) => [row.name, row]));
