/**
 * Sustained growth of a series, on every scale at once.
 *
 *   leak                    not a leak: step, warm-up,     sawtooth
 *              _/           ____         ______              /| /| /|
 *          _/~~             |           /                   / |/ |/ |
 *   ____/~~             ____|         _/                   /
 *
 * Two tracks look at each block that closes, and memory is looked at over weeks as well (`weeks.ts`). The sign track
 * gathers evidence that floors are likelier to rise than to fall, which bounds its false alarms for any noise without a
 * drift. The rank track sees twelve floors, or means, that rise almost one by one, and is fast. Steps, warm-ups and teeth
 * of a saw look like growth to both: the guards keep them out. Null hypothesis: see `SignEvidence`. Not seen: growth
 * within the noise of all blocks; cycles longer than the series.
 */
import type { LearnedSeries } from '../model/learned.ts';
import type { Blocks } from '../series/blocks.ts';
import type { Floors } from '../series/floors.ts';
import { levelOf, type Scale } from '../series/scale.ts';
import type { Series } from '../series/series.ts';
import { type Detector, type DetectorContext, grainOf, type JudgedMetric, type Stage } from './detector.ts';
import { RANK_TRACK, SIGN_TRACK, stageOf } from './guards.ts';
import { Lives } from './lives.ts';
import { type Patience, patienceOf } from './patience.ts';
import { blocksBefore, riseOf, type Track } from './rise.ts';
import { isRanked, RANK_S, RANK_WINDOW } from './rises.ts';
import { SignEvidence } from './sign-evidence.ts';
import { growsOverWeeks } from './weeks.ts';

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
/** Growth stands still when it takes so many times longer for another tenth of its rise than an even growth would. */
const STALLED = 2;
const TENTH = 0.1;
/** Its progress is followed on blocks that last at least its length divided by this. */
const PARTS = 48;
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
  begun: number;
  /** Floor before the growth, and the greatest rise since. */
  base: number;
  rise: number;
  /** Slot in which the rise had last grown by a tenth, and the rise then. */
  progressed: number;
  progress: number;
  /** How often it has stood still so far. */
  halts: number;
}

export class GrowthDetector implements Detector {
  static isFor(): boolean {
    return true;
  }

  static sizeOf({ sizes }: Scale): number {
    return SignEvidence.sizeOf(sizes.length) + Lives.sizeOf();
  }

  readonly #metric: JudgedMetric;
  readonly #series: Series;
  readonly #patience: Patience;
  readonly #evidence: SignEvidence;
  #falseAlarmsPerYear: number;
  /** Absent while it is quiet. */
  #finding: Finding | undefined;
  /** A leak that stood still and has given nothing back: if it goes on, it is the same. */
  #halted: Finding | undefined;
  /** Slots of earlier lives. */
  #served = 0;
  readonly #lives: Lives;

  constructor({ metric, series, falseAlarmsPerYear, arena }: DetectorContext) {
    this.#metric = metric;
    this.#series = series;
    this.#falseAlarmsPerYear = falseAlarmsPerYear;
    this.#patience = patienceOf(series.floors.scale);
    this.#evidence = new SignEvidence(series.floors.levels, arena);
    this.#lives = new Lives(series.floors, arena);
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
    this.#lives.restart(this.#patience.learning);
    this.#served += this.#series.floors.slots;
    this.#finding = undefined;
    this.#halted = undefined;
  }

  learned(): Omit<LearnedSeries, 'startedAt'> {
    const { floors } = this.#series;
    return {
      slots: this.#served + floors.slots,
      lives: this.#lives.learned(this.#patience.learning),
      floorFalls: fallsOf(floors.floors, floors.levels),
      meanFalls: fallsOf(floors.means, floors.levels),
      evidence: this.#evidence.learned(),
    };
  }

