/**
 * Sustained growth of a series' floors, on every scale at once.
 *
 *   leak                    not a leak: step, warm-up,     sawtooth
 *              _/           ____         ______              /| /| /|
 *          _/~~             |           /                   / |/ |/ |
 *   ____/~~             ____|         _/                   /
 *
 * Null hypothesis: given the past, the next floor is as likely to be lower as to be higher. Two tracks look at each
 * block that closes. The sign track multiplies up evidence against the null, a Shiryaev-Roberts e-detector, and so keeps
 * its rate of false alarms for any noise that fits the null (Shin, Ramdas, Rinaldo 2023, arXiv 2203.03532). The rank
 * track sees twelve floors that rise almost one by one (Kendall's S) and is fast. What the null does not cover (a tooth
 * of a saw, a step, a warm-up) the guards keep out. It cannot see a leak smaller than the noise of the floors.
 */
import { type Floors, LEVELS } from '../series/floors.ts';
import { reachesKendallS } from '../stats/kendall.ts';

/** Share of the evidence that each step up or down is bet on; the mean of the three is the evidence. */
const BETS = [0.25, 0.5, 0.75] as const;
/** Keeps a long leak's evidence a finite number. */
const MOST_EVIDENCE = 1e100;

/** Windows of the tracks, in blocks. */
const SIGN_WINDOW = 24;
const RANK_WINDOW = 12;
/** Kendall's S of 12 values is at most 66; 58 has a chance of 1 in a million for exchangeable values. */
const RANK_S = 58;
/** Blocks that must have been seen before the rank track speaks: its window and three more. */
const RANK_HISTORY = 4 * RANK_WINDOW;
/** Finest level that is looked at: its windows are 16 and 32 minutes at 20 s. A rise that is over sooner is a burst. */
const SUSPECT_LEVEL = 2;
/** Finest level on which twelve rising floors are enough for a leak: 32 minutes at 20 s. */
const RANK_LEAK_LEVEL = 3;

/** No leak before this many slots (an hour at 20 s): start-up and its ramps are over by then. */
export const LEARNING_SLOTS = 180;
/** No suspicion before this many, of a metric that does not rise while a program warms up. */
const SUSPECT_SLOTS = 60;
/** Younger than this (30 hours at 20 s) it may not have seen its daily cycle, and must grow by its own height. */
const YOUNG_SLOTS = 5400;
/** A young heap settles: unless the second half of its life brought this share of it, it is not even suspected. */
const SETTLING_SHARE = 0.25;
/** A suspicion that has not been renewed for so many blocks of its level is dropped. */
const SUSPICION_BLOCKS = 24;

/** Without strong evidence a rise must exceed the deepest fall ever seen by this much to be suspected. */
const SUSPICIOUS_DRAWDOWNS = 1.5;

/** The largest rise of one block may be this part of the whole: more is a step. */
const STEP_SHARE = 0.4;
/** The last third of the window must carry this part of its fair share: less is growth that slows. */
const LATE_SHARE = 0.6;
/** The second half of life must have risen this much more than the quarter before it: linear growth has 2, a root 1.4. */
const CONVEXITY = 1.5;

export type Stage = 'quiet' | 'suspect' | 'leak';

export interface GrowthOptions {
  /** Rises smaller than these are of no practical size: in units, and as a share of the level. */
  readonly minimumRise: number;
  readonly minimumRiseRatio: number;
  readonly warmsUp: boolean;
  /** False alarms that this one series may raise in a year, over all its levels. */
  readonly falseAlarmsPerYear: number;
  readonly intervalSeconds: number;
}

const SECONDS_PER_YEAR = 365.25 * 86_400;

export class GrowthDetector {
  readonly #options: GrowthOptions;
  /** Per level: the evidence of each bet. */
  readonly #evidence = new Float64Array(LEVELS * BETS.length);
  /** Per level: their mean. */
  readonly #meanEvidence = new Float64Array(LEVELS);
  #falseAlarmsPerYear: number;
  #stage: Stage = 'quiet';
  #level = 0;
  /** Slot in which the stage was last confirmed. */
  #confirmed = 0;
  /** Floor before the growth that the stage rests on, and the rise seen since. */
  #base = 0;
  #rise = 0;
  /** Highest level whose last window rose into new territory without a step: fit to forecast from. */
  #climbing = -1;
  #climbingUntil = 0;

