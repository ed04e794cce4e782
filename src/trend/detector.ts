/** What the judge of a series (src/verdict/judge.ts) tells its detectors, and what it asks of them. */
import type { LearnedSeries } from '../model/learned.ts';
import type { MetricRow } from '../model/metrics.ts';
import type { FloatArena } from '../series/float-arena.ts';
import type { Scale } from '../series/scale.ts';
import type { Series } from '../series/series.ts';

/** What a detector has found: nothing, growth that may be a leak, a leak. */
export type Stage = 'quiet' | 'suspect' | 'leak';

/** The columns of the table of metrics that detectors read. */
export type JudgedMetric = Pick<
  MetricRow,
  'name' | 'unit' | 'minimumRise' | 'minimumRiseRatio' | 'warmsUp' | 'hasTeeth'
>;

/** The least that a metric can grow by: one thing, or any number of bytes. */
export function grainOf({ unit }: JudgedMetric): number {
  return unit === 'count' ? 1 : 0;
}

export interface DetectorContext {
  readonly metric: JudgedMetric;
  readonly series: Series;
  /** Holds what `sizeOf` asks for. */
  readonly arena: FloatArena;
  /** Alarms that this one series may raise without a leak. */
  readonly falseAlarmsPerYear: number;
}

/** The class of a detector. */
export interface DetectorKind {
  isFor(metric: JudgedMetric): boolean;
  /** Floats that it takes from the arena. */
  sizeOf(scale: Scale): number;
  new (context: DetectorContext): Detector;
}

/**
 * A detector of one series. For each reading the judge calls, in this order:
 *
 *   see           with the reading, before the series takes it
 *   blockClosed   for each level whose block ends, finest level first; also for the slots of a gap before the reading
 *   slotClosed    once, after all blocks, if the reading ended a slot
 *
 * `learn` comes before the first reading, `restart` before the series is cleared for another life of the program. A detector
 * leaves out what it has no use for.
 */
export interface Detector {
  readonly stage: Stage;
  /** The level that the stage was found on; of no meaning while it is quiet. */
  readonly level: number;
  /** Readings that it needs before it can say that all is well; absent = as many as a series in general. */
  readonly patience?: number;
  /** Is the newest reading too low for any finding, also those of other detectors? */
  readonly isNegligible?: boolean;

  /** @param value undefined = unknown @param oldestZombieSeconds how long the oldest zombie has been seen dead */
  see?(value: number | undefined, oldestZombieSeconds: number | undefined): void;
  blockClosed?(level: number): void;
  slotClosed?(): void;
  /** Forgets this life, and keeps what `learned` says. */
  restart(): void;
  /** What `restart` would keep; nothing changes. */
  learned?(): Partial<LearnedSeries>;
  /** What `learned` said before leakwatch was started anew. */
  learn?(learned: LearnedSeries): void;
}
