/** Counts new highs; twenty are a leak, as in the gem memory-leak (socketry/memory-leak, lib/memory/leak/monitor.rb). */
import { LEAK, OK } from '../verdicts.js';

const MOST_HIGHS = 20;
/** A new high exceeds the last one by more than this. The gem only watches memory; for counts it is one unit. */
const STEP = { bytes: 10 * 1024 * 1024, count: 1 };

/** @type {import('../subjects.js').Subject} */
export const newHighs = {
  name: 'new-highs',
  text: 'the 20th new high by more than 10 MB (counts: by more than 1), counted over the whole life',
  bytes: 16,
  watch({ plan, values }) {
    const step = plan.metric === 'rss' ? STEP.bytes : STEP.count;
    let [highest, highs] = [Number.NaN, 0];
    return {
      push(slot) {
        const value = values[slot] ?? 0;
        if (Number.isNaN(highest)) highest = value;
        else if (value - highest > step) {
          highest = value;
          highs++;
        }
        return highs >= MOST_HIGHS ? LEAK : OK;
      },
      restart() {
        [highest, highs] = [Number.NaN, 0];
      },
    };
  },
};
