/**
 * One subject follows one series, and its verdicts are compared with the labels of the series.
 *
 *   healthy   |------------------------------|   any alarm is false
 *   leaking   |-- false --|onset --- found? -----limit|
 *   passing   |           |onset -- called? --|end -- withdrawn? called again? --|
 *
 * All times are in slots of 20 seconds, at whatever interval the series is sampled.
 */
import { samplesOf, USUAL } from './sampling.js';
import { DAY, HOUR, MINUTE, SLOT_SECONDS } from './time.js';
import { LEAK, OK, SUSPECT } from './verdicts.js';

/**
 * @typedef {import('./corpus.js').Series} Series
 * @typedef {import('./subjects.js').Subject} Subject
 *
 * A forecast on the way to the limit and the time that it really took. `seconds` is absent if there was no forecast.
 * @typedef {object} Checkpoint
 * @property {number} remaining seconds
 * @property {number} [seconds]
 * @property {number} [low]
 * @property {number} [high] Infinity if the lowest slope of the interval never reaches the limit
 *
 * Times are in slots after the onset, unless said otherwise.
 * @typedef {object} Outcome
 * @property {string} family
 * @property {number} seed
 * @property {string} subject
 * @property {string} metric
 * @property {number} slots
 * @property {number} points samples
 * @property {number} microseconds of CPU
 * @property {number} quietSlots slots in which an alarm is false: after `settled` and before the onset
 * @property {number[]} falseAlarms slots of the false alarms
 * @property {number} told changes to `leak` in the quiet slots; an alarm can have several
 * @property {number} warnings changes to `suspect` in the quiet slots
 * @property {boolean} hasty suspected, or called, in its first hour, which was quiet
 * @property {number} [untilLimit] absent if the limit is not reached
 * @property {number} [oracle] Infinity if the oracle does not find the leak before the end of the series
 * @property {number} [suspected] first suspicion or alarm after the onset
 * @property {number} [found] first alarm after the onset
 * @property {number} [rise] growth when the leak was found, in the unit of the values
 * @property {number} [riseShare] the same as a share of the headroom at the onset
 * @property {number} [held] share of the time from there to the limit in which the verdict was `leak`
 * @property {Checkpoint[]} [checkpoints] evenly spaced
 * @property {Checkpoint[]} [approach] in the last hours before the limit
 * @property {number} [lasted] slots from the onset to the end of passing growth
 * @property {boolean} [stoodAtEnd] was the verdict `leak` at the end of passing growth?
 * @property {number} [withdrawn] slots from that end until the verdict was no longer `leak`; absent if never
 * @property {number} [calledAfterEnd] alarms that begin after that end
 * @property {number} [lives] of a leaking program that is restarted
 * @property {{ life: number, after: number }[]} [calls] those that were called, counted from 0, and slots from its beginning
 *   to its first alarm
 * @property {number} [rises] rises of passing growth: one, unless the plan says more
 * @property {number} [overdue] rises of which an alarm stands a quarter of their length after they ended
 */

/** A change to `leak` this soon after the beginning of an alarm belongs to that alarm, unless there was a restart in between. */
const ONE_ALARM = DAY;
/** Number of forecasts between onset and limit, evenly spaced. */
const CHECKPOINTS = 19;
/** How long before the limit further forecasts are asked for: every five minutes of the last hour, and the last six hours. */
const APPROACH = [
  ...Array.from({ length: 12 }, (_, at) => (at + 1) * 5 * MINUTE),
  ...Array.from({ length: 5 }, (_, at) => (at + 2) * HOUR),
];
const BYTES_PER_UNIT = { rss: 1024 * 1024 };

/**
 * @param {Series} series
 * @param {Subject} subject
 * @param {{ oracle?: number, sampling?: import('./sampling.js').Sampling, tell?: (slot: number, verdict: number) => void }} [options]
 *   oracle: slots after the onset from which an alarm that began before the onset counts as found; tell: called for each
 *   change of the verdict
 * @returns {Outcome}
 */
