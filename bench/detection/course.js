/** The course of a leak: its onset, speed and limit. */
import { limitAbove, rounded } from './plan.js';
import { DAY, HOUR } from './time.js';

/**
 * @typedef {import('./plan.js').Metric} Metric
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./shapes.js').Shape} Shape
 */

/** A series ends this long after its onset if it has not reached its limit. */
const LONGEST = 60 * DAY;

/** Onset of a leak in a program that has run for days. @param {Random} random */
export function onsetOf(random) {
  return random.whole(3 * DAY, 10 * DAY);
}

/**
 * The parts of a plan that follow from the speed of the leak.
 * @param {{ metric: Metric, onset: number, base: number, perHour: number, leastHours?: number }} leak
 *   base: highest value without the leak; leastHours: hours of leak that the limit leaves room for at least
 */
export function course({ metric, onset, base, perHour, leastHours = 2 }) {
  const limit = limitAbove(metric, Math.max(1.5 * base, base + leastHours * perHour, base + 20));
  const untilLimit = ((limit - base) / perHour) * HOUR;
  const slots = onset + Math.ceil(Math.min(LONGEST, 2 * untilLimit + DAY));
  return { metric, onset, limit, slots, slopePerHour: rounded(perHour) };
}

/** A straight line. @param {number} perHour @returns {() => Shape} */
export function evenly(perHour) {
  return () => (age) => (age * perHour) / HOUR;
}

/** A straight line in whole units: one item after the other at equal distances. @param {number} perHour @returns {() => Shape} */
export function oneByOne(perHour) {
  return () => (age) => Math.floor((age * perHour) / HOUR);
}

/** Two items more and then one less, in turn. @param {number} every slots between two of these @returns {() => Shape} */
export function forwardAndBack(every) {
  return () => (age) => {
    const moves = Math.floor(age / every);
    return 2 * Math.ceil(moves / 2) - Math.floor(moves / 2);
  };
}
