/**
 * The Mann-Kendall test for a rise, one-sided at 1 %, on the last six hours, every half hour; plain, and with the variance
 * corrected for autocorrelation by Hamed and Rao (1998, J. Hydrology 204:182-196).
 */
import { HOUR } from '../time.js';
import { LEAK, OK } from '../verdicts.js';
import { lineThrough } from './line.js';

const WINDOW = 6 * HOUR;
const EVERY = HOUR / 2;
/** Quantiles of the standard normal: one-sided 1 %, two-sided 5 %. */
const Z_ALPHA = 2.326;
const Z_LAG = 1.96;

/** @type {import('../subjects.js').Subject} */
export const mannKendall = {
  name: 'mann-kendall',
  text: 'rolling Mann-Kendall, 6 h, alpha 0.01 one-sided; every 30 min',
  every: 20,
  bytes: 8 * WINDOW,
  watch: ({ values }) => rolling(values, () => 1),
};

/** @type {import('../subjects.js').Subject} */
export const hamedRao = {
  name: 'hamed-rao',
  text: 'the same with the variance corrected by Hamed and Rao, from ranks of the residuals of a least-squares line',
  every: 20,
  bytes: 8 * WINDOW,
  watch: ({ values }) => rolling(values, inflation),
};

/** @param {Float64Array} values @param {(window: Float64Array) => number} inflationOf factor by which the variance is multiplied */
function rolling(values, inflationOf) {
  let [begun, verdict] = [0, OK];
  return {
    push(/** @type {number} */ slot) {
      if (slot - begun < WINDOW - 1 || slot % EVERY !== 0) return verdict;
      const window = values.subarray(slot - WINDOW + 1, slot + 1).filter((value) => !Number.isNaN(value));
      verdict = rises(window, inflationOf) ? LEAK : OK;
      return verdict;
    },
    restart(/** @type {number} */ slot) {
      [begun, verdict] = [slot, OK];
    },
  };
}

/** @param {Float64Array} window @param {(window: Float64Array) => number} inflationOf */
function rises(window, inflationOf) {
  const n = window.length;
  if (n < 10) return false;
  const { ranks, ties } = rank(window);
  const s = kendallS(ranks);
  if (s <= 0) return false;
  const variance = (n * (n - 1) * (2 * n + 5) - ties) / 18;
  if (variance <= 0) return false;
  const factor = inflationOf(window);
  return factor > 0 && (s - 1) / Math.sqrt(variance * factor) > Z_ALPHA;
}

/**
 * @param {Float64Array} window
 * @returns {{ ranks: Int32Array, ties: number }} ranks from 1, equal values have equal ranks; `ties` is subtracted from 18 times the variance
 */
function rank(window) {
  const sorted = window.slice().sort();
  const rankOf = new Map();
  let [ties, group] = [0, 1];
  for (let at = 1; at <= sorted.length; at++) {
    if (sorted[at] === sorted[at - 1]) {
      group++;
      continue;
    }
    rankOf.set(sorted[at - 1], rankOf.size + 1);
    if (group > 1) ties += group * (group - 1) * (2 * group + 5);
    group = 1;
  }
  return { ranks: Int32Array.from(window, (value) => rankOf.get(value) ?? 0), ties };
}

/** Rising pairs minus falling pairs, counted with a Fenwick tree. @param {Int32Array} ranks */
export function kendallS(ranks) {
  const tree = new Int32Array(ranks.length + 2);
  const upTo = (/** @type {number} */ rank) => {
    let sum = 0;
    for (let at = rank; at > 0; at -= at & -at) sum += tree[at] ?? 0;
    return sum;
  };
  let s = 0;
  ranks.forEach((rank, seen) => {
    s += upTo(rank - 1) - (seen - upTo(rank));
    for (let at = rank; at < tree.length; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
  });
  return s;
}

/** n / n*: the factor by which autocorrelation raises the variance of S. @param {Float64Array} window */
export function inflation(window) {
  const n = window.length;
  const line = lineThrough(window, 0, n - 1);
  const residuals = window.map((value, at) => value - line.start - line.slope * at);
  const ranks = Float64Array.from(rank(residuals).ranks);
  const mean = ranks.reduce((sum, value) => sum + value, 0) / n;
  for (let at = 0; at < n; at++) ranks[at] = (ranks[at] ?? 0) - mean;
  let power = 0;
  for (let at = 0; at < n; at++) power += (ranks[at] ?? 0) ** 2;
  const significant = Z_LAG / Math.sqrt(n);
  let sum = 0;
  for (let lag = 1; lag < n - 2; lag++) {
    let product = 0;
    for (let at = lag; at < n; at++) product += (ranks[at] ?? 0) * (ranks[at - lag] ?? 0);
    const correlation = product / power;
    if (Math.abs(correlation) > significant) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation;
  }
  return 1 + (2 / (n * (n - 1) * (n - 2))) * sum;
}