  constructor(options: GrowthOptions) {
    this.#options = options;
    this.#falseAlarmsPerYear = options.falseAlarmsPerYear;
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

  restart(): void {
    this.#evidence.fill(0);
    this.#meanEvidence.fill(0);
    this.#stage = 'quiet';
    this.#level = 0;
    this.#confirmed = 0;
    this.#base = 0;
    this.#rise = 0;
    this.#climbing = -1;
    this.#climbingUntil = 0;
  }

  /** Natural logarithm of the greatest evidence of any level, 0 where there is none. */
  logEvidence(): number {
    let greatest = 1;
    // Not by iterator: that makes an object of each number.
    for (let level = 0; level < LEVELS; level++) greatest = Math.max(greatest, this.#meanEvidence[level]!);
    return Math.log(greatest);
  }

  /** The level to forecast from, or undefined where nothing climbs now. */
  climbingLevel(floors: Floors): number | undefined {
    return this.#climbing >= 0 && floors.slots <= this.#climbingUntil ? this.#climbing : undefined;
  }

  /** To be called for each level that closes a block, lowest first. */
  blockClosed(floors: Floors, level: number): void {
    this.#bet(floors, level);
    if (floors.slots < (this.#options.warmsUp ? LEARNING_SLOTS : SUSPECT_SLOTS)) return;
    const stage = this.#judge(floors, level);
    if (stage === 'leak' || (stage === 'suspect' && this.#stage !== 'leak')) this.#confirm(floors, level, stage);
    else if (level === this.#level) this.#review(floors);
  }

  #bet(floors: Floors, level: number): void {
    if (floors.kept(level) < 2) return;
    const sign = Math.sign(floors.floor(level, 0) - floors.floor(level, 1));
    if (sign === 0 || Number.isNaN(sign)) return;
    let sum = 0;
    for (let bet = 0; bet < BETS.length; bet++) {
      const at = level * BETS.length + bet;
      this.#evidence[at] = Math.min((this.#evidence[at]! + 1) * (1 + sign * BETS[bet]!), MOST_EVIDENCE);
      sum += this.#evidence[at]!;
    }
    this.#meanEvidence[level] = sum / BETS.length;
  }

  /** Evidence needed on this level, so that all levels together keep the budget. */
  #bar(level: number): number {
    const blocksPerYear = SECONDS_PER_YEAR / (this.#options.intervalSeconds * (1 << level));
    return Math.max(20, (LEVELS * blocksPerYear) / this.#falseAlarmsPerYear);
  }

  #judge(floors: Floors, level: number): Stage {
    const climbs = isClimb(floors, level);
    // The dear question is asked last: three blocks of four are below the finest level that is looked at.
    const ranked = (climbs || level >= SUSPECT_LEVEL) && isRanked(floors, level);
    if (ranked && climbs) {
      this.#climbing = level;
      this.#climbingUntil = floors.slots + 4 * 2 ** level;
    }
    if (level < SUSPECT_LEVEL) return 'quiet';
    let stage: Stage = 'quiet';
    if (ranked) {
      const strong = level >= RANK_LEAK_LEVEL && floors.count(level) >= RANK_HISTORY;
      stage = this.#guard(floors, level, RANK_WINDOW, strong);
    }
    const evidence = this.#meanEvidence[level]!;
    const bar = this.#bar(level);
    if (stage !== 'leak' && evidence >= Math.sqrt(bar) && floors.kept(level) > SIGN_WINDOW) {
      const signStage = this.#guard(floors, level, SIGN_WINDOW, evidence >= bar);
      if (signStage !== 'quiet') stage = signStage;
    }
    return stage;
  }

  /** What the rise over one window amounts to, once the guards have seen it. */
  #guard(floors: Floors, level: number, window: number, strong: boolean): Stage {
    const { minimumRise, minimumRiseRatio } = this.#options;
    const sign = window === SIGN_WINDOW;
    const span = sign ? window : window - 1;
    const smooth = sign ? 4 : 2;
    const base = floors.mean(level, span, smooth);
    const floor = Math.min(floors.floor(level, 0), floors.mean(level, 0, smooth));
    const rise = floor - base;
    const drawdown = floors.drawdown(level);
    if (!(rise > 0) || rise < Math.max(minimumRise, minimumRiseRatio * base)) return 'quiet';
    if (isStep(floors, level, span, rise) || isSlowing(floors, level, span, smooth, rise)) return 'quiet';
    if (floor < floors.peakUntil(level, span) || rise < (sign && strong ? 1 : SUSPICIOUS_DRAWDOWNS) * drawdown)
      return 'quiet';
    const young = floors.slots < YOUNG_SLOTS;
    if (young && this.#options.warmsUp && lateRise(floors) < SETTLING_SHARE * base) return 'quiet';
    const provenHistory = sign ? floor >= floors.peakUntil(level, span) + 0.5 * drawdown : rise >= 2 * drawdown;
    const oldEnough = floors.slots >= LEARNING_SLOTS && (!young || rise >= Math.abs(base));
    return strong && provenHistory && oldEnough && !isConcave(floors) ? 'leak' : 'suspect';
  }

  #confirm(floors: Floors, level: number, stage: Stage): void {
    const base = floors.mean(level, Math.min(RANK_WINDOW, floors.kept(level) - 1), 2);
    // Right after a gap it is unknown; the next confirmation will know.
    if (this.#stage === 'quiet' || Number.isNaN(this.#base) || base < this.#base) this.#base = base;
    if (stage !== this.#stage || level > this.#level) this.#level = level;
    this.#stage = stage;
    this.#confirmed = floors.slots;
    const rise = floors.floor(level, 0) - this.#base;
    if (rise > this.#rise) this.#rise = rise;
  }

  /** A leak ends when the floor has given back half of what it took; a suspicion also when nothing renews it. */
  #review(floors: Floors): void {
    if (this.#stage === 'quiet') return;
    const rise = floors.floor(this.#level, 0) - this.#base;
    if (rise > this.#rise) this.#rise = rise;
    const givenBack = rise < this.#rise / 2;
    const stale = floors.slots - this.#confirmed > SUSPICION_BLOCKS * 2 ** this.#level;
    if (givenBack || (this.#stage === 'suspect' && stale)) {
      this.#stage = 'quiet';
      this.#rise = 0;
    }
  }
}

const window = new Float64Array(RANK_WINDOW);

/** Do the last twelve floors rise almost one by one? */
function isRanked(floors: Floors, level: number): boolean {
  if (floors.kept(level) < RANK_WINDOW) return false;
  for (let at = 0; at < RANK_WINDOW; at++) window[at] = floors.floor(level, RANK_WINDOW - 1 - at);
  return reachesKendallS(window, 0, RANK_WINDOW, RANK_S);
}

/** Does the rank window rise into new territory, and not by one step? Enough for a forecast, not for a verdict. */
function isClimb(floors: Floors, level: number): boolean {
  const span = RANK_WINDOW - 1;
  if (floors.kept(level) <= span) return false;
  const rise = floors.floor(level, 0) - floors.floor(level, span);
  return (
    rise >= floors.drawdown(level) &&
    floors.floor(level, 0) >= floors.peakUntil(level, span) &&
    !isStep(floors, level, span, rise)
  );
}

function isStep(floors: Floors, level: number, span: number, rise: number): boolean {
  let largest = 0;
  for (let back = 0; back < span; back++) {
    const increment = floors.floor(level, back) - floors.floor(level, back + 1);
    if (increment > largest) largest = increment;
  }
  return largest > STEP_SHARE * rise;
}

function isSlowing(floors: Floors, level: number, span: number, smooth: number, rise: number): boolean {
  const third = Math.floor(span / 3);
  const late = floors.mean(level, 0, smooth) - floors.mean(level, third, smooth);
  return late < LATE_SHARE * (third / span) * rise;
}

/** What the second half of its life has added to the floor. */
function lateRise(floors: Floors): number {
  const level = floors.lifeLevel();
  return floors.mean(level, 0, 2) - floors.mean(level, Math.ceil(floors.kept(level) / 2) - 1, 2);
}

/** Over its whole life: has the second half risen less than growth that goes on would? Warm-ups, caches and pools do. */
function isConcave(floors: Floors): boolean {
  const level = floors.lifeLevel();
  const life = floors.kept(level);
  const half = Math.floor(life / 2);
  const quarter = Math.floor(life / 4);
  const now = floors.mean(level, 0, 2);
  const atHalf = floors.mean(level, life - 1 - half, 2);
  const atQuarter = floors.mean(level, life - 1 - quarter, 2);
  return now - atHalf < CONVEXITY * (atHalf - atQuarter);
}
