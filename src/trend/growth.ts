/**
 * Sustained growth of a series, on every scale at once.
 *
 *   leak                    not a leak: step, warm-up,     sawtooth
 *              _/           ____         ______              /| /| /|
 *          _/~~             |           /                   / |/ |/ |
 *   ____/~~             ____|         _/                   /
 *
 * Two tracks look at each block that closes. The sign track gathers evidence that floors are likelier to rise than to
 * fall, which bounds its false alarms for any noise without a drift. The rank track sees twelve floors, or means, that
 * rise almost one by one, and is fast. Steps, warm-ups and teeth of a saw look like growth to both: the guards keep
 * them out. Null hypothesis: see `SignEvidence`. Not seen: growth within the noise of all blocks; cycles longer than
 * the series.
 */
import type { LearnedSeries } from '../model/learned.ts';
import type { Blocks } from '../series/blocks.ts';
import type { Floors } from '../series/floors.ts';
import type { Scale } from '../series/scale.ts';
import type { Series } from '../series/series.ts';
import type { Detector, DetectorContext, JudgedMetric, Stage } from './detector.ts';
import { blocksBefore, RANK_TRACK, riseOf, SIGN_TRACK, stageOf, type Track } from './guards.ts';
import { type Patience, patienceOf } from './patience.ts';
import { isRanked, RANK_S, RANK_WINDOW, roseToTheEnd } from './rises.ts';
import { SignEvidence } from './sign-evidence.ts';

/**
 * Blocks that must have been seen before a rank window for a leak: with fewer no fall of this level may have been seen.
 */
const BLOCKS_BEFORE = 3;
/** A suspicion that is not renewed within so many blocks of its level is dropped: two rank windows. */
const SUSPICION_BLOCKS = 24;
/**
 * A leak that is not confirmed for so many days, or for as long as it grew, has ended. A day and a half, so that a leak
 * which grows in working hours only does not end each night (family `work-hours` of bench/detection).
 */
const ENDED_DAYS = 1.5;
/** Growth has ended when the floor has given back this share of its rise: then it is nearer to where it began. */
const GIVEN_BACK = 0.5;
/** Least evidence of a leak, however large the budget: a chance of 1 in 20 at any given time, the usual 5 %. */
const LEAST_BAR = 20;
/** Blocks that the floor before the growth is averaged over, as those of a rank window. */
const BASE_SMOOTH = 2;

const SECONDS_PER_YEAR = 365.25 * 86_400;

/** A growth that was found and has not ended. */
interface Finding {
  stage: Exclude<Stage, 'quiet'>;
  /** Level on which this stage was found. */
  level: number;
  /** The coarsest level that has confirmed the stage: its end is looked for there. */
  surestLevel: number;
  /** Slot in which the stage was last confirmed, and slot in which the growth began. */
  confirmed: number;
  readonly begun: number;
  /** Floor before the growth, and the greatest rise since. */
  base: number;
  rise: number;
}

export class GrowthDetector implements Detector {
  static isFor(): boolean {
    return true;
  }

  static sizeOf({ sizes }: Scale): number {
    return SignEvidence.sizeOf(sizes.length);
  }

  readonly #metric: JudgedMetric;
  readonly #series: Series;
  readonly #patience: Patience;
  readonly #evidence: SignEvidence;
  /** One bit for each level on whose last block the rank track found a leak. */
  #found = 0;
  #falseAlarmsPerYear: number;
  /** Absent while it is quiet. */
  #finding: Finding | undefined;
  /** Slots of earlier lives. */
  #served = 0;
  /** The greatest height at which an earlier life has settled; NaN = none has. */
  #settledAt = Number.NaN;

  constructor({ metric, series, falseAlarmsPerYear, arena }: DetectorContext) {
    this.#metric = metric;
    this.#series = series;
    this.#falseAlarmsPerYear = falseAlarmsPerYear;
    this.#patience = patienceOf(series.floors.scale);
    this.#evidence = new SignEvidence(series.floors.levels, arena);
  }

  get stage(): Stage {
    return this.#finding?.stage ?? 'quiet';
  }

  get level(): number {
    return this.#finding?.level ?? 0;
  }

  /** The budget of a host is shared: with more series the bar of each is higher. */
  set falseAlarmsPerYear(perYear: number) {
    this.#falseAlarmsPerYear = perYear;
  }

  restart(): void {
    this.#settledAt = this.#settledUntilNow();
    this.#served += this.#series.floors.slots;
    this.#found = 0;
    this.#finding = undefined;
  }

  learned(): Omit<LearnedSeries, 'startedAt'> {
    const { floors } = this.#series;
    const settledAt = this.#settledUntilNow();
    return {
      slots: this.#served + floors.slots,
      ...(Number.isFinite(settledAt) && { settledAt }),
      floorFalls: fallsOf(floors.floors, floors.levels),
      meanFalls: fallsOf(floors.means, floors.levels),
      evidence: this.#evidence.learned(),
    };
  }

  learn({ slots, settledAt = Number.NaN, floorFalls, meanFalls, evidence }: LearnedSeries): void {
    const { floors } = this.#series;
    // It was learned on blocks of other lengths, at another interval.
    if (floorFalls.length !== floors.levels) return;
    this.#served = slots;
    this.#settledAt = settledAt;
    for (let level = 0; level < floors.levels; level++) {
      floors.floors.learnDrawdown(level, floorFalls[level]!);
      if (level >= floors.means.finest) floors.means.learnDrawdown(level, meanFalls[level]!);
    }
    this.#evidence.learn(evidence);
  }

