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
import type { Floors } from '../series/floors.ts';
import { levelOf, type Scale } from '../series/scale.ts';
import { isConcave, isRanked, isSlowing, isStep, lateRise, RANK_WINDOW, roseToTheEnd } from './rises.ts';
import { SignEvidence } from './sign-evidence.ts';

const SIGN_WINDOW = 20;
/** Each end of a window is averaged over so many blocks. */
const RANK_SMOOTH = 2;
const SIGN_SMOOTH = 4;
/** Blocks that must have been seen before a rank window: fewer tell nothing of how deep it falls. */
const BLOCKS_BEFORE = 3;
/** The deepest fall of a walk without a drift grows with the root of its length: a short one has told less of it. */
const WALK = 14;
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
  /** Finest level that is looked at: its windows are 16 and 32 minutes. A rise that is over sooner is a burst. */
  readonly suspectLevel: number;
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
    suspectLevel: levelOf(scale, hour / 45),
    leakLevel: levelOf(scale, hour / 11.25),
    heapLevel: levelOf(scale, hour / 6),
    stairs: Math.round(day / 5),
    sustained: Math.ceil(hour / 6),
  };
}

export class GrowthDetector {
  readonly #metric: Grower;
  readonly #patience: Patience;
  readonly #evidence: SignEvidence;
  readonly #scale: Scale;
  /** Per level: blocks in a row on which the rank track found a leak. */
  readonly #found: Uint8Array;
  #falseAlarmsPerYear: number;
  #stage: Stage = 'quiet';
  #level = 0;
  /** The coarsest level that has confirmed it: the end is looked for there. */
  #surestLevel = 0;
  /** Slot in which the stage was last confirmed, and in which it began. */
  #confirmed = 0;
  #begun = 0;
  /** Floor before the growth that the stage rests on, and the rise seen since. */
  #base = 0;
  #rise = 0;
  /** Slots of the incarnations before this one. */
  #served = 0;
  /** What those of them that settled have settled at, at the most; NaN = none has. */
  #settledAt = Number.NaN;

  /** @param falseAlarmsPerYear that this one series may raise, over all its levels */
  constructor(metric: Grower, scale: Scale, falseAlarmsPerYear: number) {
    this.#metric = metric;
    this.#falseAlarmsPerYear = falseAlarmsPerYear;
    this.#scale = scale;
    this.#patience = patienceOf(this.#scale);
    this.#evidence = new SignEvidence(this.#scale.sizes.length);
    this.#found = new Uint8Array(this.#scale.sizes.length);
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** The level that the stage was found on. */
  get level(): number {
    return this.#level;
  }

  /** The budget of a host is shared: with more series the bar of each is higher. */
  set falseAlarmsPerYear(perYear: number) {
    this.#falseAlarmsPerYear = perYear;
  }

  /** Another incarnation begins. What this one has taught is kept. @param floors of this one, before they are cleared */
  restart(floors: Floors): void {
    this.#settledAt = this.#settledUntil(floors);
    this.#served += floors.slots;
    this.#found.fill(0);
    this.#stage = 'quiet';
    this.#level = 0;
    this.#surestLevel = 0;
    this.#confirmed = 0;
    this.#base = 0;
    this.#rise = 0;
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
      floors.means.learnDrawdown(level, meanFalls[level]!);
    }
    this.#evidence.learn(evidence);
  }

