/**
 * What series are made of. Each function takes its parameters and returns the value of each slot in turn: to be called
 * once a slot, in order. Times are in slots.
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

/** The same, by the time in which it forgets. @param {Random} random @param {number} tau */
export function drifting(random, tau) {
  return wandering(random, exp(-1 / tau));
}

/**
 * Whole numbers that come and go, each for `hold` slots on average (the queue M/M/infinity).
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

/** From 0 to 1 and back at once. @param {Random} random @param {number} period @param {number} jitter of its length */
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
 * Traffic: a day's wave from 1 - amplitude to 1 + amplitude with a smaller one of half a day, less on two days a week,
 * and one working day that is none.
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

/** From 0 to nearly 1. @param {number} tau two thirds of the way */
export function settling(tau) {
  return (/** @type {number} */ slot) => 1 - exp(-slot / tau);
}

/** From nearly 0 to nearly 1. @param {number} middle @param {number} steepness slots from one quarter to the next, about */
export function logistic(middle, steepness) {
  return (/** @type {number} */ slot) => 1 / (1 + exp((middle - slot) / steepness));
}

/** From 0 to 1 in a straight line, then 1. @param {number} length */
export function ramp(length) {
  return (/** @type {number} */ slot) => Math.min(1, Math.max(0, slot / length));
}

/** The greatest so far. @param {Shape} shape */
export function highWater(shape) {
  let highest = 0;
  return (/** @type {number} */ slot) => {
    highest = Math.max(highest, shape(slot));
    return highest;
  };
}
