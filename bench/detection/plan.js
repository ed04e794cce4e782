/**
 * The plan of a series: its parameters and labels. `level` is the healthy program, `growth` is added to it from the onset
 * on; each of the two has a random generator of its own.
 */
import { DAY, SLOT_SECONDS } from './time.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./shapes.js').Shape} Shape
 * @typedef {'threads' | 'zombies' | 'processes' | 'fds' | 'rss'} Metric
 *
 * @typedef {object} Plan
 * @property {Metric} metric in counts; `rss` in MB
 * @property {number} slots longest length of the series
 * @property {Readonly<Record<string, number | string>>} parameters
 * @property {number} limit in the same unit; a leaking series ends soon after reaching it
 * @property {(random: Random, companion: Float64Array) => Shape} level value of each slot; NaN = not sampled
 * @property {(random: Random) => Shape} [noise] the level without warm-ups, dips and gaps, if it has them: the oracle knows these
 * @property {(random: Random) => Shape} [growth] value by slots since the onset
 * @property {number} [onset] first slot of the growth
 * @property {readonly { from: number, to: number }[]} [rises] of growth that passes, in slots, if there are several
 * @property {number} [slopePerHour] mean slope of the growth
 * @property {readonly number[]} [restarts] slots in which a new incarnation begins
 * @property {'processes' | 'oldestZombieSeconds'} [companion] a second series, which `level` writes into the array it is given
 * @property {number} [settled] first slot in which an alarm without a leak is false; until then a healthy start looks like one
 *
 * @typedef {object} Family
 * @property {string} name
 * @property {'healthy' | 'passing' | 'organic' | 'leaking'} kind nothing that a leak would do: every alarm is false; growth
 *   that ends by itself, but only after hours or days; use that grows by a few percent a week; endless growth
 * @property {string} text
 * @property {true} [heldOut] detectors are never tuned on it
 * @property {number} [years] series-years of a full run, if fewer than usual
 * @property {true} [mature] the leak begins after days of healthy life
 * @property {(random: Random) => Plan} plan draws the parameters
 */

/** Length of a healthy series. */
export const SLOTS = 30 * DAY;

/** Metrics that grow in most programs that leak. @type {readonly ['threads', 'fds', 'rss']} */
export const GROWING = ['threads', 'fds', 'rss'];

const LIMITS = {
  counts: [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 65_536],
  megabytes: [256, 512, 1024, 2048, 4096, 8192, 16_384, 65_536],
};

/** The lowest usual limit that is not below `least`. @param {Metric} metric @param {number} least */
export function limitAbove(metric, least) {
  const usual = metric === 'rss' ? LIMITS.megabytes : LIMITS.counts;
  return usual.find((limit) => limit >= least) ?? least;
}

/** Four digits, for the manifest. @param {number} value */
export function rounded(value) {
  return Number(value.toPrecision(4));
}

/** @param {number} slots */
export function hours(slots) {
  return rounded((slots * SLOT_SECONDS) / 3600);
}

/** Level of an idle program, small or large. @param {Random} random @param {Metric} metric */
export function baseOf(random, metric) {
  return metric === 'rss' ? random.scale(40, 1500) : Math.round(random.scale(5, 300));
}

/** Slots of restarts, log-uniform distances apart. @param {Random} random @param {number} least @param {number} most @param {number} [slots] length of the series */
export function restartsEvery(random, least, most, slots = SLOTS) {
  const restarts = [];
  for (let at = random.scale(least, most); at < slots; at += random.scale(least, most)) restarts.push(Math.floor(at));
  return restarts;
}
