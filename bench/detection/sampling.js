/**
 * When a series is sampled: every 20 seconds, at another interval, at uneven times, with samples missing, and by a
 * leakwatch that is restarted now and then. A sample is the value at its instant, not a mean. The generator knows 20
 * seconds only: at 5 seconds each value is seen four times, as of a program that moves every 20 seconds.
 */
import { Random } from './random.js';
import { DAY, SLOT_SECONDS, timeOf } from './time.js';

/**
 * @typedef {object} Sampling
 * @property {number} intervalSeconds
 * @property {boolean} irregular each sample comes up to 40 % of the interval too early or too late
 * @property {number} missing share of samples that are missing
 * @property {'never' | 'forgetting' | 'remembering'} monitorRestarts leakwatch is restarted every 1 to 6 days, without its
 *   state or with it
 *
 * @typedef {object} Samples
 * @property {Int32Array} slots of the series, in order
 * @property {Float64Array} times of these samples, seconds since the epoch
 * @property {readonly number[]} restarts slots in which leakwatch is restarted
 */

/** @type {Sampling} */
export const USUAL = { intervalSeconds: SLOT_SECONDS, irregular: false, missing: 0, monitorRestarts: 'never' };

/** As a share of the interval: less than a half, so that samples keep their order. */
const JITTER = 0.4;

/** @param {Pick<import('./corpus.js').Series, 'family' | 'seed' | 'values'>} series @param {Sampling} sampling @returns {Samples} */
export function samplesOf({ family, seed, values }, { intervalSeconds, irregular, missing, monitorRestarts }) {
  const random = new Random(`${family.name}/${seed}/sampling`);
  const most = Math.floor((values.length * SLOT_SECONDS) / intervalSeconds);
  const slots = new Int32Array(most);
  const times = new Float64Array(most);
  let count = 0;
  for (let at = 0; at < most; at++) {
    const shift = irregular ? random.within(-JITTER, JITTER) : 0;
    if (missing > 0 && random.happens(missing)) continue;
    const exact = ((at + shift) * intervalSeconds) / SLOT_SECONDS;
    // The value of a slot holds for its 20 seconds.
    const slot = intervalSeconds < SLOT_SECONDS ? Math.floor(exact) : Math.round(exact);
    if (slot < 0 || slot >= values.length) continue;
    slots[count] = slot;
    times[count] = timeOf(exact);
    count++;
  }
  const restarts = [];
  if (monitorRestarts !== 'never')
    for (let at = random.scale(DAY, 6 * DAY); at < values.length; at += random.scale(DAY, 6 * DAY))
      restarts.push(Math.floor(at));
  return { slots: slots.subarray(0, count), times: times.subarray(0, count), restarts };
}

/** For people. @param {Sampling} sampling */
export function describe({ intervalSeconds, irregular, missing, monitorRestarts }) {
  return [
    `at ${intervalSeconds} s`,
    ...(irregular ? [`up to ${100 * JITTER} % early or late`] : []),
    ...(missing > 0 ? [`${100 * missing} % missing`] : []),
    ...(monitorRestarts === 'never'
      ? []
      : [`leakwatch restarted every 1 to 6 days, ${monitorRestarts} what it learned`]),
  ].join(', ');
}
