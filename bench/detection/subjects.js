/** What is compared: leakwatch, and what people use instead. */
import { coroot } from './alternatives/coroot.js';
import { leastSquaresRule } from './alternatives/least-squares-rule.js';
import { hamedRao, mannKendall } from './alternatives/mann-kendall.js';
import { newHighs } from './alternatives/new-highs.js';
import { predictLinear } from './alternatives/predict-linear.js';
import { leakwatchOf } from './leakwatch.js';

/**
 * @typedef {{ seconds: number, low?: number, high?: number }} Forecast until the limit; low and high are 90 %
 *
 * Follows one series; it may look at the values up to the slot that it is told of, and not further.
 * @typedef {object} Watcher
 * @property {(slot: number) => number} push a verdict of `verdicts.js`; not called for slots that were not sampled
 * @property {(slot: number) => void} restart a new incarnation begins with this slot
 * @property {(slot: number) => Forecast | undefined} [forecast]
 * @property {() => object} [evidence]
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {string} text its parameters
 * @property {(series: import('./corpus.js').Series) => Watcher} watch
 * @property {number} [every] of healthy and passing series it sees only one in so many: it is slow, and never quiet
 * @property {number} [bytes] what it has to remember of a series; measured where absent
 */

/** @param {import('./leakwatch.js').Build} build @returns {readonly Subject[]} */
export function subjectsOf(build) {
  return [...leakwatchOf(build), mannKendall, hamedRao, leastSquaresRule, coroot, predictLinear, newHighs];
}
