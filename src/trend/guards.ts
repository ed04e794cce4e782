/**
 * The guards: reasons not to believe a rise, in the order of the section "Guards" of docs/detection.md. The tracks find
 * what noise does not explain; a sawtooth, a step and a warm-up are no noise, and the guards keep them out.
 *
 * The lists of the two tracks say which guards make a rise quiet and which leave it a suspicion. Each guard is a pure
 * function of one `Rise`; a new one is a function and a place in a list.
 */
import type { Stage } from './detector.ts';
import {
  hasRisenEvenly,
  isFirstLife,
  isFirstMorning,
  isInShortWindow,
  isOnLargeTooth,
  isShortFirstLife,
  isUnevenFirstLife,
  isUnevenLife,
  isUsualForItsAge,
  isYoung,
} from './life-guards.ts';
import { blocksBefore, type Guard, type Rise, type Track } from './rise.ts';
import { isConcave, isSlowing, isStepwise, PARTAKING, RANK_WINDOW } from './rises.ts';

// `npm run bench:detection -- --constant NAME=VALUE` shows the false alarms and the leaks found with another value.

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
/**
 * Share of an even part that the last third of a brief window must have brought, without averaging. Less: ramps of nearly
 * two hours are leaks (family `ramps`).
 */
const BRIEF_SHARE = 0.8;
/** Part of an even increment by which a rise has begun. */
const BEGUN_SHARE = 0.5;

/** Of both tracks. */
const QUIET: readonly Guard[] = [
  isTooSmall,
  isStep,
  isSlowing,
  isBelowFormerPeak,
  isWithinFormerFalls,
  isUsualForItsAge,
  isUnevenLife,
  isUnevenFirstLife,
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
    isInShortWindow,
    isHardlyAbovePeak,
    isYoungWithinFalls,
    isConcaveInLife,
    isFirstMorning,
    isShortFirstLife,
    isOnLargeTooth,
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
    isInShortWindow,
    isBriefRamp,
    isWithinFormerMoves,
    isConcaveInLife,
    isFirstMorning,
    isShortFirstLife,
    isOnLargeTooth,
  ],
};

/** What a rise amounts to, once the guards of its track have seen it. */
export function stageOf(rise: Rise): Stage {
  const applies = (guard: Guard) => guard(rise);
  if (rise.track.quietIf.some(applies)) return 'quiet';
  return rise.track.suspectIf.some(applies) ? 'suspect' : 'leak';
}

/** No rise, an unknown one, or one of no practical size. */
export function isTooSmall({ rise, base, metric }: Rise): boolean {
  return !(rise > 0) || rise < Math.max(metric.minimumRise, metric.minimumRiseRatio * base);
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

/**
 * Sign track, young series: its falls may grow deeper still. What has teeth is young until a weekend has been seen: the
 * first tooth that was seen may have been the end of one.
 */
export function isYoungWithinFalls(rise: Rise): boolean {
  const { metric, served, floors, patience } = rise;
  const isYoungSaw = metric.hasTeeth && served + floors.slots < patience.weekend;
  return (isYoung(rise) || isYoungSaw) && rise.rise < fallsToExceed(rise) * rise.drawdown;
}

/**
 * Rank track: within the range in which the series has moved before, up or down. A life that has risen evenly is not
 * held against its own rises: they are the beginning of this one, as of a leak that was there from the start.
 */
export function isWithinFormerMoves(rise: Rise): boolean {
  const { blocks, level, span, drawdown, metric } = rise;
  const factor = fallsToExceed(rise);
  if (rise.rise < factor * drawdown) return true;
  if (isFirstLife(rise) && !metric.warmsUp) return false;
  return rise.rise < factor * blocks.drawupUntil(level, span) && !hasRisenEvenly(rise);
}

/** Over its whole life it rises less than growth that goes on: a warm-up, a cache, a pool. */
export function isConcaveInLife({ floors, now }: Rise): boolean {
  return isConcave(floors, now);
}

/**
 * In a window of a few hours the rise has not begun after the first third, or its last third has brought less than its
 * share: a ramp that is too short, or over.
 */
export function isBriefRamp({ blocks, level, span, rise, base, floors, patience }: Rise): boolean {
  if (span * floors.size(level) >= patience.brief) return false;
  const third = Math.floor(span / 3);
  const early = blocks.at(level, span - third) - base;
  const late = blocks.at(level, 0) - blocks.at(level, third);
  return early < (BEGUN_SHARE * rise) / span || late < BRIEF_SHARE * (third / span) * rise;
}

/** The highest that this life has been before the rise; -Infinity where there is nothing before it. */
function peakBefore({ blocks, level, span }: Rise): number {
  return blocks.peakUntil(level, span);
}

/** How many times what was seen before a leak must exceed. */
function fallsToExceed({ floors, level, served, bar, patience }: Rise): number {
  const walk = WALK / Math.sqrt(blocksBefore(floors, level, served));
  const falls = Math.max(LEAST_FALLS, Math.log(bar) / BAR_PER_FALL, walk);
  return served + floors.slots < patience.weekend ? BEFORE_WEEKEND * falls : falls;
}
