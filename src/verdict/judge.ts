/**
 * The verdict on one series: what its detectors find, and the memory that a verdict needs. The judge alone tells the
 * detectors of readings, blocks and restarts, in the order that `Detector` describes. Time comes with each reading.
 */
import type { LearnedSeries } from '../model/learned.ts';
import type { MetricRow } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';
import { FloatArena } from '../series/float-arena.ts';
import { type BlockListener, Floors } from '../series/floors.ts';
import { scaleOf } from '../series/scale.ts';
import { Series } from '../series/series.ts';
import { Climb } from '../trend/climb.ts';
import type { Detector, DetectorKind, Stage } from '../trend/detector.ts';
import type { Forecast } from '../trend/forecast.ts';
import { GrowthDetector } from '../trend/growth.ts';
import { type GrowthLine, measureGrowth } from '../trend/growth-line.ts';
import { patienceOf } from '../trend/patience.ts';
import { plateauOf } from '../trend/plateau.ts';
import { ZombieDetector } from '../trend/zombies.ts';
import type { GrowthEvidence } from './evidence.ts';
import type { Verdict } from './report.ts';

export interface JudgeOptions {
  readonly metric: MetricRow;
  readonly intervalSeconds: number;
  readonly falseAlarmsPerYear: number;
}

/**
 * All detectors of a series: a new one is a file and a line here. Where several have found something, the first is
 * measured.
 */
const DETECTORS: readonly DetectorKind[] = [GrowthDetector, Climb, ZombieDetector];

const NOTHING_LEARNED: LearnedSeries = { slots: 0, floorFalls: [], meanFalls: [], evidence: [] };

export class Judge implements BlockListener {
  readonly metric: MetricRow;
  readonly #series: Series;
  readonly #detectors: readonly Detector[];
  /** Two of them, which are asked for more than a stage. */
  readonly #growth: GrowthDetector;
  readonly #climb: Climb;
  /** Readings that the verdict `learning` lasts for. */
  readonly #patience: number;
  #verdict: Verdict = 'learning';
  /** The current suspicion is left over from a leak that has been resolved. */
  #spent = false;
  /** The growth of this level when so many of its blocks had closed. */
  #measured: { readonly level: number; readonly blocks: number; readonly growth: GrowthLine | undefined } | undefined;