  /** Natural logarithm of an e-value of this series. */
  logEvidence(): number {
    let sum = 0;
    const levels = this.#found.length;
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
    if (stage === 'leak' || (stage === 'suspect' && this.#stage !== 'leak')) this.#confirm(floors, level, stage);
    else if (level === this.#surestLevel) this.#review(floors);
  }

  /** What lives have settled at, at the most, if this one ended now. */
  #settledUntil(floors: Floors): number {
    if (floors.slots < this.#patience.learning || roseToTheEnd(floors)) return this.#settledAt;
    const peak = floors.floors.peak(this.#patience.suspectLevel);
    return this.#settledAt >= peak ? this.#settledAt : peak;
  }

  /** Evidence needed on this level, so that all levels together keep the budget. */
  #bar(floors: Floors, level: number): number {
    const blocksPerYear = SECONDS_PER_YEAR / (this.#scale.intervalSeconds * floors.size(level));
    return Math.max(20, (floors.levels * blocksPerYear) / this.#falseAlarmsPerYear);
  }

  #judge(floors: Floors, level: number): Stage {
    const { suspectLevel, leakLevel } = this.#patience;
    if (level < suspectLevel) return 'quiet';
    let stage = this.#rankStage(floors, level);
    const evidence = this.#evidence.of(level);
    const bar = this.#bar(floors, level);
    if (stage !== 'leak' && evidence >= Math.sqrt(bar) && floors.kept(level) > SIGN_WINDOW) {
      const strong = evidence >= bar && level >= leakLevel;
      const signStage = this.#guard(floors, floors.floors, level, SIGN_WINDOW, strong);
      if (signStage !== 'quiet') stage = signStage;
    }
    return stage;
  }

  #rankStage(floors: Floors, level: number): Stage {
    const { leakLevel, sustained } = this.#patience;
    const strong = level >= leakLevel && this.#blocksBefore(floors, level) >= BLOCKS_BEFORE;
    let stage: Stage = 'quiet';
    if (isRanked(floors.floors, level)) stage = this.#guard(floors, floors.floors, level, RANK_WINDOW, strong);
    if (stage !== 'leak' && isRanked(floors.means, level)) {
      const byMeans = this.#guard(floors, floors.means, level, RANK_WINDOW, strong);
      if (byMeans !== 'quiet') stage = byMeans;
    }
    if (stage !== 'leak') {
      this.#found[level] = 0;
      return stage;
    }
    if (this.#found[level]! < 255) this.#found[level] = this.#found[level]! + 1;
    return this.#found[level]! * floors.size(level) >= sustained ? 'leak' : 'suspect';
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

  #confirm(floors: Floors, level: number, stage: Stage): void {
    const base = floors.floors.mean(level, Math.min(RANK_WINDOW, floors.kept(level) - 1), 2);
    if (this.#stage === 'quiet') this.#begun = floors.slots - RANK_WINDOW * floors.size(level);
    // Right after a gap it is unknown; the next confirmation will know.
    if (this.#stage === 'quiet' || Number.isNaN(this.#base) || base < this.#base) this.#base = base;
    if (stage !== this.#stage) this.#level = level;
    if (stage !== this.#stage || level > this.#surestLevel) this.#surestLevel = level;
    this.#stage = stage;
    this.#confirmed = floors.slots;
    const rise = floors.floor(level, 0) - this.#base;
    if (rise > this.#rise) this.#rise = rise;
  }

  /** Growth ends when the floor has given back half of what it took, or when nothing has confirmed it for long. */
  #review(floors: Floors): void {
    if (this.#stage === 'quiet') return;
    const rise = floors.floor(this.#surestLevel, 0) - this.#base;
    if (rise > this.#rise) this.#rise = rise;
    const givenBack = rise < this.#rise / 2;
    const unconfirmed = floors.slots - this.#confirmed;
    const patience =
      this.#stage === 'suspect'
        ? SUSPICION_BLOCKS * floors.size(this.#surestLevel)
        : Math.max(ENDED_DAYS * this.#scale.day, this.#confirmed - this.#begun);
    if (givenBack || unconfirmed > patience) {
      this.#stage = 'quiet';
      this.#rise = 0;
    }
  }
}

/** How deep each level ever fell. */
function fallsOf(blocks: Blocks, levels: number): number[] {
  return Array.from({ length: levels }, (_, level) => blocks.drawdown(level));
}
