/**
 * The plan of a series: all that is known of it before it is drawn. `level` is what the healthy program does, `growth`
 * what is added to it from the onset on; the two have random numbers of their own.
 */
import { DAY, SLOT_SECONDS } from './time.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./shapes.js').Shape} Shape
 * @typedef {'threads' | 'zombies' | 'processes' | 'fds' | 'rss'} Metric
 *
 * @typedef {object} Plan
 * @property {Metric} metric counts, or megabytes of memory
 * @property {number} slots how long it is at the most
 * @property {Readonly<Record<string, number | string>>} parameters
 * @property {number} limit in the same unit; the series ends when it is reached
 * @property {(random: Random, companion: Float64Array) => Shape} level NaN = not sampled
 * @property {(random: Random) => Shape} [growth] by the slots since the onset
 * @property {number} [onset] first slot of the growth
 * @property {number} [slopePerHour] of the growth, on average
 * @property {readonly number[]} [restarts] slots in which a new incarnation begins
 * @property {'processes' | 'oldestZombieSeconds'} [companion] what `level` writes into the array it is given
 * @property {number} [settled] slot from which on the noise is what it will be, and an alarm that nothing leaks behind is false
 *
 * @typedef {object} Family
 * @property {string} name
 * @property {'healthy' | 'passing' | 'leaking'} kind nothing grows for an hour; growth ends by itself; growth does not end
 * @property {string} text
 * @property {true} [heldOut] never to be tuned on
 * @property {true} [mature] the leak begins in a life of days
 * @property {(random: Random) => Plan} plan draws the parameters
 */

/** How long a healthy series is. */
export const SLOTS = 30 * DAY;

/** @type {readonly ['threads', 'fds', 'rss']} what grows in most programs that leak */
export const GROWING = ['threads', 'fds', 'rss'];

const LIMITS = {
  counts: [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 65_536],
  megabytes: [256, 512, 1024, 2048, 4096, 8192, 16_384, 65_536],
};

/** A usual limit that is not below this. @param {Metric} metric @param {number} least */
export function limitAbove(metric, least) {
  const usual = metric === 'rss' ? LIMITS.megabytes : LIMITS.counts;
  return usual.find((limit) => limit >= least) ?? least;
}

/** For the manifest: four digits say enough. @param {number} value */
export function rounded(value) {
  return Number(value.toPrecision(4));
}

/** @param {number} slots */
export function hours(slots) {
  return rounded((slots * SLOT_SECONDS) / 3600);
}

/** What a small or a large program has at rest. @param {Random} random @param {Metric} metric */
export function baseOf(random, metric) {
  return metric === 'rss' ? random.scale(40, 1500) : Math.round(random.scale(5, 300));
}
