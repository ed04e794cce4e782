/**
 * Sustained growth of a series, on every scale at once.
 *
 *   leak                    not a leak: step, warm-up,     sawtooth
 *              _/           ____         ______              /| /| /|
 *          _/~~             |           /                   / |/ |/ |
 *   ____/~~             ____|         _/                   /
 *
 * Two tracks look at each block that closes. The sign track asks for evidence that the floor is likelier to rise than
 * to fall, and so keeps its rate of false alarms for any noise without a drift. The rank track sees twelve blocks that
 * rise almost one by one, by their floors or by their means, and is fast. What
 * those cannot tell from growth (a tooth of a saw, a step, a warm-up) the guards keep out, with what the series has been
 * seen to do before: above all how deep it ever fell, since a rise of that size is nothing new.
 */
import type { LearnedSeries } from '../model/learned.ts';
import type { Blocks } from '../series/blocks.ts';
import type { FloatArena } from '../series/float-arena.ts';
import type { Floors } from '../series/floors.ts';
import { levelOf, type Scale } from '../series/scale.ts';
import { isConcave, isRanked, isSlowing, isStep, lateRise, RANK_S, RANK_WINDOW, roseToTheEnd } from './rises.ts';
import { SignEvidence } from './sign-evidence.ts';

const SIGN_WINDOW = 20;
/** Each end of a window is averaged over so many blocks. */
const RANK_SMOOTH = 2;
const SIGN_SMOOTH = 4;
/** Blocks that must have been seen before a rank window: fewer tell nothing of how deep it falls. */
const BLOCKS_BEFORE = 3;
/** The deepest fall of a walk without a drift grows with the root of its length: a short one has told less of it. */
const WALK = 16;
/** Days of earlier incarnations after which what those did is known. */
const DAYS_BEFORE = 3;

/** Without strong evidence a rise must exceed the deepest fall ever seen by this much to be suspected. */
const SUSPICIOUS_DRAWDOWNS = 1.5;
/** A leak by ranks must exceed it by the logarithm of the bar over this: rarer false alarms ask for more. */
const BAR_PER_DRAWDOWN = 8.5;
const LEAST_DRAWDOWNS = 1.25;
/** Until so many days have been seen, the change from weekend to week may be still to come: more is asked for. */
const WEEKEND_DAYS = 4;
const BEFORE_WEEKEND = 1.3;
/** A young heap settles: unless the second half of its life brought this share of it, it is not even suspected. */
const SETTLING_SHARE = 0.25;
/** A suspicion that has not been renewed for so many blocks of its level is dropped. */
const SUSPICION_BLOCKS = 24;
/** A leak that has not been confirmed for as long as it grew, or so many days, has come to an end. */
const ENDED_DAYS = 1.5;

export type Stage = 'quiet' | 'suspect' | 'leak';

/** The part of a row of the table of metrics that matters here. */
export interface Grower {
  /** Rises smaller than these are of no practical size: in units, and as a share of the level. */
  readonly minimumRise: number;
  readonly minimumRiseRatio: number;
  readonly warmsUp: boolean;
}

const SECONDS_PER_YEAR = 365.25 * 86_400;

/** When what is known of a series allows which finding; slots and levels. */
interface Patience {
  /** No leak before this: start-up and its ramps are over by then. */
  readonly learning: number;
  /** No suspicion before this, of a metric that does not rise while a program warms up. */
  readonly suspecting: number;
  /** Younger than this it may not have seen its daily cycle. */
  readonly young: number;
  /** Finest level on which a rise may be a leak: its window is an hour. */
  readonly leakLevel: number;
  /** ... and of a young heap: two hours. */
  readonly heapLevel: number;
  /** On blocks as long as this, several steps in one window are nothing rare. */
  readonly stairs: number;
  /** A finding must hold for so long. */
  readonly sustained: number;
}

let latest: { readonly scale: Scale; readonly patience: Patience } | undefined;

