/** Summary of many outcomes: rates with intervals, shares and quantiles. */
import { quantile } from '../statistics.js';
import { poissonInterval } from './poisson.js';
import { DAY, HOUR, SLOT_SECONDS, YEAR } from './time.js';

/**
 * @typedef {import('./follow.js').Outcome} Outcome
 * @typedef {{ events: number, years: number, rate: number, low: number, high: number }} Rate per series-year, with its 95 % interval
 */

/** @param {number} events @param {number} years @returns {Rate} */
export function rateOf(events, years) {
  const { low, high } = poissonInterval(events);
  return { events, years, rate: events / years, low: low / years, high: high / years };
}

/** @param {readonly Outcome[]} outcomes @returns {Rate} of alarms while nothing leaks */
export function falseAlarmsOf(outcomes) {
  return rateOf(
    sum(outcomes, ({ falseAlarms }) => falseAlarms.length),
    sum(outcomes, ({ quietSlots }) => quietSlots) / YEAR,
  );
}

/** @param {readonly Outcome[]} outcomes @returns {number} suspicions per series-day while nothing leaks */
export function warningsPerDay(outcomes) {
  return sum(outcomes, ({ warnings }) => warnings) / (sum(outcomes, ({ quietSlots }) => quietSlots) / DAY);
}

/** @param {readonly Outcome[]} outcomes @returns {number} share of those that were suspected or called in their first hour */
export function hastyShare(outcomes) {
  return share(outcomes, ({ hasty }) => hasty);
}

/** Before the limit, or the end of the series. */
export const isFound = (/** @type {Outcome} */ { found }) => found !== undefined;
export const isFoundSoon = (/** @type {Outcome} */ { found, oracle = 0 }) =>
  found !== undefined && found <= 10 * oracle;

/** @param {readonly Outcome[]} outcomes of leaks */
export function leakFigures(outcomes) {
  const found = outcomes.filter(isFound);
  const inHours = (/** @type {(outcome: Outcome) => number | undefined} */ of) =>
    outcomes.map((outcome) => (of(outcome) ?? Number.POSITIVE_INFINITY) / HOUR);
  const ratios = outcomes.map(({ found: at, oracle = Number.POSITIVE_INFINITY }) =>
    at === undefined ? Number.POSITIVE_INFINITY : at / oracle,
  );
  return {
    count: outcomes.length,
    found: share(outcomes, isFound),
    foundSoon: share(outcomes, isFoundSoon),
    // A leak that was not found counts as infinitely late.
    delayHours: spread(inHours(({ found: at }) => at)),
    suspectedHours: spread(inHours(({ suspected }) => suspected)),
    oracleHours: spread(inHours(({ oracle }) => oracle)),
    ratio: spread(ratios),
    rise: spread(found.map(({ rise = 0 }) => rise)),
    riseShare: spread(found.map(({ riseShare = 0 }) => riseShare)),
    held: mean(found.map(({ held = Number.NaN }) => held)),
  };
}

/** From the fourth life on a leak is known from three earlier ones. */
const FIRST_LIVES = 3;

/** @param {readonly Outcome[]} outcomes of leaks, of which those with more restarts count @returns counts of series and of lives */
export function lifeFigures(outcomes) {
  const restarted = outcomes.filter(({ lives = 0 }) => lives > FIRST_LIVES);
  const lateCalls = restarted.flatMap(({ calls = [] }) => calls.filter(({ life }) => life >= FIRST_LIVES));
  return {
    count: restarted.length,
    /** Called in one of the first three lives. */
    early: restarted.filter(({ calls = [] }) => calls.some(({ life }) => life < FIRST_LIVES)).length,
    lateLives: sum(restarted, ({ lives = 0 }) => lives - FIRST_LIVES),
    lateCalled: lateCalls.length,
    /** Since the beginning of the life, of those that were called. */
    lateHours: spread(lateCalls.map(({ after }) => after / HOUR)),
  };
}