  /** Natural logarithm of an e-value of this series. */
  logEvidence(): number {
    let sum = 0;
    const { levels } = this.#series.floors;
    for (let level = 0; level < levels; level++) sum += this.#evidence.eValueOf(level);
    return Math.log(sum / levels);
  }

  blockClosed(level: number): void {
    const { floors } = this.#series;
    const { warmsUp } = this.#metric;
    const { learning, suspecting } = this.#patience;
    const { slots } = floors;
    if (slots > learning || !warmsUp) this.#evidence.blockClosed(floors, level);
    if (slots < (warmsUp ? learning : suspecting)) return;
    const stage = this.#judge(floors, level);
    if (stage === 'leak' || (stage === 'suspect' && this.stage !== 'leak')) this.#confirm(floors, level, stage);
    else if (level === this.#finding?.surestLevel) this.#review(floors, this.#finding);
  }

  /** The greatest height at which a life has settled, if this one ended now; NaN = none has. */
  #settledUntilNow(): number {
    const { floors } = this.#series;
    if (floors.slots < this.#patience.learning || roseToTheEnd(floors)) return this.#settledAt;
    const peak = floors.floors.peak(floors.scale.finestJudged);
    return this.#settledAt >= peak ? this.#settledAt : peak;
  }

  /** Evidence needed on this level, so that all levels together keep the budget. */
  #bar({ levels, scale }: Floors, level: number): number {
    const blocksPerYear = SECONDS_PER_YEAR / (scale.intervalSeconds * scale.sizes[level]!);
    return Math.max(LEAST_BAR, (levels * blocksPerYear) / this.#falseAlarmsPerYear);
  }

  #judge(floors: Floors, level: number): Stage {
    if (level < floors.scale.finestJudged) return 'quiet';
    const byRank = this.#rankStage(floors, level);
    if (byRank === 'leak') return byRank;
    const bySign = this.#signStage(floors, level);
    return bySign === 'quiet' ? byRank : bySign;
  }

  #signStage(floors: Floors, level: number): Stage {
    const evidence = this.#evidence.of(level);
    const bar = this.#bar(floors, level);
    if (evidence < Math.sqrt(bar) || floors.kept(level) <= SIGN_TRACK.span) return 'quiet';
    const isStrong = evidence >= bar && level >= this.#patience.leakLevel;
    return this.#guarded(SIGN_TRACK, floors, floors.floors, level, isStrong);
  }

  #rankStage(floors: Floors, level: number): Stage {
    const byFloors = this.#rankStageOf(floors, floors.floors, level);
    const byMeans = byFloors === 'leak' ? byFloors : this.#rankStageOf(floors, floors.means, level);
    const stage = byMeans === 'quiet' ? byFloors : byMeans;
    const bit = 1 << level;
    const foundBefore = (this.#found & bit) !== 0;
    if (stage !== 'leak') {
      this.#found &= ~bit;
      return stage;
    }
    this.#found |= bit;
    return foundBefore || floors.size(level) >= this.#patience.sustained ? 'leak' : 'suspect';
  }

  #rankStageOf(floors: Floors, blocks: Blocks, level: number): Stage {
    if (!isRanked(blocks, level, RANK_S.suspect)) return 'quiet';
    const isStrong =
      level >= this.#patience.leakLevel &&
      blocksBefore(floors, level, this.#served) >= BLOCKS_BEFORE &&
      isRanked(blocks, level, RANK_S.leak);
    return this.#guarded(RANK_TRACK, floors, blocks, level, isStrong);
  }

  #guarded(track: Track, floors: Floors, blocks: Blocks, level: number, isStrong: boolean): Stage {
    const known = {
      metric: this.#metric,
      patience: this.#patience,
      floors,
      isStrong,
      served: this.#served,
      settledAt: this.#settledAt,
      bar: this.#bar(floors, level),
    };
    return stageOf(riseOf(track, blocks, level, known));
  }

  #confirm(floors: Floors, level: number, stage: Finding['stage']): void {
    const { slots } = floors;
    const base = floors.floors.mean(level, Math.min(RANK_WINDOW, floors.kept(level) - 1), BASE_SMOOTH);
    const begun = slots - RANK_WINDOW * floors.size(level);
    this.#finding ??= { stage, level, surestLevel: level, confirmed: slots, begun, base, rise: 0 };
    const finding = this.#finding;
    // Right after a gap the base is unknown; the next confirmation knows it.
    if (Number.isNaN(finding.base) || base < finding.base) finding.base = base;
    if (stage !== finding.stage) finding.level = level;
    if (stage !== finding.stage || level > finding.surestLevel) finding.surestLevel = level;
    finding.stage = stage;
    finding.confirmed = slots;
    const rise = floors.floor(level, 0) - finding.base;
    if (rise > finding.rise) finding.rise = rise;
  }

  /** Growth ends when the floor has given back half of its rise, or when nothing has confirmed it for long. */
  #review(floors: Floors, finding: Finding): void {
    const { stage, surestLevel, confirmed, begun } = finding;
    const rise = floors.floor(surestLevel, 0) - finding.base;
    if (rise > finding.rise) finding.rise = rise;
    const givenBack = rise < GIVEN_BACK * finding.rise;
    const unconfirmed = floors.slots - confirmed;
    const patience =
      stage === 'suspect'
        ? SUSPICION_BLOCKS * floors.size(surestLevel)
        : Math.max(ENDED_DAYS * floors.scale.day, confirmed - begun);
    if (givenBack || unconfirmed > patience) this.#finding = undefined;
  }
}

/** The deepest fall of each level; 0 where none is kept. */
function fallsOf(blocks: Blocks, levels: number): number[] {
  return Array.from({ length: levels }, (_, level) => (level < blocks.finest ? 0 : blocks.drawdown(level)));
}
