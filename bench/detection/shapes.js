/**
 * Building blocks of series. Each function takes parameters and returns a function that gives the value of each slot; call
 * it once per slot, in order. Times are in slots.
 */
import { exp, sineOfTurns } from './arithmetic.js';
import { DAY, WEEK } from './time.js';

/**
 * @typedef {import('./random.js').Random} Random
 * @typedef {(slot: number) => number} Shape
 */

/** Autoregressive noise of variance 1. @param {Random} random @param {number} phi */
export function wandering(random, phi) {
  let value = random.normal();
  const news = Math.sqrt(1 - phi * phi);
  return () => {
    value = phi * value + news * random.normal();
    return value;
  };
}

/**
 * A level with such noise.
 * @param {number} base @param {number} deviation of the noise @param {number} [phi]
 * @returns {(random: Random) => Shape}
 */
export function wanderingAbout(base, deviation, phi = 0.9) {
  return (random) => {
    const wander = wandering(random, phi);
    return () => base + deviation * wander();
  };
}

/** Autoregressive noise of variance 1, by the time constant of its autocorrelation. @param {Random} random @param {number} tau */
export function drifting(random, tau) {
  return wandering(random, exp(-1 / tau));
}

/**
 * Items in a pool: they come at random and each stays for `hold` slots on average (the queue M/M/infinity).
 * @param {Random} random @param {number} mean @param {number} hold
 */
export function comingAndGoing(random, mean, hold) {
  let count = random.poisson(mean);
  const leaving = 1 - exp(-1 / hold);
  return () => {
    count += random.poisson(mean * leaving) - random.binomial(count, leaving);
    return count;
  };
}

/** Rises from 0 to 1, then drops to 0. @param {Random} random @param {number} period @param {number} jitter of the period, as a share */
export function sawtooth(random, period, jitter) {
  let begun = -random.next() * period;
  let length = period;
  return (/** @type {number} */ slot) => {
    while (slot >= begun + length) {
      begun += length;
      length = Math.max(2, period * (1 + jitter * random.normal()));
    }
    return (slot - begun) / length;
  };
}

/**
 * The same with teeth that differ: each rises from 0 to a height of its own, `least` to 1.
 * @param {Random} random @param {number} period @param {{ jitter: number, least: number }} uneven jitter of the period, as a share
 */
export function unevenSawtooth(random, period, { jitter, least }) {
  let begun = -random.next() * period;
  let [length, height] = [period, 1];
  return (/** @type {number} */ slot) => {
    while (slot >= begun + length) {
      begun += length;
      length = Math.max(2, period * (1 + jitter * random.normal()));
      height = random.within(least, 1);
    }
    return (height * (slot - begun)) / length;
  };
}

/**
 * Traffic: a daily wave from 1 - amplitude to 1 + amplitude with a smaller one of half a day, less on two days a week and
 * on one holiday.
 * @param {Random} random @param {number} amplitude 0 to 1
 */
export function traffic(random, amplitude) {
  const phase = random.next();
  const overtone = random.within(0, 0.4);
  const weekend = random.within(0.4, 1);
  const firstOfWeek = random.whole(0, 6);
  const holiday = random.whole(8, 20);
  return (/** @type {number} */ slot) => {
    const turns = slot / DAY + phase;
    const wave = (sineOfTurns(turns) + overtone * sineOfTurns(2 * turns)) / (1 + overtone);
    const day = Math.floor(turns);
    const isFree = (day + firstOfWeek) % (WEEK / DAY) < 2 || day === holiday;
    return (1 + amplitude * wave) * (isFree ? weekend : 1);
  };
}

/** Exponential from 0 towards 1. @param {number} tau time constant: after it 63 % are reached */
export function settling(tau) {
  return (/** @type {number} */ slot) => 1 - exp(-slot / tau);
}

/** S-curve from 0 to 1. @param {number} middle slot of 1/2 @param {number} steepness time constant; about the slots from 1/2 to 3/4 */
export function logistic(middle, steepness) {
  return (/** @type {number} */ slot) => 1 / (1 + exp((middle - slot) / steepness));
}

/** Straight line from 0 to 1, then 1. @param {number} length */
export function ramp(length) {
  return (/** @type {number} */ slot) => Math.min(1, Math.max(0, slot / length));
}

/** The highest value so far. @param {Shape} shape */
export function highWater(shape) {
  let highest = 0;
  return (/** @type {number} */ slot) => {
    highest = Math.max(highest, shape(slot));
    return highest;
  };
}

/** Slots since the last restart. @param {readonly number[]} restarts @returns {Shape} */
export function ageSince(restarts) {
  let next = 0;
  let begun = 0;
  return (/** @type {number} */ slot) => {
    while (next < restarts.length && (restarts[next] ?? 0) <= slot) begun = restarts[next++] ?? 0;
    return slot - begun;
  };
}

/** Traffic, or none: then 1. @param {Random} random @param {number} amplitude 0 = none */
export function trafficOrNone(random, amplitude) {
  return amplitude > 0 ? traffic(random, amplitude) : () => 1;
}

/** How a level may go over to another one. @type {readonly ['line', 'S', 'bend', 'stairs']} */
export const TRANSITIONS = ['line', 'S', 'bend', 'stairs'];

/** From 0 to 1 in one of these ways, and 1 after. @param {typeof TRANSITIONS[number]} transition @param {number} length @returns {Shape} */
export function transit(transition, length) {
  const shares = {
    line: (/** @type {number} */ x) => x,
    S: (/** @type {number} */ x) => x * x * (3 - 2 * x),
    bend: (/** @type {number} */ x) => (1 - exp(-3 * x)) / (1 - exp(-3)),
    // One worker after the other.
    stairs: (/** @type {number} */ x) => Math.floor(8 * x) / 8,
  };
  const climb = ramp(length);
  return (age) => shares[transition](climb(age));
}