export function follow(series, subject, { oracle = Number.POSITIVE_INFINITY, sampling = USUAL, tell } = {}) {
  const { family, seed, values, onset, end, limitAt } = series;
  let watcher = subject.watch(series, sampling);
  const { slots, times, restarts: monitorRestarts } = samplesOf(series, sampling);
  const { restarts = [], settled = 0 } = series.plan;
  const quietFrom = Math.min(settled, onset);
  const isAsked = family.kind === 'leaking' && watcher.forecast;
  const [checkpoints, approach] = isAsked ? [checkpointsOf(series), approachOf(series)] : [[], []];
  /** @type {number[]} */
  const alarms = [];
  /** @type {Checkpoint[]} */
  const said = [];
  /** @type {Checkpoint[]} */
  const saidLate = [];
  /** @type {{ life: number, after: number }[]} */
  const calls = [];
  const deadlines = deadlinesOf(series);
  const [restartsBy, monitorRestartsBy] = [passing(restarts), passing(monitorRestarts)];
  const [checkpointsBy, approachBy, deadlinesBy] = [passing(checkpoints), passing(approach), passing(deadlines)];
  let [points, told, warnings, life, pointsSinceFound, pointsHeld, overdue] = [0, 0, 0, 0, 0, 0, 0];
  let [verdict, suspectedAt, foundAt, countedFrom] = [OK, -1, -1, -1];
  let [hasEnded, stoodAtEnd, withdrawnAt, hasty] = [false, false, -1, false];
  const begun = process.cpuUsage();
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at] ?? 0;
    if (slot > limitAt) break;
    if (Number.isNaN(values[slot])) continue;
    if (monitorRestartsBy(slot) > 0) {
      const learned = sampling.monitorRestarts === 'remembering' ? watcher.learned?.() : undefined;
      watcher = subject.watch(series, sampling, learned);
      verdict = OK;
    }
    const restarted = restartsBy(slot);
    if (restarted > 0) {
      life += restarted;
      watcher.restart(slot);
      verdict = OK;
      countedFrom = -1;
    }
    points++;
    const before = verdict;
    verdict = watcher.push(slot, times[at] ?? 0);
    if (tell && verdict !== before) tell(slot, verdict);
    if (verdict === LEAK && before !== LEAK) {
      if (calls.at(-1)?.life !== life) calls.push({ life, after: slot - (restarts[life - 1] ?? 0) });
      // Changes within a day are one alarm. An alarm after the onset is found in its own right (below).
      if (countedFrom < 0 || slot - countedFrom >= ONE_ALARM) {
        alarms.push(slot);
        countedFrom = slot;
      }
      if (slot < onset) told += slot >= quietFrom ? 1 : 0;
      else if (foundAt < 0) foundAt = slot;
    }
    // An alarm that began too early is right from the time on at which the oracle finds the leak.
    if (verdict === LEAK && foundAt < 0 && slot >= onset + oracle) foundAt = slot;
    if (verdict === SUSPECT && before < SUSPECT && slot < onset && slot >= quietFrom) warnings++;
    if (verdict >= SUSPECT && slot < Math.min(HOUR, onset) && slot >= quietFrom) hasty = true;
    if (verdict >= SUSPECT && slot >= onset && suspectedAt < 0) suspectedAt = slot;
    if (foundAt >= 0) {
      pointsSinceFound++;
      if (verdict === LEAK) pointsHeld++;
    }
    if (slot > end && stoodAtEnd && verdict !== LEAK && withdrawnAt < 0) withdrawnAt = slot;
    if (slot >= end && !hasEnded) [hasEnded, stoodAtEnd] = [true, verdict === LEAK];
    const due = deadlinesBy(slot);
    if (verdict === LEAK) overdue += due;
    const [isEven, isLate] = [checkpointsBy(slot) > 0, approachBy(slot) > 0];
    if (isEven || isLate) {
      const checkpoint = { remaining: (limitAt - slot) * SLOT_SECONDS, ...watcher.forecast?.(slot) };
      if (isEven) said.push(checkpoint);
      if (isLate) saidLate.push(checkpoint);
    }
    // Without forecasts nothing after the first alarm is counted.
    if (family.kind === 'leaking' && foundAt >= 0 && !watcher.forecast && !tell) break;
  }
  const spent = process.cpuUsage(begun);
  /** @type {Outcome} */
  const outcome = {
    family: family.name,
    seed,
    subject: subject.name,
    metric: series.plan.metric,
    slots: values.length,
    points,
    microseconds: spent.user + spent.system,
    quietSlots: Math.min(values.length, onset) - quietFrom,
    falseAlarms: alarms.filter((at) => at >= quietFrom && at < onset),
    told,
    warnings,
    hasty,
  };
  if (onset < values.length) {
    if (suspectedAt >= 0) outcome.suspected = suspectedAt - onset;
    if (foundAt >= 0) Object.assign(outcome, { found: foundAt - onset }, riseOf(series, foundAt));
    if (foundAt >= 0 && watcher.forecast) outcome.held = pointsHeld / pointsSinceFound;
    if (family.kind === 'leaking') outcome.oracle = oracle;
    if (family.kind === 'leaking' && life > 0 && watcher.forecast) Object.assign(outcome, { lives: life + 1, calls });
    if (Number.isFinite(limitAt)) outcome.untilLimit = limitAt - onset;
    if (said.length > 0) outcome.checkpoints = said;
    if (saidLate.length > 0) outcome.approach = saidLate;
  }
  if (Number.isFinite(end)) {
    outcome.lasted = end - onset;
    outcome.stoodAtEnd = stoodAtEnd;
    outcome.calledAfterEnd = alarms.filter((at) => at > end).length;
    outcome.rises = deadlines.length;
    outcome.overdue = overdue;
    if (withdrawnAt >= 0) outcome.withdrawn = withdrawnAt - end;
  }
  return outcome;
}