/** @param {readonly Outcome[]} outcomes of growth that ends by itself */
export function passingFigures(outcomes) {
  const called = outcomes.filter(isFound);
  const stood = outcomes.filter(({ stoodAtEnd }) => stoodAtEnd);
  return {
    count: outcomes.length,
    called: share(outcomes, isFound),
    calledHours: spread(called.map(({ found = 0 }) => found / HOUR)),
    stood: stood.length,
    withdrawnHours: spread(stood.map(({ withdrawn = Number.POSITIVE_INFINITY }) => withdrawn / HOUR)),
    neverWithdrawn: share(stood, ({ withdrawn }) => withdrawn === undefined),
    calledAfterEnd: sum(outcomes, ({ calledAfterEnd = 0 }) => calledAfterEnd),
    overdue: sum(outcomes, ({ overdue = 0 }) => overdue) / sum(outcomes, ({ rises = 0 }) => rises),
  };
}

/** Forecasts at evenly spaced times between onset and limit. @param {readonly Outcome[]} outcomes of leaks */
export function evenForecasts(outcomes) {
  return outcomes.flatMap(({ checkpoints = [] }) => checkpoints);
}

/** Parts of the way to the limit, by the time that is really left, in seconds. */
export const LAST_HOUR = { part: 'last hour', least: 0, most: HOUR * SLOT_SECONDS };
export const PARTS_OF_WAY = [
  LAST_HOUR,
  { part: '1 to 6 h', least: HOUR * SLOT_SECONDS, most: 6 * HOUR * SLOT_SECONDS },
  { part: 'before', least: 6 * HOUR * SLOT_SECONDS, most: Number.POSITIVE_INFINITY },
];

/** All forecasts of a part of the way. @param {readonly Outcome[]} outcomes of leaks @param {typeof LAST_HOUR} part */
export function forecastsOf(outcomes, { least, most }) {
  return outcomes
    .flatMap(({ checkpoints = [], approach = [] }) => [...checkpoints, ...approach])
    .filter(({ remaining }) => remaining > least && remaining <= most);
}

/** @param {readonly import('./follow.js').Checkpoint[]} asked */
export function forecastFigures(asked) {
  const shown = asked.filter(({ seconds }) => seconds !== undefined);
  const stated = shown.filter(({ low }) => low !== undefined);
  const isCovered = (/** @type {import('./follow.js').Checkpoint} */ { remaining, low = 0, high = 0 }) =>
    low <= remaining && remaining <= high;
  return {
    asked: asked.length,
    shown: share(asked, ({ seconds }) => seconds !== undefined),
    error: spread(shown.map(({ seconds = 0, remaining }) => Math.abs(seconds / remaining - 1))),
    offByTwo: share(shown, ({ seconds = 0, remaining }) => seconds > 2 * remaining || seconds < remaining / 2),
    covered: stated.length > 0 ? share(stated, isCovered) : Number.NaN,
    tooLow: stated.length > 0 ? share(stated, ({ remaining, high = 0 }) => remaining > high) : Number.NaN,
    width: spread(stated.map(({ low = 0, high = 0 }) => high / low)),
  };
}

/** The share of a month's alarms that is true, if the share `prevalence` of the series leaks. @param {number} prevalence @param {number} recall @param {Rate} rate */
export function precision(prevalence, recall, { rate }) {
  const falsely = 1 - Math.exp(-rate / 12);
  return (prevalence * recall) / (prevalence * recall + (1 - prevalence) * falsely);
}

/** @param {readonly Outcome[]} outcomes @returns {number} CPU microseconds per point */
export function microsecondsPerPoint(outcomes) {
  return sum(outcomes, ({ microseconds }) => microseconds) / sum(outcomes, ({ points }) => points);
}

/** Median and 95th percentile. @param {readonly number[]} values */
function spread(values) {
  return { median: orderStatistic(values, 0.5), p95: orderStatistic(values, 0.95), most: Math.max(...values) };
}

/** Interpolation between Infinity and a number gives NaN: that is Infinity too. @param {readonly number[]} values @param {number} at */
function orderStatistic(values, at) {
  const result = quantile(values, at);
  return Number.isNaN(result) && values.length > 0 ? Number.POSITIVE_INFINITY : result;
}

/** @template T @param {readonly T[]} all @param {(one: T) => boolean} holds */
function share(all, holds) {
  return all.filter(holds).length / all.length;
}

/** @template T @param {readonly T[]} all @param {(one: T) => number} of */
export function sum(all, of) {
  return all.reduce((total, one) => total + of(one), 0);
}

/** @param {readonly number[]} values */
function mean(values) {
  return sum(values, (value) => value) / values.length;
}
