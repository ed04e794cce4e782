/**
 * The guards: reasons not to believe a rise, in the order of the section "Guards" of docs/detection.md. The tracks find
 * what noise does not explain; a sawtooth, a step and a warm-up are no noise, and the guards keep them out.
 *
 * The lists of the two tracks say which guards make a rise quiet and which leave it a suspicion. Each guard is a pure
 * function of one `Rise`; a new one is a function and a place in a list.
 */
import type { Blocks } from '../series/blocks.ts';
import type { Floors } from '../series/floors.ts';
import type { JudgedMetric, Stage } from './detector.ts';
import type { Patience } from './patience.ts';
import { type Ascent, isConcave, isSlowing, isStepwise, lateRise, PARTAKING, RANK_WINDOW } from './rises.ts';

// `npm run bench:detection -- --constant NAME=VALUE` shows the false alarms and the leaks found with another value.

/**
 * Memory in its first life is settling unless the second half of that life has added this share of the height before
 * the rise. Less: warm-ups are suspected (their family has most of the suspicions); more: leaks from birth are
 * suspected later.
 */
const SETTLING_SHARE = 0.25;
/** A rise must exceed the deepest fall by this factor to be suspected. Less: more suspicions; more: later ones. */
const FALLS_TO_SUSPECT = 1.5;
/** If the evidence of the sign track is enough for a leak, the rise must exceed the deepest fall, and by no factor. */
const FALLS_TO_SUSPECT_PROVEN = 1;
/** A leak must exceed what was seen before by the logarithm of the bar over this (measured: ADR 0017, column b). */
const BAR_PER_FALL = 8.5;
/** That factor is at least so large: it decides on blocks of hours, where the bar is low. */
const LEAST_FALLS = 1.25;
/**
 * It is also at least this over the root of the number of blocks seen before, since the range of a walk without a drift
 * grows as that root (measured: ADR 0017, column w).
 */
const WALK = 16;
/** It grows by this much until a change from weekend to week has been seen. Less: a first Monday is likelier a leak. */
const BEFORE_WEEKEND = 1.3;
/**
 * Share of the deepest fall by which a former peak must be exceeded. Less: chance records count; more: leaks wait
 * longer.
 */
const ABOVE_PEAK = 0.5;

/** What the guards need to know beside the window. */
export interface Known {
  readonly metric: JudgedMetric;
  readonly patience: Patience;
  readonly floors: Floors;
  /** Is the evidence of the track enough for a leak? */
  readonly isStrong: boolean;
  /** Slots of earlier lives, and the height at which those that settled have settled; NaN = none has. */
  readonly served: number;
  readonly settledAt: number;
  /** Evidence that the budget of false alarms asks for on this level. */
  readonly bar: number;
}

/** A rise over one window, and what is known of its series. Heights are in the metric's unit, times in slots. */
export interface Rise extends Ascent, Known {
  readonly track: Track;
  /** Height before the rise, and the lower of the newest block and its average. */
  readonly base: number;
  readonly now: number;
  /** How deep this level ever fell, in this life or an earlier one. */
  readonly drawdown: number;
}

/** @returns whether the rise is to be disbelieved */
export type Guard = (rise: Rise) => boolean;

/** How a track looks at a window. */
export interface Track {
  /** Increments that the rise is measured over: it takes one block more. */
  readonly span: number;
  /** Blocks that each end is averaged over. */
  readonly smooth: number;
  /** The deepest falls that a rise must exceed to be suspected, if the evidence is enough for a leak. */
  readonly fallsIfStrong: number;
  /** If one of these applies, it is not even suspected. */
  readonly quietIf: readonly Guard[];
  /** If one of these applies, it is suspected and no leak. */
  readonly suspectIf: readonly Guard[];
}

/** Of both tracks. */
const QUIET: readonly Guard[] = [
  isTooSmall,
  isStillSettling,
  isStep,
  isSlowing,
  isBelowFormerPeak,
  isWithinFormerFalls,
];

/** The evidence of the signs is gathered over any number of blocks; the rise is measured over twenty. */
export const SIGN_TRACK: Track = {
  span: 20,
  smooth: 4,
  fallsIfStrong: FALLS_TO_SUSPECT_PROVEN,
  quietIf: QUIET,
  suspectIf: [
    isWeak,
    isLearning,
    isHardlyAbovePeak,
    isYoungWithinFalls,
    isConcaveInLife,
    isWithinFormerLives,
    isLessThanItsHeight,
    isShortForHeap,
    isJobOfHeap,
  ],
};

/** Twelve blocks that rise almost one by one. */
export const RANK_TRACK: Track = {
  span: RANK_WINDOW - 1,
  smooth: 2,
  fallsIfStrong: FALLS_TO_SUSPECT,
  quietIf: QUIET,
  suspectIf: [
    isWeak,
    isLearning,
    isWithinFormerMoves,
    isConcaveInLife,
    isWithinFormerLives,
    isLessThanItsHeight,
    isShortForHeap,
    isJobOfHeap,
  ],
};

/** What a rise amounts to, once the guards of its track have seen it. */
export function stageOf(rise: Rise): Stage {
  const applies = (guard: Guard) => guard(rise);
  if (rise.track.quietIf.some(applies)) return 'quiet';
  return rise.track.suspectIf.some(applies) ? 'suspect' : 'leak';
}

/**
 * The rise over the newest window of a track. Called for most blocks of a leak, so it lists the fields: a spread is
 * slow.
 */