/** @param {Series} series @returns {number[]} slots */
function checkpointsOf({ onset, limitAt, values }) {
  if (!Number.isFinite(limitAt)) return [];
  const slots = Array.from({ length: CHECKPOINTS }, (_, at) =>
    Math.round(onset + ((at + 1) / (CHECKPOINTS + 1)) * (limitAt - onset)),
  );
  return [...new Set(slots)].filter((slot) => slot < limitAt && !Number.isNaN(values[slot]));
}

/** The second half of the way: in the first one the growth may be too young for a forecast. @param {Series} series @returns {number[]} slots */
function approachOf({ onset, limitAt, values }) {
  if (!Number.isFinite(limitAt)) return [];
  return APPROACH.map((before) => limitAt - before)
    .filter((slot) => slot >= (onset + limitAt) / 2 && !Number.isNaN(values[slot]))
    .sort((a, b) => a - b);
}

/** Counts how many of these have come since it was last asked. @param {readonly number[]} slots in order @returns {(slot: number) => number} */
function passing(slots) {
  let next = 0;
  return (slot) => {
    const from = next;
    while (next < slots.length && (slots[next] ?? 0) <= slot) next++;
    return next - from;
  };
}

/** Slots in which no alarm may stand any more: a quarter of each rise after its end. @param {Series} series */
function deadlinesOf({ plan, onset, end }) {
  if (!Number.isFinite(end)) return [];
  const rises = plan.rises ?? [{ from: onset, to: end }];
  return rises.map(({ from, to }) => Math.ceil(to + (to - from) / 4));
}

/** @param {Series} series @param {number} slot */
function riseOf({ plan, growth, limit, level, onset }, slot) {
  const unit = plan.metric === 'rss' ? BYTES_PER_UNIT.rss : 1;
  const rise = (growth[slot] ?? 0) * unit;
  return { rise, riseShare: rise / (limit - (level[onset] ?? 0) * unit) };
}
