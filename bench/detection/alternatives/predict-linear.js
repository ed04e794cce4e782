/** The usual Prometheus alert: predict_linear(x[1h], 4 * 3600) above the limit for 5 minutes. */
import { HOUR, MINUTE, SLOT_SECONDS } from '../time.js';
import { LEAK, OK } from '../verdicts.js';
import { lineThrough } from './line.js';

const WINDOW = HOUR;
const HORIZON = 4 * HOUR;
const HOLD = 5 * MINUTE;
/** Prometheus needs two points; an almost empty hour would be an unfair comparison. */
const LEAST_KNOWN = 10;

/** @type {import('../subjects.js').Subject} */
export const predictLinear = {
  name: 'predict-linear',
  text: 'predict_linear over 1 h is above the limit in 4 h, for 5 min; every minute',
  every: 5,
  bytes: 8 * WINDOW,
  watch({ values, limit }) {
    let [begun, since, verdict] = [0, -1, OK];
    const lineAt = (/** @type {number} */ slot) => lineThrough(values, Math.max(begun, slot - WINDOW + 1), slot);
    return {
      push(slot) {
        if (slot % MINUTE !== 0) return verdict;
        const line = lineAt(slot);
        const exceeds = line.known >= LEAST_KNOWN && line.end + line.slope * HORIZON > limit;
        if (!exceeds) since = -1;
        else if (since < 0) since = slot;
        verdict = exceeds && slot - since >= HOLD ? LEAK : OK;
        return verdict;
      },
      restart(slot) {
        [begun, since, verdict] = [slot, -1, OK];
      },
      forecast(slot) {
        const { slope, end, known } = lineAt(slot);
        if (!(slope > 0) || known < LEAST_KNOWN) return undefined;
        return { seconds: (Math.max(0, limit - end) / slope) * SLOT_SECONDS };
      },
    };
  },
};
