/** The detectors that are compared: leakwatch and the usual alternatives. */
import { coroot } from './alternatives/coroot.js';
import { leastSquaresRule } from './alternatives/least-squares-rule.js';
import { hamedRao, mannKendall } from './alternatives/mann-kendall.js';
import { newHighs } from './alternatives/new-highs.js';
import { predictLinear } from './alternatives/predict-linear.js';
import { leakwatchOf } from './leakwatch.js';

/**
 * @typedef {{ seconds: number, low?: number, high?: number }} Forecast time to the limit, with its 90 % interval
 *
 * @typedef {import('../../src/model/learned.ts').Learned | import('../../src/model/learned.ts').LearnedSeries} Learned of a host, or of its only series
 *
 * Follows one series. It may read values up to the slot that it is given, and no later ones.
 * @typedef {object} Watcher
 * @property {(slot: number, t: number) => number} push takes the sample of a slot at t seconds since the epoch, returns a
 *   verdict of verdicts.js
 * @property {(slot: number) => void} restart a new incarnation begins with this slot
 * @property {() => Learned} [learned] what a next watcher of this series starts with, if its state is kept
 * @property {(slot: number) => Forecast | undefined} [forecast]
 * @property {() => object} [evidence]
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {string} text with its parameters, for the report
 * @property {(series: import('./corpus.js').Series, sampling: import('./sampling.js').Sampling, learned?: Learned) => Watcher} watch
 * @property {number} [every] follows only one in so many healthy and passing series, because it is slow and alarms often
 * @property {number} [bytes] memory that it needs per series; measured if absent
 */

/** @param {import('./leakwatch.js').Build} build @returns {readonly Subject[]} */
export function subjectsOf(build) {
  return [...leakwatchOf(build), mannKendall, hamedRao, leastSquaresRule, coroot, predictLinear, newHighs];
}