  learn({ slots, lives, floorFalls, meanFalls, evidence }: LearnedSeries): void {
    const { floors } = this.#series;
    // It was learned on blocks of other lengths, at another interval.
    if (floorFalls.length !== floors.levels) return;
    this.#served = slots;
    if (lives) this.#lives.learn(lives);
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

  slotClosed(): void {
    this.#lives.slotClosed();
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
    if (this.#finding?.stage === 'leak') this.#followProgress(floors, level, this.#finding);
  }

  /** Evidence needed on this level, so that all levels together keep the budget. */
  #bar({ levels, scale }: Floors, level: number): number {
    const blocksPerYear = SECONDS_PER_YEAR / (scale.intervalSeconds * scale.sizes[level]!);
    return Math.max(LEAST_BAR, (levels * blocksPerYear) / this.#falseAlarmsPerYear);
  }

  #judge(floors: Floors, level: number): Stage {
    if (level < floors.scale.finestJudged) return 'quiet';
    if (level >= floors.scale.doublings && growsOverWeeks(floors, level, this.#metric)) return 'leak';
    const byRank = this.#rankStage(floors, level);
    if (byRank === 'leak') return byRank;
    const bySign = this.#signStage(floors, level);
    return bySign === 'quiet' ? byRank : bySign;
  }

  #signStage(floors: Floors, level: number): Stage {
    const evidence = this.#evidence.of(level);
    const bar = this.#bar(floors, level);
    if (evidence < Math.sqrt(bar) || floors.kept(level) <= SIGN_TRACK.span) return 'quiet';
    const isStrong = evidence >= bar && level >= this.#patience.surestLeakLevel;
    return this.#guarded(SIGN_TRACK, floors, floors.floors, level, isStrong);
  }

  #rankStage(floors: Floors, level: number): Stage {
    const byFloors = this.#rankStageOf(floors, floors.floors, level);
    const byMeans = byFloors === 'leak' ? byFloors : this.#rankStageOf(floors, floors.means, level);
    return byMeans === 'quiet' ? byFloors : byMeans;
  }

  #rankStageOf(floors: Floors, blocks: Blocks, level: number): Stage {
    if (!isRanked(blocks, level, RANK_S.suspect)) return 'quiet';
    const isStrong =
      level >= this.#patience.surestLeakLevel &&
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
      lives: this.#lives,
      bar: this.#bar(floors, level),
    };
    return stageOf(riseOf(track, blocks, level, known));
  }

  #confirm(floors: Floors, level: number, stage: Finding['stage']): void {
    const { slots } = floors;
    const base = floors.floors.mean(level, Math.min(RANK_WINDOW, floors.kept(level) - 1), BASE_SMOOTH);
    const begun = slots - RANK_WINDOW * floors.size(level);
    const now = floors.floor(level, 0);
    if (this.#halted && !this.#goesOn(this.#halted, floors)) return;
    this.#finding ??= this.#halted ?? {
      stage,
      level,
      surestLevel: level,
      confirmed: slots,
      begun,
      base,
      rise: 0,
      progressed: slots,
      progress: 0,
      halts: 0,
    };
    this.#halted = undefined;
    const finding = this.#finding;
    // The base is lower than was known: the growth began earlier. Right after a gap the base is unknown at first.
    if (!(base >= finding.base - TENTH * finding.rise) && begun < finding.begun) finding.begun = begun;
    if (Number.isNaN(finding.base) || base < finding.base) finding.base = base;
    if (stage !== finding.stage) finding.level = level;
    if (stage !== finding.stage || level > finding.surestLevel) finding.surestLevel = level;
    finding.stage = stage;
    finding.confirmed = slots;
    const rise = now - finding.base;
    if (rise > finding.rise) finding.rise = rise;
  }

  /** Has a leak that stood still grown on? Or was it given back or long ago, so that what grows now is another? */
  #goesOn(halted: Finding, floors: Floors): boolean {
    const rise = floors.floor(this.#levelOfProgress(halted), 0) - halted.base;
    const since = floors.slots - halted.progressed;
    if (since > this.#endedAfter(halted.progressed - halted.begun) || rise < GIVEN_BACK * halted.rise) {
      this.#halted = undefined;
      return true;
    }
    if (!(rise >= halted.progress * (1 + this.#partOf(halted, halted.progress)))) return false;
    halted.progressed = floors.slots;
    halted.progress = rise;
    return true;
  }

  /** Growth that stands still is no leak any more, long before a leak of days would be given up. */
  #followProgress(floors: Floors, level: number, finding: Finding): void {
    if (level !== this.#levelOfProgress(finding)) return;
    const rise = floors.floor(level, 0) - finding.base;
    if (Number.isNaN(rise)) return;
    const part = this.#partOf(finding, rise);
    // The mark goes down with the floor, so that the growth does not have to exceed a burst first.
    if (rise < finding.progress) finding.progress = rise;
    else if (rise >= finding.progress + part * rise) {
      finding.progress = rise;
      finding.progressed = floors.slots;
    }
    // Each time it has to stand still twice as long, so that a leak in fits and starts is told a few times only.
    const patience = STALLED * 2 ** finding.halts * part * (finding.progressed - finding.begun);
    if (floors.slots - finding.progressed <= patience) return;
    finding.halts++;
    this.#halted = finding;
    this.#finding = undefined;
  }

  /** Slots without growth that end a leak which grew for so many slots. */
  #endedAfter(grew: number): number {
    return Math.max(ENDED_DAYS * this.#series.floors.scale.day, grew);
  }

  /** The level on whose blocks the progress of a growth is followed: 24 to 48 of them are as long as it was. */
  #levelOfProgress({ progressed, begun }: Finding): number {
    const { scale } = this.#series.floors;
    return Math.max(scale.finestJudged, levelOf(scale, (progressed - begun) / PARTS));
  }

  /**
   * The share of a rise that is progress: a tenth, or as much as the series falls by anyway or as one thing more, and all
   * of it at most.
   */
  #partOf(finding: Finding, rise: number): number {
    const fall = this.#series.floors.floors.drawdown(this.#levelOfProgress(finding));
    return Math.max(TENTH, Math.min(1, Math.max(fall, grainOf(this.#metric)) / rise));
  }

  /** Growth ends when the floor has given back half of its rise, or when nothing has confirmed it for long. */
  #review(floors: Floors, finding: Finding): void {
    const { stage, surestLevel, confirmed, begun } = finding;
    const rise = floors.floor(surestLevel, 0) - finding.base;
    if (rise > finding.rise) finding.rise = rise;
    const givenBack = rise < GIVEN_BACK * finding.rise;
    const unconfirmed = floors.slots - confirmed;
    const patience =
      stage === 'suspect' ? SUSPICION_BLOCKS * floors.size(surestLevel) : this.#endedAfter(confirmed - begun);
    if (givenBack || unconfirmed > patience) this.#finding = undefined;
  }
}

/** The deepest fall of each level; 0 where none is kept. */
function fallsOf(blocks: Blocks, levels: number): number[] {
  return Array.from({ length: levels }, (_, level) => (level < blocks.finest ? 0 : blocks.drawdown(level)));
}
