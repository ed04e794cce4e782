/**
 * A rule like Coroot's memory inspection (coroot/coroot, auditor/memory.go): for 15 minutes, a line through the last hour
 * rises by more than 10 % and by a minimum amount, and its last third still rises.
 */
import { HOUR, MINUTE } from '../time.js';
import { LEAK, OK } from '../verdicts.js';
import { lineThrough } from './line.js';

const WINDOW = HOUR;
const LEAST_GROWTH = 0.1;
/** Slope of the last third as a share of the whole slope, at least. */
const LEAST_TAIL = 0.3;
const LEAST_BYTES = 50 * 1024 * 1024;
/** Minimum amount for counts, as a share of the limit. */
const LEAST_OF_LIMIT = 0.05;
const HOLD = 15 * MINUTE;

/** @type {import('../subjects.js').Subject} */
export const coroot = {
  name: 'coroot-like',
  text: 'line through the last hour that rises by > 10 % and >= 50 MB (counts: 5 % of the limit), slope of the last third >= 0.3 of it, for 15 min',
  every: 5,
  bytes: 8 * WINDOW,
  watch({ plan, values, limit }) {
    const least = plan.metric === 'rss' ? LEAST_BYTES : LEAST_OF_LIMIT * limit;
    let [begun, since, verdict, before] = [0, -1, OK, 0];
    return {
      push(slot) {
        const value = values[slot] ?? 0;
        // A fall to less than half is taken for a restart.
        if (value < before / 2) begun = slot;
        before = value;
        if (slot - begun < WINDOW || slot % MINUTE !== 0) return verdict;
        const whole = lineThrough(values, slot - WINDOW + 1, slot);
        const tail = lineThrough(values, slot - WINDOW / 3 + 1, slot);
        const rise = whole.end - whole.start;
        const grows = rise > LEAST_GROWTH * whole.start && rise >= least && tail.slope >= LEAST_TAIL * whole.slope;
        if (!grows) since = -1;
        else if (since < 0) since = slot;
        verdict = grows && slot - since >= HOLD ? LEAK : OK;
        return verdict;
      },
      restart(slot) {
        [begun, since, verdict, before] = [slot, -1, OK, 0];
      },
    };
  },
};
