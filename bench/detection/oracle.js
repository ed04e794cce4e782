/**
 * The oracle: how soon one could know who is told when the leak began, what shape it has and what the noise is like. A
 * matched filter: it is sure when the energy of the growth over that of the noise has brought as much evidence as a false
 * alarm a year in so many series may cost.
 *
 *   sum of growth(t)² dt >= 2 ln(A) LRV
 *
 * LRV is the variance of the noise in the long run (units² seconds): that of its means over some time, times that time,
 * as the Allan variance measures it (differences of neighbouring means, so that slow drift counts as far as it moves
 * within the time that the oracle takes). For a line s t in white noise this is the classic (6 LRV ln A / s²)^(1/3).
 */
import { SLOT_SECONDS, YEAR } from './time.js';

/** Fewer differences of means than this say nothing. */
const LEAST_BLOCKS = 8;
/** The noise is measured over this part of the time that the oracle takes. */
const BLOCK_SHARE = 1 / 4;
/** What rounding to whole units is worth, where there is no other noise. */
const ROUNDING = SLOT_SECONDS / 12;

/**
 * @param {Pick<import('./corpus.js').Series, 'level' | 'growth' | 'onset'> & { plan: Pick<import('./plan.js').Plan, 'metric' | 'settled'> }} series
 *   with growth
 * @param {number} falseAlarmsPerYear
 * @returns {number} slots after the onset; Infinity if it would not know before the end of the series
 */
export function oracleDelay({ level, growth, onset, plan }, falseAlarmsPerYear) {
  const needed = 2 * Math.log(YEAR / falseAlarmsPerYear);
  const noise = level.subarray(plan.settled ?? 0);
  // Counts are whole; a page of memory is nothing.
  const least = plan.metric === 'rss' ? 1e-6 : ROUNDING;
  let delay = Number.POSITIVE_INFINITY;
  for (let block = 1; noise.length / block >= LEAST_BLOCKS; block *= 2) {
    const variance = Math.max(least, longRunVariance(noise, block));
    delay = crossing(growth, onset, (needed * variance) / SLOT_SECONDS);
    if (delay * BLOCK_SHARE <= block) break;
  }
  return delay;
}

/** @param {Float64Array} growth @param {number} onset @param {number} energy */
function crossing(growth, onset, energy) {
  let sum = 0;
  // What comes at once could be a step: only what comes after it is growth.
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
