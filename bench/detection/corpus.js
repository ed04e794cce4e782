/**
 * The labelled corpus: families of generated series. The family's name and a seed determine a series to the last bit on
 * every machine. One value per slot of 20 seconds: whole numbers, memory in whole pages.
 */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { DAILY_LIVES } from './families/daily-lives.js';
import { EVENTS } from './families/events.js';
import { HEAPS } from './families/heaps.js';
import { HIDDEN_LEAKS } from './families/hidden-leaks.js';
import { INTERRUPTED_LEAKS } from './families/interrupted-leaks.js';
import { LEAKS } from './families/leaks.js';
import { LIVES } from './families/lives.js';
import { MASKED_LEAKS } from './families/masked-leaks.js';
import { NIGHTS } from './families/nights.js';
import { NOISE } from './families/noise.js';
import { PASSING } from './families/passing.js';
import { PRESENT_LEAKS } from './families/present-leaks.js';
import { RAMPS } from './families/ramps.js';
import { Random } from './random.js';
import { HOUR, SLOT_SECONDS } from './time.js';

/**
 * @typedef {import('./plan.js').Family} Family
 *
 * @typedef {object} Series
 * @property {Family} family
 * @property {number} seed
 * @property {import('./plan.js').Plan} plan
 * @property {number} onset first slot of the growth; Infinity if nothing grows
 * @property {number} limit in the unit of the values: bytes or a count
 * @property {Float64Array} values by slot; NaN = not sampled
 * @property {Float64Array} level values without growth and before rounding, in the plan's unit
 * @property {Float64Array} noise the level as the oracle sees it, see `Plan`
 * @property {Float64Array} growth added to the level, in the plan's unit
 * @property {Float64Array | undefined} companion see `Plan`
 * @property {number} limitAt slot in which the limit is reached; Infinity if never
 * @property {number} end slot in which 95 % of passing growth has come; Infinity for other families
 */

/** @type {readonly Family[]} */
export const FAMILIES = [
  ...NOISE,
  ...EVENTS,
  ...RAMPS,
  ...NIGHTS,
  ...LIVES,
  ...HEAPS,
  ...PASSING,
  ...LEAKS,
  ...HIDDEN_LEAKS,
  ...DAILY_LIVES,
  ...PRESENT_LEAKS,
  ...INTERRUPTED_LEAKS,
  ...MASKED_LEAKS,
];

/** Seeds start after these numbers. Detectors are tuned on other series than the results report. */
export const SEEDS = { tune: 0, report: 1000 };

const PAGE = 4096;
const PAGES_PER_MEGABYTE = 256;

/** How long a series goes on after it has reached its limit. */
const AFTER_LIMIT = HOUR;

/** @param {string} name @returns {Family | undefined} */
export function findFamily(name) {
  return FAMILIES.find((family) => family.name === name);
}

/** Each part of a series has a random generator of its own. @param {Family} family @param {number} seed @param {string} part */
function streamOf(family, seed, part) {
  return new Random(`${family.name}/${seed}/${part}`);
}

/** @param {Family} family @param {number} seed */
export function planOf(family, seed) {
  return family.plan(streamOf(family, seed, 'plan'));
}

/** @param {Family} family @param {number} seed @returns {Series} */
export function generate(family, seed) {
  const plan = planOf(family, seed);
  const unit = plan.metric === 'rss' ? PAGE : 1;
  const perUnit = plan.metric === 'rss' ? PAGES_PER_MEGABYTE : 1;
  const limit = Math.round(plan.limit * perUnit) * unit;
  const { onset = Number.POSITIVE_INFINITY, slots } = plan;
  const [values, level, growth] = [new Float64Array(slots), new Float64Array(slots), new Float64Array(slots)];
  const companion = plan.companion && new Float64Array(slots).fill(Number.NaN);
  const levelAt = plan.level(streamOf(family, seed, 'level'), companion ?? values);
  const growthAt = plan.growth?.(streamOf(family, seed, 'growth'));
  let limitAt = Number.POSITIVE_INFINITY;
  let length = 0;
  for (; length < slots && length < limitAt + AFTER_LIMIT; length++) {
    const base = levelAt(length);
    const more = growthAt && length >= onset ? growthAt(length - onset) : 0;
    level[length] = base;
    growth[length] = more;
    // Noise can push the level below 0.
    const value = Math.max(0, Math.round((base + more) * perUnit)) * unit;
    if (value >= limit && family.kind === 'leaking') limitAt = Math.min(limitAt, length);
    values[length] = Math.min(limit, value);
  }
  if (companion && growthAt) fillAges(companion, growth);
  return {
    family,
    seed,
    plan,
    onset,
    limit,
    values: values.subarray(0, length),
    level: level.subarray(0, length),
    noise: plan.noise ? valuesOf(plan.noise(streamOf(family, seed, 'noise')), length) : level.subarray(0, length),
    growth: growth.subarray(0, length),
    companion,
    limitAt,
    end: family.kind === 'passing' ? endOf(growth.subarray(0, length)) : Number.POSITIVE_INFINITY,
  };
}

/** @param {import('./shapes.js').Shape} shape @param {number} length */
function valuesOf(shape, length) {
  return Float64Array.from({ length }, (_, slot) => shape(slot));
}

/** Age of the oldest item, in seconds, from the slot in which the first one appears. @param {Float64Array} ages @param {Float64Array} counts */
function fillAges(ages, counts) {
  const first = counts.findIndex((count) => count > 0);
  if (first >= 0) for (let slot = first; slot < ages.length; slot++) ages[slot] = (slot - first) * SLOT_SECONDS;
}

/** @param {Float64Array} growth */
function endOf(growth) {
  const last = growth.at(-1) ?? 0;
  return growth.findIndex((more) => more >= 0.95 * last);
}

/** One line of `--manifest`: what is needed to make the series again, and its labels. @param {Series} series */
export function manifestOf({ family, seed, plan, values, limit, limitAt, end }) {
  return {
    family: family.name,
    kind: family.kind,
    heldOut: family.heldOut === true,
    seed,
    metric: plan.metric,
    intervalSeconds: SLOT_SECONDS,
    slots: values.length,
    parameters: plan.parameters,
    limit,
    ...(plan.onset !== undefined && { onset: plan.onset }),
    ...(plan.slopePerHour !== undefined && { slopePerHour: plan.slopePerHour }),
    ...(Number.isFinite(limitAt) && { limitAt }),
    ...(Number.isFinite(end) && { end }),
    ...(plan.restarts && { restarts: plan.restarts }),
  };
}

/** SHA-256 of the values, with -1 for slots that were not sampled. @param {Series} series */
export function hashOf({ values }) {
  const plain = values.map((value) => (Number.isNaN(value) ? -1 : value));
  const bytes = Buffer.from(plain.buffer);
  return createHash('sha256')
    .update(endianness() === 'BE' ? bytes.swap64() : bytes)
    .digest('hex');
}