export function riseOf(track: Track, blocks: Blocks, level: number, known: Known): Rise {
  const { span, smooth } = track;
  const { metric, patience, floors, isStrong, served, settledAt, bar } = known;
  const base = blocks.mean(level, span, smooth);
  const now = Math.min(blocks.at(level, 0), blocks.mean(level, 0, smooth));
  const rise = now - base;
  const drawdown = blocks.drawdown(level);
  return {
    track,
    blocks,
    level,
    span,
    smooth,
    metric,
    patience,
    floors,
    isStrong,
    served,
    settledAt,
    bar,
    base,
    now,
    rise,
    drawdown,
  };
}

/** Blocks of a level that were seen before the rank window, in this life and earlier ones. */
export function blocksBefore(floors: Floors, level: number, served: number): number {
  return (served + floors.slots) / floors.size(level) - RANK_WINDOW;
}

/** No rise, an unknown one, or one of no practical size. */
export function isTooSmall({ rise, base, metric }: Rise): boolean {
  return !(rise > 0) || rise < Math.max(metric.minimumRise, metric.minimumRiseRatio * base);
}

/** Memory in its first life that has come most of its way already: the program warms up. */
export function isStillSettling(rise: Rise): boolean {
  return isFirstHeap(rise) && lateRise(rise.floors) < SETTLING_SHARE * rise.base;
}

/**
 * One block, or a few, brought it: a deploy, a second worker. On blocks of hours, where steps are usual, more must
 * rise.
 */
export function isStep(rise: Rise): boolean {
  const { floors, level, patience } = rise;
  return isStepwise(rise, floors.size(level) >= patience.stairs ? PARTAKING.strict : PARTAKING.loose);
}

/** The series has been higher in this life. */
export function isBelowFormerPeak(rise: Rise): boolean {
  return rise.now < peakBefore(rise);
}

/** The series has fallen by as much before, so that it may rise by as much without growing. */
export function isWithinFormerFalls({ rise, drawdown, isStrong, track }: Rise): boolean {
  return rise < (isStrong ? track.fallsIfStrong : FALLS_TO_SUSPECT) * drawdown;
}

/** The evidence is not enough for a leak. */
export function isWeak({ isStrong }: Rise): boolean {
  return !isStrong;
}

/** The first hour: start-up and its ramps. */
export function isLearning({ floors, patience }: Rise): boolean {
  return floors.slots < patience.learning;
}

/** Sign track: not clear of the former peak, which is uncertain by a share of what the series falls by. */
export function isHardlyAbovePeak(rise: Rise): boolean {
  return rise.now < peakBefore(rise) + ABOVE_PEAK * rise.drawdown;
}

/** Sign track, young series: its falls may grow deeper still. */
export function isYoungWithinFalls(rise: Rise): boolean {
  return isYoung(rise) && rise.rise < fallsToExceed(rise) * rise.drawdown;
}

/**
 * Rank track: within the range in which the series has moved before, up or down. In its first life a metric that does
 * not warm up is not held against its own rises: they may be the beginning of this one.
 */
export function isWithinFormerMoves(rise: Rise): boolean {
  const { blocks, level, span, drawdown, metric } = rise;
  const drawup = isFirstLife(rise) && !metric.warmsUp ? 0 : blocks.drawupUntil(level, span);
  return rise.rise < fallsToExceed(rise) * Math.max(drawdown, drawup);
}

/** Over its whole life it rises less than growth that goes on: a warm-up, a cache, a pool. */
export function isConcaveInLife({ floors, now }: Rise): boolean {
  return isConcave(floors, now);
}

/** A young life that is no higher than where earlier lives settled. */
export function isWithinFormerLives(rise: Rise): boolean {
  const { now, settledAt, drawdown } = rise;
  return isYoung(rise) && !isFirstLife(rise) && now <= settledAt + ABOVE_PEAK * drawdown;
}

/** A first life that has not risen by its own height: it may not have seen its daily cycle. */
export function isLessThanItsHeight(rise: Rise): boolean {
  return isFirstLife(rise) && rise.rise < Math.abs(rise.base);
}

/** Memory in its first life that has risen for less than two hours. */
export function isShortForHeap(rise: Rise): boolean {
  return isFirstHeap(rise) && rise.level < rise.patience.heapLevel;
}

/** Memory in its first life that rose in a part of the blocks only: a job that took an hour. */
export function isJobOfHeap(rise: Rise): boolean {
  return isFirstHeap(rise) && isStepwise(rise, PARTAKING.strict);
}

/** The highest that this life has been before the rise; -Infinity where there is nothing before it. */
function peakBefore({ blocks, level, span }: Rise): number {
  return blocks.peakUntil(level, span);
}

/** This life may not have seen its daily cycle. */
function isYoung({ floors, patience }: Rise): boolean {
  return floors.slots < patience.young;
}

/** Neither this life nor those before it have lasted long enough to say what is usual. */
function isFirstLife(rise: Rise): boolean {
  return isYoung(rise) && rise.served < rise.patience.known;
}

function isFirstHeap(rise: Rise): boolean {
  return rise.metric.warmsUp && isFirstLife(rise);
}

/** How many times what was seen before a leak must exceed. */
function fallsToExceed({ floors, level, served, bar, patience }: Rise): number {
  const walk = WALK / Math.sqrt(blocksBefore(floors, level, served));
  const falls = Math.max(LEAST_FALLS, Math.log(bar) / BAR_PER_FALL, walk);
  return served + floors.slots < patience.weekend ? BEFORE_WEEKEND * falls : falls;
}
