/**
 * The verdict on one series: detectors' findings with the memory that a verdict needs. Time comes with each reading;
 * nothing here asks a clock.
 */
import type { LearnedSeries } from '../model/learned.ts';
import type { MetricRow } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';
import { FloatArena } from '../series/float-arena.ts';
import { type BlockListener, Floors } from '../series/floors.ts';
import { scaleOf } from '../series/scale.ts';
import { Series } from '../series/series.ts';
import { Climb } from '../trend/climb.ts';
import type { Stage } from '../trend/detector.ts';
import type { Forecast } from '../trend/forecast.ts';
import { GrowthDetector } from '../trend/growth.ts';
import { type GrowthLine, measureGrowth } from '../trend/growth-line.ts';
import { patienceOf } from '../trend/patience.ts';
import { plateauOf } from '../trend/plateau.ts';
import { LEAST_ZOMBIES, ZombieDetector } from '../trend/zombies.ts';
import type { GrowthEvidence } from './evidence.ts';
import type { Verdict } from './report.ts';

export interface JudgeOptions {
  readonly metric: MetricRow;
  readonly intervalSeconds: number;
  readonly falseAlarmsPerYear: number;
}

export class Judge implements BlockListener {
  readonly metric: MetricRow;
  readonly #series: Series;
  readonly #growth: GrowthDetector;
  readonly #climb: Climb;
  readonly #zombies: ZombieDetector | undefined;
  #verdict: Verdict = 'learning';
  #value = 0;
  /** The suspicion that stands is the rest of a leak that has been resolved. */
  #spent = false;
  /** The growth of this level when so many of its blocks had closed. */
  #measured: { readonly level: number; readonly blocks: number; readonly growth: GrowthLine | undefined } | undefined;

  constructor(options: JudgeOptions) {
    const { metric, intervalSeconds } = options;
    this.metric = metric;
    const scale = scaleOf(intervalSeconds);
    const arena = new FloatArena(Floors.sizeOf(scale) + GrowthDetector.sizeOf(scale) + Climb.sizeOf(scale));
    this.#series = new Series(intervalSeconds, arena);
    this.#growth = new GrowthDetector(metric, scale, options.falseAlarmsPerYear, arena);
    this.#zombies = metric.name === 'zombies' ? new ZombieDetector(scale) : undefined;
    this.#climb = new Climb(this.#series, metric, arena);
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Readings still missing before a verdict other than `learning` rests on enough. */
  get learningSamplesLeft(): number {
    return Math.max(
      0,
      (this.#zombies?.patience ?? patienceOf(this.#series.floors.scale).learning) - this.#series.known,
    );
  }

  set falseAlarmsPerYear(perYear: number) {
    this.#growth.falseAlarmsPerYear = perYear;
  }

  restart(): void {
    this.#growth.restart(this.#series.floors);
    this.#climb.restart();
    this.#series.restart();
    this.#zombies?.restart();
    this.#verdict = 'learning';
    this.#spent = false;
    this.#measured = undefined;
  }

  /** What `restart` would keep. */
  learned(): LearnedSeries {
    const startedAt = this.#climb.startedAt();
    return { ...this.#growth.learned(this.#series.floors), ...(startedAt !== undefined && { startedAt }) };
  }

  /** Before the first reading: what `learned` gave in another life. */
  learn(learned: LearnedSeries): void {
    this.#growth.learn(learned, this.#series.floors);
    this.#climb.learn(learned.startedAt);
  }

  /**
   * @param t seconds since the epoch
   * @param value undefined = unknown
   */
  push(t: number, value: number | undefined, oldestZombieSeconds?: number): Verdict {
    if (this.#series.endsBefore(t)) this.restart();
    if (value !== undefined) this.#climb.add(value);
    const closed = this.#series.push(t, value ?? Number.NaN, this);
    if (closed) this.#zombies?.slotClosed(this.#series.floors, oldestZombieSeconds);
    if (value !== undefined) this.#value = value;
    const stage = this.#stage();
    // What is left of a leak that is over is no new suspicion.
    if (this.#verdict === 'leak' && stage === 'suspect') this.#spent = true;
    if (stage !== 'suspect') this.#spent = false;
    if (stage !== 'quiet' && !this.#spent) this.#verdict = stage;
    else this.#verdict = this.learningSamplesLeft > 0 ? 'learning' : 'ok';
    return this.#verdict;
  }

  /** For its series alone to call. */
  blockClosed(level: number): void {
    this.#growth.blockClosed(this.#series.floors, level);
    this.#climb.blockClosed(level);
  }

  /** A reading that is not the series': forecasts begin at it. */
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

  #stage(): Stage {
    if (this.#zombies && this.#value < LEAST_ZOMBIES) return 'quiet';
    const zombies = this.#zombies?.stage ?? 'quiet';
    if (zombies === 'leak' || this.#growth.stage === 'leak') return 'leak';
    return zombies === 'suspect' ? 'suspect' : this.#growth.stage;
  }

  #levelOfVerdict(): number | undefined {
    if (this.#growth.stage !== 'quiet') return this.#growth.level;
    if (this.#zombies && this.#zombies.stage !== 'quiet') return this.#zombies.level;
    return undefined;
  }
}