export function patienceOf(scale: Scale): Patience {
  // All series of a host have the same.
  if (latest?.scale !== scale) latest = { scale, patience: makePatience(scale) };
  return latest.patience;
}

function makePatience(scale: Scale): Patience {
  const { hour, day } = scale;
  return {
    learning: hour,
    suspecting: Math.ceil(hour / 3),
    young: Math.round(1.25 * day),
    leakLevel: levelOf(scale, hour / 11.25),
    heapLevel: levelOf(scale, hour / 6),
    stairs: Math.round(day / 5),
    sustained: Math.ceil(hour / 6),
  };
}

/** What a stage rests on. */
interface Finding {
  stage: Exclude<Stage, 'quiet'>;
  /** That it was found on. */
  level: number;
  /** The coarsest level that has confirmed it: the end is looked for there. */
  surestLevel: number;
  /** Slot in which it was last confirmed, and in which the growth began. */
  confirmed: number;
  readonly begun: number;
  /** Floor before the growth, and the rise seen since. */
  base: number;
  rise: number;
}

export class GrowthDetector {
  /** Floats that it takes from the arena. */
  static sizeOf({ sizes }: Scale): number {
    return SignEvidence.sizeOf(sizes.length);
  }

  readonly #metric: Grower;
  readonly #patience: Patience;
  readonly #evidence: SignEvidence;
  readonly #scale: Scale;
  /** One bit for each level on whose last block the rank track found a leak. */
  #found = 0;
  #falseAlarmsPerYear: number;
  /** Absent while it is quiet. */
  #finding: Finding | undefined;
  /** Slots of the incarnations before this one. */
  #served = 0;
  /** What those of them that settled have settled at, at the most; NaN = none has. */
  #settledAt = Number.NaN;

  /** @param falseAlarmsPerYear that this one series may raise, over all its levels */
  constructor(metric: Grower, scale: Scale, falseAlarmsPerYear: number, arena: FloatArena) {
    this.#metric = metric;
    this.#falseAlarmsPerYear = falseAlarmsPerYear;
    this.#scale = scale;
    this.#patience = patienceOf(this.#scale);
    this.#evidence = new SignEvidence(this.#scale.sizes.length, arena);
  }

  get stage(): Stage {
    return this.#finding?.stage ?? 'quiet';
  }

  /** The level that the stage was found on; of no meaning while it is quiet. */
  get level(): number {
    return this.#finding?.level ?? 0;
  }

  /** The budget of a host is shared: with more series the bar of each is higher. */
  set falseAlarmsPerYear(perYear: number) {
    this.#falseAlarmsPerYear = perYear;
  }

  /** Another incarnation begins. What this one has taught is kept. @param floors of this one, before they are cleared */
  restart(floors: Floors): void {
    this.#settledAt = this.#settledUntil(floors);
    this.#served += floors.slots;
    this.#found = 0;
    this.#finding = undefined;
  }

  /** What would be kept if another incarnation began now. @param floors of this one */
  learned(floors: Floors): LearnedSeries {
    const settledAt = this.#settledUntil(floors);
    return {
      slots: this.#served + floors.slots,
      ...(Number.isFinite(settledAt) && { settledAt }),
      floorFalls: fallsOf(floors.floors, floors.levels),
      meanFalls: fallsOf(floors.means, floors.levels),
      evidence: this.#evidence.learned(),
    };
  }

  /** Before the first reading: what another life of leakwatch has learned. Of other lengths of blocks it says nothing. */
  learn({ slots, settledAt = Number.NaN, floorFalls, meanFalls, evidence }: LearnedSeries, floors: Floors): void {
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
    const levels = this.#scale.sizes.length;
    for (let level = 0; level < levels; level++) sum += this.#evidence.eValueOf(level);
    return Math.log(sum / levels);
  }

