/**
 * The oracle: the lower bound of the delay, for a detector that knows the onset, the shape of the leak and the noise. It is
 * a matched filter with the same budget of false alarms: it finds the leak when
 *
 *   sum of growth(t)² dt >= 2 ln(A) LRV,   A = slots per false alarm
 *
 * LRV is the long-run variance of the noise (units² seconds): the variance of its means over a block, times the length of
 * the block, from differences of neighbouring means (Allan variance), so that drift counts only as far as it moves within
 * a block. For a line s t in white noise the delay is (6 LRV ln A / s²)^(1/3).
 */
import { SLOT_SECONDS, YEAR } from './time.js';

/** Fewer differences of means than this do not estimate a variance. */
const LEAST_BLOCKS = 8;
/** Length of a block as a share of the oracle's delay. */
const BLOCK_SHARE = 1 / 4;
/** Variance of rounding to whole units (1/12), where there is no other noise. */
const ROUNDING = SLOT_SECONDS / 12;

/**
 * @param {Pick<import('./corpus.js').Series, 'noise' | 'growth' | 'onset'> & { plan: Pick<import('./plan.js').Plan, 'metric' | 'settled'> }} series
 *   with growth
 * @param {number} falseAlarmsPerYear
 * @returns {number} slots after the onset; Infinity if the series ends before
 */
export function oracleDelay({ noise, growth, onset, plan }, falseAlarmsPerYear) {
  const needed = 2 * Math.log(YEAR / falseAlarmsPerYear);
  const still = noise.subarray(plan.settled ?? 0);
  // Rounding to whole pages of memory hardly matters.
  const least = plan.metric === 'rss' ? 1e-6 : ROUNDING;
  let delay = Number.POSITIVE_INFINITY;
  for (let block = 1; still.length / block >= LEAST_BLOCKS; block *= 2) {
    const variance = Math.max(least, longRunVariance(still, block));
    delay = crossing(growth, onset, (needed * variance) / SLOT_SECONDS);
    if (delay * BLOCK_SHARE <= block) break;
  }
  return delay;
}

/** @param {Float64Array} growth @param {number} onset @param {number} energy */
function crossing(growth, onset, energy) {
  let sum = 0;
  // A rise in the first slot could be a step: only the growth after it counts.
  const atOnce = growth[onset] ?? 0;
  for (let slot = onset; slot < growth.length; slot++) {
    const more = (growth[slot] ?? 0) - atOnce;
    sum += more * more;
    if (sum >= energy) return slot - onset + 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** @param {Float64Array} noise @param {number} block slots @returns {number} units² seconds */
export function longRunVariance(noise, block) {
  let [squares, count, before] = [0, 0, Number.NaN];
  for (let from = 0; from + block <= noise.length; from += block) {
    let sum = 0;
    for (let slot = from; slot < from + block; slot++) sum += noise[slot] ?? 0;
    const mean = sum / block;
    if (!Number.isNaN(before)) {
      squares += (mean - before) ** 2;
      count++;
    }
    before = mean;
  }
  return count === 0 ? 0 : (block * SLOT_SECONDS * squares) / (2 * count);
}
