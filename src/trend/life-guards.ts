/**
 * Guards that ask what a life of the program is like. A start, the morning of a first day and the first tooth of a long
 * saw are no noise, and nothing that was seen before tells them from a leak. What can be known is how evenly this life
 * has risen, and how high earlier lives were at its age.
 *
 * While a life is young (30 hours) it is of one of three kinds. Later it is known, or old: then nothing here matters.
 *
 *   known           earlier lives settled, and one was about as old: what is usual at this age is no growth
 *   never settling  the last lives rose evenly until they ended, for 30 hours together: evenness decides
 *   first           nothing is known: evenness decides, and more time is needed
 */
import { grainOf } from './detector.ts';
import type { Rise } from './rise.ts';
import { evennessOfLife, lateSlots } from './rises.ts';

// `npm run bench:detection -- --constant NAME=VALUE` shows the false alarms and the leaks found with another value.

/**
 * Settled lives differ by at least this share of their height, once two of them and a weekend are known. More: a leak
 * that came with a deploy is found later (family `saturating-lives`: levels differ by 5 %).
 */
const USUAL_SHARE = 0.1;
/** Until then by this share: a Monday was half as high again as the Sunday before (family `dynos`). */
const UNSURE_SHARE = 0.5;
/** Share of the deepest fall by which a height is uncertain. */
const FALL_SHARE = 0.5;
/** Least evenness of a life that counts as even. A line has 1; the start of a program, a wave or a step less. */
const EVEN = 0.75;
/**
 * A suspicion may be so much less even than a leak must be. More: more than one in twenty healthy first days has a
 * warning (family `dynos`).
 */
const LENIENCE = 0.05;
/** Hours of a first life without a suspicion: pools and caches fill, and each tier of a warm-up takes up to an hour. */
const SUSPECT_HOURS = 3;
/** Hours of a first life without a leak: pools that are made one by one at their first use are full by then. */
const LEAK_HOURS = 6;
/** Hours of a first life without a leak if it rises like a line: chosen, a ramp of two hours is over by then. */
const LINE_HOURS = 3.5;
/** The rise must be so many times the deepest fall of any reading: small teeth may be on a large one. */
const TEETH = 10;
/** A line without a tooth: so many times the deepest fall, ... */
const TOOTHLESS = 50;
/** ... and this evenness. Traffic alone makes a daily log less even than that (family `log-rotation`). */
const LINE = 0.95;
/** Days, just below two thirds, from which on one quarter of the steepest part of a daily wave does not rise at all. */
const LONGEST_WAVE_DAYS = 0.62;

/** A known life that is about as high as earlier ones were at its age. */
export function isUsualForItsAge(rise: Rise): boolean {
  if (kindOf(rise) !== 'known') return false;
  const { lives, served, patience, now, drawdown } = rise;
  const high = lives.usualHigh;
  const isSure = lives.settledLives > 1 && served >= patience.weekend;
  const spread = Math.max(lives.usualSpread, (isSure ? USUAL_SHARE : UNSURE_SHARE) * high);
  return now <= high + spread + FALL_SHARE * drawdown;
}

/** A life of a program that never settles, which does not rise evenly. */
export function isUnevenLife(rise: Rise): boolean {
  return kindOf(rise) === 'never settling' && !hasRisenEvenly(rise);
}

/** A first life that is too young for a suspicion, or does not rise about as evenly as a line. */
export function isUnevenFirstLife(rise: Rise): boolean {
  const { floors } = rise;
  if (kindOf(rise) !== 'first') return false;
  if (floors.slots < SUSPECT_HOURS * floors.scale.hour) return true;
  return !(evennessOfLife(floors) >= Math.max(EVEN, leastEvenness(rise) - LENIENCE));
}

/** A first life that does not rise more evenly than a day with its night does. */
export function isFirstMorning(rise: Rise): boolean {
  return kindOf(rise) === 'first' && !(evennessOfLife(rise.floors) >= leastEvenness(rise));
}

/**
 * A first life of less than 30 hours. What is given back in teeth may be given back once a day, unless it rises like a
 * line; threads and processes need six hours, and a rise well above their noise.
 */
export function isShortFirstLife(rise: Rise): boolean {
  const { metric, floors } = rise;
  if (kindOf(rise) !== 'first') return false;
  if (floors.slots < LEAK_HOURS * floors.scale.hour && !isEarlyLine(rise)) return true;
  return metric.hasTeeth ? !isLine(rise) : !exceedsTeeth(rise, TEETH);
}

/**
 * The window is so short that a ramp of two hours fills it, and nothing shows that this rise is no such ramp. A life shows
 * it that has risen like a line since its start, or that belongs to a program whose earlier lives never settled.
 */
export function isInShortWindow(rise: Rise): boolean {
  const { level, patience } = rise;
  if (level >= patience.leakLevel) return false;
  const kind = kindOf(rise);
  return kind !== 'never settling' && !(kind === 'first' && isEarlyLine(rise));
}

/** Has this life risen like a line for hours? Memory does so while caches fill, so that it is never asked of memory. */
function isEarlyLine(rise: Rise): boolean {
  const { metric, floors } = rise;
  return !metric.warmsUp && floors.slots >= LINE_HOURS * floors.scale.hour && isLine(rise);
}

function isLine(rise: Rise): boolean {
  return evennessOfLife(rise.floors, grainOf(rise.metric)) >= LINE && exceedsTeeth(rise, TOOTHLESS);
}

/** Memory with small teeth that has not been watched for four days: they may be on a tooth that takes days. */
export function isOnLargeTooth(rise: Rise): boolean {
  const { metric, floors, patience, lives } = rise;
  if (!metric.warmsUp || floors.slots >= patience.weekend) return false;
  const isKnown = !Number.isNaN(lives.usualHigh) || lives.neverSettle(patience.young);
  return !isKnown && !exceedsTeeth(rise, TEETH);
}

/** Has this life risen as evenly as a leak does? */
export function hasRisenEvenly({ floors, metric }: Rise): boolean {
  return evennessOfLife(floors, grainOf(metric)) >= EVEN;
}

/** This life may not have seen its daily cycle. */
export function isYoung({ floors, patience }: Rise): boolean {
  return floors.slots < patience.young;
}

/** Nothing is known of other lives, and this one is young. */
export function isFirstLife(rise: Rise): boolean {
  return kindOf(rise) === 'first';
}

function kindOf(rise: Rise): 'known' | 'never settling' | 'first' | 'old' {
  const { lives, patience } = rise;
  if (!isYoung(rise)) return lives.isAgeKnown && !lives.neverSettle(patience.young) ? 'known' : 'old';
  if (lives.neverSettle(patience.young)) return 'never settling';
  return Number.isNaN(lives.usualHigh) ? 'first' : 'known';
}

function exceedsTeeth({ rise, floors }: Rise, times: number): boolean {
  return rise >= times * floors.floors.drawdown(0);
}

/**
 * The evenness half-way between a line's and that of the steepest part of a wave of one day, which is the part that
 * looks most like a line. Over a stretch of half a day the least quarter of that part brings 59 % of an even one.
 */
function leastEvenness({ floors }: Rise): number {
  const half = Math.PI * Math.min(lateSlots(floors) / floors.scale.day, LONGEST_WAVE_DAYS);
  const wave = 2 * (1 - Math.sin(half / 2) / Math.sin(half));
  return (1 + wave) / 2;
}
