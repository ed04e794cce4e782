/**
 * One measure in one life of a dyno: its values go to the daemon's own detector, and into a curve of fixed size that
 * the shape is measured on. The interval of the readings is estimated from the first of them.
 */
import { type Measure, PLATFORM_INTERVAL_SECONDS } from '../formats/heroku/events.ts';
import type { Bound } from '../model/reading.ts';
import { median } from '../stats/quantile.ts';
import type { GrowthEvidence } from '../verdict/evidence.ts';
import { Judge } from '../verdict/judge.ts';
import type { LimitSample } from '../verdict/limit-standing.ts';
import type { Verdict } from '../verdict/report.ts';
import { Curve } from './curve.ts';
import { MEASURE_ROWS, type MeasureRow } from './measures.ts';
import { MOST_POINTS, measureShape, type Shape } from './shape.ts';

/** The interval is the median of this many differences in time: two of them may be off, by lost lines or a late one. */
const INTERVAL_SAMPLES = 5;
/** Shortest and longest interval that is believed: the daemon's shortest (config/options.ts), and 30 lost lines. */
const SHORTEST_INTERVAL_SECONDS = 0.1;
const LONGEST_INTERVAL_SECONDS = 600;
/**
 * An estimate within these shares of the platform's interval is taken for the platform's: its lines come a second or
 * more early or late. 10 s and 60 s, which people choose for leakwatch, stay what they are.
 */
const USUAL_FROM = 0.75;
const USUAL_TO = 1.5;
/** Buckets of the curve for each point of a shape: after two of them became one, three are left. */
const BUCKETS_PER_POINT = 6;
/**
 * The shape has no budget of false alarms, so it needs a multiple of the minimum rise that the detector needs ...
 */
const SHAPE_RISE_FACTOR = 2;
/** ... and at least this share of the level: four times what the detector needs of memory. Both are chosen. */
const SHAPE_RISE_RATIO = 0.04;

export interface Moment {
  readonly t: number;
  readonly value: number;
}

export interface TrackReport {
  readonly measure: Measure;
  /** A group of processes, in leakwatch's own lines; absent for the dyno as a whole. */
  readonly group?: string;
  readonly samples: number;
  readonly from: number;
  readonly to: number;
  readonly last: number;
  readonly peak: Moment;
  /** At the end of the life. */
  readonly verdict: Verdict;
  /** When the verdict first became `leak`, even if it changed back later. */
  readonly foundAt?: number;
  readonly evidence: GrowthEvidence;
  readonly shape?: Shape;
}

export class Track {
  readonly row: MeasureRow;
  readonly group: string | undefined;
  readonly #curve = new Curve({
    capacity: BUCKETS_PER_POINT * MOST_POINTS,
    widthSeconds: PLATFORM_INTERVAL_SECONDS,
  });
  /** Readings from before the interval is known. */
  #early: Moment[] = [];
  #judge: Judge | undefined;
  #falseAlarmsPerYear: number;
  #samples = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;
  #last = 0;
  #peak: Moment = { t: 0, value: Number.NEGATIVE_INFINITY };
  #foundAt: number | undefined;

  constructor(options: {
    readonly measure: Measure;
    readonly group?: string | undefined;
    readonly falseAlarmsPerYear: number;
  }) {
    this.row = MEASURE_ROWS.get(options.measure)!;
    this.group = options.group;
    this.#falseAlarmsPerYear = options.falseAlarmsPerYear;
  }

  get verdict(): Verdict {
    return this.#judge?.verdict ?? 'learning';
  }

  get last(): number {
    return this.#last;
  }

  /** When what the detector gets reaches this bound; undefined where it does not climb towards it. */
  forecast(bound: Bound): LimitSample['end'] {
    return this.#judge?.forecast(bound);
  }

  /** Time of the latest reading. */
  get to(): number {
    return this.#to;
  }

  get peak(): Moment {
    return this.#peak;
  }

  set falseAlarmsPerYear(perYear: number) {
    this.#falseAlarmsPerYear = perYear;
    if (this.#judge) this.#judge.falseAlarmsPerYear = perYear;
  }

  /**
   * @param t seconds since the epoch
   * @param judged what the detector and the shape get, if that is not the value itself
   */
  push(t: number, value: number, judged = value): void {
    this.#samples++;
    this.#curve.push(t, judged);
    if (value > this.#peak.value) this.#peak = { t, value };
    if (t < this.#from) this.#from = t;
    // A line that was overtaken by the next one: the detector leaves its slot unknown.
    if (t <= this.#to) return;
    this.#to = t;
    this.#last = value;
    if (this.#judge) this.#ask(this.#judge, t, judged);
    else if (this.#early.push({ t, value: judged }) > INTERVAL_SAMPLES) this.#begin();
  }

  #begin(): void {
    const gaps = this.#early.slice(1).map(({ t }, at) => t - this.#early[at]!.t);
    const judge = new Judge({
      metric: this.row.judgedAs,
      intervalSeconds: intervalOf(gaps),
      falseAlarmsPerYear: this.#falseAlarmsPerYear,
    });
    this.#judge = judge;
    for (const { t, value } of this.#early) this.#ask(judge, t, value);
    this.#early = [];
  }

  #ask(judge: Judge, t: number, value: number): void {
    if (judge.push(t, value) === 'leak') this.#foundAt ??= t;
  }

  report(): TrackReport {
    const { minimumRise, minimumRiseRatio } = this.row.judgedAs;
    const shape = measureShape(this.#curve.points(), {
      minimumRise: SHAPE_RISE_FACTOR * minimumRise,
      minimumRiseRatio: Math.max(SHAPE_RISE_RATIO, minimumRiseRatio),
    });
    return {
      measure: this.row.name,
      ...(this.group !== undefined && { group: this.group }),
      samples: this.#samples,
      from: this.#from,
      to: this.#to,
      last: this.#last,
      peak: this.#peak,
      verdict: this.verdict,
      ...(this.#foundAt !== undefined && { foundAt: this.#foundAt }),
      evidence: this.#judge?.evidence(undefined) ?? {},
      ...(shape && { shape }),
    };
  }
}

export function intervalOf(gaps: readonly number[]): number {
  const estimate = median(gaps) ?? PLATFORM_INTERVAL_SECONDS;
  const share = estimate / PLATFORM_INTERVAL_SECONDS;
  if (share >= USUAL_FROM && share <= USUAL_TO) return PLATFORM_INTERVAL_SECONDS;
  return Math.min(LONGEST_INTERVAL_SECONDS, Math.max(SHORTEST_INTERVAL_SECONDS, estimate));
}