  /** To be called for each level that closes a block, lowest first. */
  blockClosed(floors: Floors, level: number): void {
    const { warmsUp } = this.#metric;
    const { learning, suspecting } = this.#patience;
    const { slots } = floors;
    if (slots > learning || !warmsUp) this.#evidence.blockClosed(floors, level);
    if (slots < (warmsUp ? learning : suspecting)) return;
    const stage = this.#judge(floors, level);
    if (stage === 'leak' || (stage === 'suspect' && this.stage !== 'leak')) this.#confirm(floors, level, stage);
    else if (level === this.#finding?.surestLevel) this.#review(floors, this.#finding);
  }

  /** What lives have settled at, at the most, if this one ended now. */
  #settledUntil(floors: Floors): number {
    if (floors.slots < this.#patience.learning || roseToTheEnd(floors)) return this.#settledAt;
    const peak = floors.floors.peak(this.#scale.finestJudged);
    return this.#settledAt >= peak ? this.#settledAt : peak;
  }

  /** Evidence needed on this level, so that all levels together keep the budget. */
  #bar(floors: Floors, level: number): number {
    const blocksPerYear = SECONDS_PER_YEAR / (this.#scale.intervalSeconds * floors.size(level));
    return Math.max(20, (floors.levels * blocksPerYear) / this.#falseAlarmsPerYear);
  }

  #judge(floors: Floors, level: number): Stage {
    if (level < this.#scale.finestJudged) return 'quiet';
    let stage = this.#rankStage(floors, level);
    const evidence = this.#evidence.of(level);
    const bar = this.#bar(floors, level);
    if (stage !== 'leak' && evidence >= Math.sqrt(bar) && floors.kept(level) > SIGN_WINDOW) {
      const strong = evidence >= bar && level >= this.#patience.leakLevel;
      const signStage = this.#guard(floors, floors.floors, level, SIGN_WINDOW, strong);
      if (signStage !== 'quiet') stage = signStage;
    }
    return stage;
  }

  #rankStage(floors: Floors, level: number): Stage {
    const { leakLevel, sustained } = this.#patience;
    const strong = level >= leakLevel && this.#blocksBefore(floors, level) >= BLOCKS_BEFORE;
    let stage = this.#rankStageOf(floors, floors.floors, level, strong);
    if (stage !== 'leak') {
      const byMeans = this.#rankStageOf(floors, floors.means, level, strong);
      if (byMeans !== 'quiet') stage = byMeans;
    }
    const bit = 1 << level;
    const foundBefore = (this.#found & bit) !== 0;
    if (stage !== 'leak') {
      this.#found &= ~bit;
      return stage;
    }
    this.#found |= bit;
    // Two blocks of the finest level that may call it a leak last for so long.
    return foundBefore || floors.size(level) >= sustained ? 'leak' : 'suspect';
  }

  #rankStageOf(floors: Floors, blocks: Blocks, level: number, strong: boolean): Stage {
    if (!isRanked(blocks, level, RANK_S.suspect)) return 'quiet';
    return this.#guard(floors, blocks, level, RANK_WINDOW, strong && isRanked(blocks, level, RANK_S.leak));
  }

  /** Blocks of this level before the rank window, in this incarnation and earlier ones. */
  #blocksBefore(floors: Floors, level: number): number {
    return (this.#served + floors.slots) / floors.size(level) - RANK_WINDOW;
  }

  /** What the rise over one window amounts to, once the guards have seen it. */
  #guard(floors: Floors, blocks: Blocks, level: number, window: number, strong: boolean): Stage {
    const { minimumRise, minimumRiseRatio, warmsUp } = this.#metric;
    const sign = window === SIGN_WINDOW;
    const span = sign ? window : window - 1;
    const smooth = sign ? SIGN_SMOOTH : RANK_SMOOTH;
    const base = blocks.mean(level, span, smooth);
    const now = Math.min(blocks.at(level, 0), blocks.mean(level, 0, smooth));
    const rise = now - base;
    const drawdown = blocks.drawdown(level);
    if (!(rise > 0) || rise < Math.max(minimumRise, minimumRiseRatio * base)) return 'quiet';
    if (
      isStep(blocks, level, span, rise, floors.size(level) >= this.#patience.stairs) ||
      isSlowing(blocks, level, span, smooth, rise)
    )
      return 'quiet';
    const peak = blocks.peakUntil(level, span);
    if (now < peak || rise < (sign && strong ? 1 : SUSPICIOUS_DRAWDOWNS) * drawdown) return 'quiet';
    const { young: youth, learning } = this.#patience;
    const young = floors.slots < youth;
    const isFirst = young && this.#served < DAYS_BEFORE * this.#scale.day;
    if (isFirst && warmsUp && lateRise(floors) < SETTLING_SHARE * base) return 'quiet';
    if (!strong || floors.slots < learning) return 'suspect';
    const drawdowns =
      Math.max(
        LEAST_DRAWDOWNS,
        Math.log(this.#bar(floors, level)) / BAR_PER_DRAWDOWN,
        WALK / Math.sqrt(this.#blocksBefore(floors, level)),
      ) * (this.#served + floors.slots < WEEKEND_DAYS * this.#scale.day ? BEFORE_WEEKEND : 1);
    const isNew = sign
      ? now >= peak + 0.5 * drawdown && (!young || rise >= drawdowns * drawdown)
      : rise >= drawdowns * Math.max(drawdown, isFirst && !warmsUp ? 0 : blocks.drawupUntil(level, span));
    const isKnown =
      young &&
      (!this.#outgrows(level, base, rise, now, drawdown) ||
        // An hour's work is what programs do.
        (isFirst && warmsUp && isStep(blocks, level, span, rise, true)));
    return isNew && !isKnown && !isConcave(floors, now) ? 'leak' : 'suspect';
  }

  /** Of a young incarnation: is this more than its start, or the morning of its first day, may be? */
  #outgrows(level: number, base: number, rise: number, now: number, drawdown: number): boolean {
    if (this.#served >= DAYS_BEFORE * this.#scale.day) return !(now <= this.#settledAt + 0.5 * drawdown);
    return rise >= Math.abs(base) && (!this.#metric.warmsUp || level >= this.#patience.heapLevel);
  }

  #confirm(floors: Floors, level: number, stage: Finding['stage']): void {
    const { slots } = floors;
    const base = floors.floors.mean(level, Math.min(RANK_WINDOW, floors.kept(level) - 1), 2);
    const begun = slots - RANK_WINDOW * floors.size(level);
    this.#finding ??= { stage, level, surestLevel: level, confirmed: slots, begun, base, rise: 0 };
    const finding = this.#finding;
    // Right after a gap it is unknown; the next confirmation will know.
    if (Number.isNaN(finding.base) || base < finding.base) finding.base = base;
    if (stage !== finding.stage) finding.level = level;
    if (stage !== finding.stage || level > finding.surestLevel) finding.surestLevel = level;
    finding.stage = stage;
    finding.confirmed = slots;
    const rise = floors.floor(level, 0) - finding.base;
    if (rise > finding.rise) finding.rise = rise;
  }

  /** Growth ends when the floor has given back half of what it took, or when nothing has confirmed it for long. */
  #review(floors: Floors, finding: Finding): void {
    const { stage, surestLevel, confirmed, begun } = finding;
    const rise = floors.floor(surestLevel, 0) - finding.base;
    if (rise > finding.rise) finding.rise = rise;
    const givenBack = rise < finding.rise / 2;
    const unconfirmed = floors.slots - confirmed;
    const patience =
      stage === 'suspect'
        ? SUSPICION_BLOCKS * floors.size(surestLevel)
        : Math.max(ENDED_DAYS * this.#scale.day, confirmed - begun);
    if (givenBack || unconfirmed > patience) this.#finding = undefined;
  }
}

/** How deep each level ever fell; 0 where that is not kept. */
function fallsOf(blocks: Blocks, levels: number): number[] {
  return Array.from({ length: levels }, (_, level) => (level < blocks.finest ? 0 : blocks.drawdown(level)));
}
