/**
 * One measure in one life of a dyno: its values go to the daemon's own detector, and into a curve of fixed size for the
 * shape and the charts. The pace of the readings is found from the first of them.
 */
import type { Measure } from '../formats/heroku/events.ts';
import { median } from '../stats/quantile.ts';
import type { GrowthEvidence } from '../verdict/evidence.ts';
import { Judge } from '../verdict/judge.ts';
import type { Verdict } from '../verdict/report.ts';
import { Curve } from './curve.ts';
import { MEASURE_ROWS, type MeasureRow } from './measures.ts';
import { measureShape, type Shape } from './shape.ts';

/** Differences of time that the pace is found from. */
const PACED_BY = 5;
/** The platform's, which is "approximately once every 20 seconds". */
const USUAL_SECONDS = 20;
const SHORTEST_SECONDS = 0.1;
const LONGEST_SECONDS = 600;
const CURVE = { capacity: 192, widthSeconds: USUAL_SECONDS };

export interface Moment {
  readonly t: number;
  readonly value: number;
}

export interface TrackReport {
  readonly measure: Measure;
  /** Of leakwatch's own lines: a group of processes; absent for the dyno as a whole. */
  readonly group?: string;
  readonly samples: number;
  readonly from: number;
  readonly to: number;
  readonly last: number;
  readonly peak: Moment;
  /** As it stood at the end. */
  readonly verdict: Verdict;
  /** When the verdict first was `leak`, also where it did not stay so. */
  readonly foundAt?: number;
  readonly evidence: GrowthEvidence;
  readonly shape?: Shape;
}

export class Track {
  readonly row: MeasureRow;
  readonly group: string | undefined;
  readonly #curve = new Curve(CURVE);
  /** Readings from before the pace is known. */
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

  /** The latest time of a reading. */
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
   * @param judged what the detector is given, where that is not the value itself
   */
  push(t: number, value: number, judged = value): void {
    this.#samples++;
    this.#curve.push(t, judged);
    if (value > this.#peak.value) this.#peak = { t, value };
    if (t < this.#from) this.#from = t;
    // A line that was overtaken by the next: the detector goes on, its slot stays unknown.
    if (t <= this.#to) return;
    this.#to = t;
    this.#last = value;
    if (this.#judge) this.#ask(this.#judge, t, judged);
    else if (this.#early.push({ t, value: judged }) > PACED_BY) this.#begin();
  }

  #begin(): void {
    const gaps = this.#early.slice(1).map(({ t }, at) => t - this.#early[at]!.t);
    const judge = new Judge({
      metric: this.row.judgedAs,
      intervalSeconds: paceOf(gaps),
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
    // What has no detector of its own is of practical size sooner than what is left to its shape alone.
    const shape = measureShape(this.#curve.points(), {
      minimumRise: 2 * minimumRise,
      minimumRiseRatio: Math.max(0.04, minimumRiseRatio),
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

function paceOf(gaps: readonly number[]): number {
  const pace = median(gaps) ?? USUAL_SECONDS;
  if (pace >= 0.75 * USUAL_SECONDS && pace <= 1.5 * USUAL_SECONDS) return USUAL_SECONDS;
  return Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, pace));
}