  constructor({ metric, intervalSeconds, falseAlarmsPerYear }: JudgeOptions) {
    this.metric = metric;
    const scale = scaleOf(intervalSeconds);
    const kinds = DETECTORS.filter((kind) => kind.isFor(metric));
    const floats = kinds.reduce((sum, kind) => sum + kind.sizeOf(scale), Floors.sizeOf(scale));
    const arena = new FloatArena(floats);
    this.#series = new Series(intervalSeconds, arena);
    const context = { metric, series: this.#series, arena, falseAlarmsPerYear };
    this.#detectors = kinds.map((Kind) => new Kind(context));
    this.#growth = this.#detectors.find((detector) => detector instanceof GrowthDetector)!;
    this.#climb = this.#detectors.find((detector) => detector instanceof Climb)!;
    const impatient = this.#detectors.find(({ patience }) => patience !== undefined);
    this.#patience = impatient?.patience ?? patienceOf(scale).learning;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Has it had a reading with a value in this incarnation? */
  get isKnown(): boolean {
    return this.#series.known > 0;
  }

  /** Readings that are still needed before a verdict other than `learning`. */
  get learningSamplesLeft(): number {
    return Math.max(0, this.#patience - this.#series.known);
  }

  set falseAlarmsPerYear(perYear: number) {
    this.#growth.falseAlarmsPerYear = perYear;
  }

  restart(): void {
    for (const detector of this.#detectors) detector.restart();
    this.#series.restart();
    this.#verdict = 'learning';
    this.#spent = false;
    this.#measured = undefined;
  }

  /** What `restart` would keep. */
  learned(): LearnedSeries {
    let learned = NOTHING_LEARNED;
    for (const detector of this.#detectors) learned = { ...learned, ...detector.learned?.() };
    return learned;
  }

  /** Before the first reading: what `learned` said in another life of leakwatch. */
  learn(learned: LearnedSeries): void {
    for (const detector of this.#detectors) detector.learn?.(learned);
  }

  /**
   * @param t seconds since the epoch
   * @param value undefined = unknown
   */
  push(t: number, value: number | undefined, oldestZombieSeconds?: number): Verdict {
    if (this.#series.endsBefore(t)) this.restart();
    for (const detector of this.#detectors) detector.see?.(value, oldestZombieSeconds);
    const closed = this.#series.push(t, value ?? Number.NaN, this);
    if (closed) for (const detector of this.#detectors) detector.slotClosed?.();
    const stage = this.#stage();
    // A suspicion that is left over from a resolved leak is not a new one.
    if (this.#verdict === 'leak' && stage === 'suspect') this.#spent = true;
    if (stage !== 'suspect') this.#spent = false;
    if (stage !== 'quiet' && !this.#spent) this.#verdict = stage;
    else this.#verdict = this.learningSamplesLeft > 0 ? 'learning' : 'ok';
    return this.#verdict;
  }

  /** Called by its series, for each level whose block ends. */
  blockClosed(level: number): void {
    for (const detector of this.#detectors) detector.blockClosed?.(level);
  }

  /** Takes an extra reading, which is not stored in the series: forecasts begin at it. */
  look(value: number | undefined): void {
    if (value !== undefined) this.#climb.look(value);
  }

  /** The growth behind the verdict, or behind a climb that is no leak yet; measured anew when a block has closed. */
  growth(): GrowthLine | undefined {
    const { floors } = this.#series;
    const level = this.#levelOfVerdict();
    if (level === undefined) return this.#climb.growth();
    const blocks = floors.count(level);
    if (blocks !== this.#measured?.blocks || level !== this.#measured.level)
      this.#measured = { level, blocks, growth: measureGrowth(this.#series, level) };
    return this.#measured.growth;
  }

  /** Seconds to this bound; undefined where nothing grows towards it, or nothing can be said. */
  forecast(bound: Bound | undefined): Forecast | undefined {
    return bound && this.#climb.forecast(bound);
  }

  /** See `plateauOf`. */
  plateau(): number | undefined {
    return plateauOf(this.#series.floors);
  }

  /** See `Series.points`. */
  points(windowSeconds: number): { t: number; v: number }[] {
    return this.#series.points(windowSeconds);
  }

  /** See `Floors.floor`. @returns NaN where nothing is known of that block */
  floor(level: number, back: number): number {
    const { floors } = this.#series;
    return back < floors.kept(level) ? floors.floor(level, back) : Number.NaN;
  }

  /** @param end when the bound is reached, where another series than this one tells */
  evidence(bound: Bound | undefined, end: Forecast | undefined = this.forecast(bound)): GrowthEvidence {
    const growth = this.growth();
    const logE = this.#growth.logEvidence();
    if (!growth) return logE > 0 ? { logE } : {};
    return {
      slopePerSecond: growth.slope,
      slopeLow: growth.slopeLow,
      slopeHigh: growth.slopeHigh,
      since: growth.since,
      rise: growth.rise,
      floor: growth.floor,
      mannKendallZ: growth.mannKendallZ,
      mannKendallP: growth.mannKendallP,
      logE,
      ...(end && {
        exhaustionSeconds: end.seconds,
        exhaustionLow: end.low,
        ...(Number.isFinite(end.high) && { exhaustionHigh: end.high }),
      }),
    };
  }

  /** The gravest of all detectors. */
  #stage(): Stage {
    let gravest: Stage = 'quiet';
    for (const { stage, isNegligible } of this.#detectors) {
      if (isNegligible) return 'quiet';
      if (gravest === 'quiet' || stage === 'leak') gravest = stage;
    }
    return gravest;
  }

  #levelOfVerdict(): number | undefined {
    return this.#detectors.find(({ stage }) => stage !== 'quiet')?.level;
  }
}
