/** The course of a leak: when it begins, how fast it goes, and where it must end. */
import { limitAbove, rounded } from './plan.js';
import { DAY, HOUR } from './time.js';

/**
 * @typedef {import('./plan.js').Metric} Metric
 * @typedef {import('./random.js').Random} Random
 * @typedef {import('./shapes.js').Shape} Shape
 */

/** No series goes on for longer after its onset, limit or not. */
const LONGEST = 60 * DAY;

/** When a leak begins in a life of days. @param {Random} random */
export function onsetOf(random) {
  return random.whole(3 * DAY, 10 * DAY);
}

/**
 * The parts of a plan that follow from how fast it grows.
 * @param {{ metric: Metric, onset: number, base: number, perHour: number, leastHours?: number }} leak
 *   base: the most there is without the leak; leastHours: the limit is not nearer than what they bring
 */
export function course({ metric, onset, base, perHour, leastHours = 2 }) {
  const limit = limitAbove(metric, Math.max(1.5 * base, base + leastHours * perHour, base + 20));
  const untilLimit = ((limit - base) / perHour) * HOUR;
  const slots = onset + Math.ceil(Math.min(LONGEST, 2 * untilLimit + DAY));
  return { metric, onset, limit, slots, slopePerHour: rounded(perHour) };
}

/** One by one, at even distances. @param {number} perHour @returns {() => Shape} */
export function evenly(perHour) {
  return () => (age) => (age * perHour) / HOUR;
}

/** Whole numbers of the same. @param {number} perHour @returns {() => Shape} */
export function oneByOne(perHour) {
  return () => (age) => Math.floor((age * perHour) / HOUR);
}
