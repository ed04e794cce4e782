/** A common rule in scripts: a least-squares line through the last hours that fits well and rises enough. */
import { HOUR, MINUTE } from '../time.js';
import { LEAK, OK } from '../verdicts.js';
import { lineThrough } from './line.js';

const WINDOW = 6 * HOUR;
const LEAST = 3 * HOUR;
const SKIPPED = HOUR / 2;
const EVERY = 5 * MINUTE;
const LEAST_R2 = 0.8;
const LEAST_RISE = 0.1;

/** @type {import('../subjects.js').Subject} */
export const leastSquaresRule = {
  name: 'least-squares',
  text: 'line through the last 6 h (at least 3 h, without the first 30 min of life), r² >= 0.8, rise >= 10 %; every 5 min',
  every: 5,
  bytes: 8 * WINDOW,
  watch({ values }) {
    let [begun, verdict] = [SKIPPED, OK];
    return {
      push(slot) {
        if (slot - begun < LEAST || slot % EVERY !== 0) return verdict;
        const line = lineThrough(values, Math.max(begun, slot - WINDOW + 1), slot);
        const isLeak = line.r2 >= LEAST_R2 && line.end - line.start >= LEAST_RISE * line.start && line.slope > 0;
        verdict = isLeak ? LEAK : OK;
        return verdict;
      },
      restart(slot) {
        [begun, verdict] = [slot + SKIPPED, OK];
      },
    };
  },
};
