/** The table of measures: what is followed over time in a log, and which metric's row says how its growth is judged. */
import type { Measure } from '../formats/heroku/events.ts';
import { OWN_METRICS } from '../formats/heroku/samples.ts';
import { ALERTS } from '../model/alerts.ts';
import { METRIC_ROWS, type MetricRow } from '../model/metrics.ts';

export interface MeasureRow {
  readonly name: Measure;
  readonly unit: 'bytes' | 'count';
  /** Words for endless growth of it, in a sentence. */
  readonly leak: string;
  /** Says which growth is of practical size. */
  readonly judgedAs: MetricRow;
}

/**
 * Load is the number of runnable tasks and follows the traffic. Chosen: growth by less than one task, or by less than
 * half of the load, is no news even if it lasts; a queue that grows without end passes both soon.
 */
const LOAD_MINIMUM_RISE = 1;
const LOAD_MINIMUM_RISE_RATIO = 0.5;

const memory = METRIC_ROWS.get('rss')!;
const load: MetricRow = {
  ...METRIC_ROWS.get('threads')!,
  minimumRise: LOAD_MINIMUM_RISE,
  minimumRiseRatio: LOAD_MINIMUM_RISE_RATIO,
  warmsUp: true,
};

/** The platform's measures, then leakwatch's. */
export const MEASURES: readonly MeasureRow[] = [
  { name: 'memory', unit: 'bytes', leak: 'memory leak', judgedAs: memory },
  { name: 'swap', unit: 'bytes', leak: 'memory leak (in swap)', judgedAs: memory },
  { name: 'load', unit: 'count', leak: 'load that keeps growing', judgedAs: load },
  ...OWN_METRICS.map(({ row }) => ({
    name: row.name,
    unit: row.unit,
    leak: ALERTS[row.code].title.toLowerCase(),
    judgedAs: row,
  })),
];

export const MEASURE_ROWS: ReadonlyMap<Measure, MeasureRow> = new Map(MEASURES.map((row) => [row.name, row]));
