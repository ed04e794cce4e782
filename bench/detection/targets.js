/**
 * The targets of the detection, and whether they are met. Families that the detectors are tuned on and those that are
 * held out have rows of their own: only the latter say what to expect of other programs.
 */
import { digits } from '../tables.js';
import {
  evenForecasts,
  falseAlarmsOf,
  forecastFigures,
  forecastsOf,
  isFound,
  LAST_HOUR,
  leakFigures,
  lifeFigures,
  microsecondsPerPoint,
  passingFigures,
  warningsPerDay,
} from './figures.js';
import { interval, orNever, percent } from './format.js';
import { SERIES_OF_BUSY_HOST } from './leakwatch.js';
import { HOUR, MINUTE, SLOT_SECONDS } from './time.js';

/**
 * @typedef {import('./follow.js').Outcome} Outcome
 * @typedef {import('./figures.js').Rate} Rate
 * @typedef {{ what: string, target: string, measured: string, met: boolean }} Target
 * @typedef {(kind: import('./plan.js').Family['kind']) => readonly (readonly [family: import('./plan.js').Family, outcomes: readonly Outcome[]])[]} Select
 * @typedef {ReturnType<Select>} Families
 */

/** The two sides of each target, and the share of leaks that must be found. */
const SIDES = [
  { side: 'held-out families', isHeldOut: true, found: 0.995 },
  { side: 'tuned families', isHeldOut: false, found: 0.99 },
];

/** @param {{ select: Select, bytes: number }} measured of leakwatch @returns {readonly Target[]} those for which there are series */
export function targetsOf({ select, bytes }) {
  const [healthy, passing, leaking] = [select('healthy'), select('passing'), select('leaking')];
  return [
    ...SIDES.flatMap(({ side, isHeldOut, found }) => {
      const ofSide = (/** @type {Families} */ families) =>
        families.filter(([{ heldOut = false }]) => heldOut === isHeldOut);
      return [...falseAlarmTargets(side, ofSide(healthy)), ...leakTargets(side, ofSide(leaking), found)];
    }),
    ...namedTargets([...healthy, ...passing, ...leaking]),
    ...forecastTargets(flat(leaking)),
    ...costTargets([...healthy, ...leaking], bytes),
  ];
}

/** @param {Families} families */
function flat(families) {
  return families.flatMap(([, outcomes]) => outcomes);
}

/** @param {string} side @param {Families} healthy @returns {Target[]} */
function falseAlarmTargets(side, healthy) {
  if (healthy.length === 0) return [];
  const all = falseAlarmsOf(flat(healthy));
  const rates = healthy.map(([{ name }, outcomes]) => ({ name, ...falseAlarmsOf(outcomes) }));
  const worst = rates.reduce((a, b) => (b.rate > a.rate ? b : a));
  const perHost = SERIES_OF_BUSY_HOST / 12;
  const host = all.rate * perHost;
  return [
    {
      what: `false alarms per series-year, ${side}`,
      target: '<= 0.1',
      measured: interval(all),
      met: all.rate <= 0.1,
    },
    {
      what: `false alarms per series-year, worst of the ${side}`,
      target: '<= 0.5',
      measured: `${worst.rate > 0 ? `${worst.name}: ` : ''}${interval(worst)}`,
      met: worst.rate <= 0.5,
    },
    {
      what: `false alarms a month of a host with ${SERIES_OF_BUSY_HOST} series, ${side}`,
      target: '<= 1',
      measured: `${digits(host)} (${digits(all.low * perHost)} to ${digits(all.high * perHost)})`,
      met: host <= 1,
    },
  ];
}

/** What counts as soon, if ten times an oracle's delay is less: nobody sees more in a curve of a few hours. */
const SOON_AT_LEAST = 4 * HOUR;

/** @param {string} side @param {Families} leaking @param {number} share of the leaks that must be found @returns {Target[]} */
function leakTargets(side, leaking, share) {
  if (leaking.length === 0) return [];
  const all = flat(leaking);
  const mature = flat(leaking.filter(([family]) => family.mature));
  const young = flat(leaking.filter(([family]) => !family.mature));
  const restarted = lifeFigures(flat(leaking.filter(([{ name }]) => name.startsWith('daily-'))));
  // The series ends at the limit, so a leak that was found was found before it.
  const inTime = all.filter(isFound).length;
  const targets = [atLeast(`leaks found before the limit, ${side}`, share, inTime, all.length)];
  if (mature.length > 0) {
    const { ratio } = leakFigures(mature);
    targets.push({
      what: `delay of mature series, median, as a multiple of the oracle’s, ${side}`,
      target: '<= 3',
      measured: orNever(ratio.median),
      met: ratio.median <= 3,
    });
  }
  if (young.length > 0) {
    const soon = young.filter(
      ({ found = Number.POSITIVE_INFINITY, oracle = 0 }) => found <= Math.max(10 * oracle, SOON_AT_LEAST),
    );
    const what = `leaks from birth or with restarts: found within 10 x the oracle’s delay or 4 h, ${side}`;
    targets.push(atLeast(what, 0.9, soon.length, young.length));
  }
  if (restarted.count > 0) {
    const { count, early, lateLives, lateCalled } = restarted;
    targets.push(atLeast(`leaks with daily restarts: found by the third day, ${side}`, 0.9, early, count));
    targets.push(
      atLeast(`leaks with daily restarts: later lives that are called, ${side}`, 0.95, lateCalled, lateLives),
    );
  }
  return targets;
}

/** @param {string} what @param {number} share @param {number} count @param {number} all @returns {Target} */
function atLeast(what, share, count, all) {
  return {
    what,
    target: `>= ${share * 100} %`,
    measured: `${percent(count / all)} (${all - count} of ${all} missed)`,
    met: count / all >= share,
  };
}

/** Slots, of the slowest series of one family. @typedef {{ what: string, family: string, most: number, of: (outcome: Outcome) => number | undefined }} Slowest */

/** Obvious leaks: the slowest detection counts. @type {readonly Slowest[]} */
const SLOWEST = [
  { what: 'a thread every 5 minutes: suspect', family: 'clear-threads', most: 30 * MINUTE, of: (o) => o.suspected },
  { what: 'a thread every 5 minutes: leak', family: 'clear-threads', most: 2 * HOUR, of: (o) => o.found },
  { what: 'a zombie a minute: leak', family: 'clear-zombies', most: 6 * MINUTE, of: (o) => o.found },
  { what: 'a perfect line from birth: leak', family: 'perfect-line', most: 4 * HOUR, of: (o) => o.found },
  {
    what: 'threads 43, 45, 44, 46 ...: leak, first life',
    family: 'two-forward-one-back',
    most: 12 * HOUR,
    of: (o) => o.found,
  },
  {
    what: 'threads 43, 45, 44, 46 ...: leak, third day of daily restarts',
    family: 'daily-forward-and-back',
    most: 3 * HOUR,
    of: ({ calls = [] }) => calls.find(({ life }) => life === 2)?.after,
  },
  { what: '10 to 38 MB an hour under 512 MB: told', family: 'quota', most: 4.5 * HOUR, of: toldAt },
];

/** Suspected, or forecast so that the interval holds what came. @param {Outcome} outcome */
function toldAt({ suspected = Number.POSITIVE_INFINITY, untilLimit = 0, checkpoints = [] }) {
  const right = checkpoints.find(
    ({ remaining, low = Number.POSITIVE_INFINITY, high = 0 }) => low <= remaining && remaining <= high,
  );
  return Math.min(suspected, right ? untilLimit - right.remaining / SLOT_SECONDS : Number.POSITIVE_INFINITY);
}

/** Targets of single families. @param {Families} families @returns {Target[]} */
function namedTargets(families) {
  const outcomesOf = (/** @type {string} */ name) => families.find(([family]) => family.name === name)?.[1] ?? [];
  const slowest = SLOWEST.filter(({ family }) => outcomesOf(family).length > 0).map(({ what, family, most, of }) => {
    const slots = Math.max(...outcomesOf(family).map((outcome) => of(outcome) ?? Number.POSITIVE_INFINITY));
    return { what: `${what}, slowest`, target: `<= ${timeText(most)}`, measured: timeText(slots), met: slots <= most };
  });
  return [...slowest, ...dynoTargets(outcomesOf('dynos')), ...rampTargets(outcomesOf('long-ramps'))];
}

/** @param {readonly Outcome[]} dynos @returns {Target[]} */
function dynoTargets(dynos) {
  if (dynos.length === 0) return [];
  const perDay = warningsPerDay(dynos);
  return [
    {
      what: 'warnings a day of a healthy program that starts anew each day',
      target: '<= 0.05',
      measured: digits(perDay),
      met: perDay <= 0.05,
    },
  ];
}

/** @param {readonly Outcome[]} ramps @returns {Target[]} */
function rampTargets(ramps) {
  if (ramps.length === 0) return [];
  const { overdue } = passingFigures(ramps);
  return [
    {
      what: 'ramps of 2 to 12 hours that hold: an alarm stands a quarter of their length later',
      target: '<= 5 %',
      measured: percent(overdue),
      met: overdue <= 0.05,
    },
  ];
}

/** @param {number} slots */
function timeText(slots) {
  if (!Number.isFinite(slots)) return 'never';
  return slots > 2 * HOUR ? `${digits(slots / HOUR)} h` : `${digits(slots / MINUTE)} min`;
}

/** @param {readonly Outcome[]} outcomes @returns {Target[]} */
function forecastTargets(outcomes) {
  const { shown, error, covered } = forecastFigures(evenForecasts(outcomes));
  if (!(shown > 0)) return [];
  const lastHour = forecastFigures(forecastsOf(outcomes, LAST_HOUR));
  return [
    {
      what: 'forecasts that are shown: median error',
      target: '<= 20 %',
      measured: percent(error.median),
      met: error.median <= 0.2,
    },
    contains('forecasts: the 90 % interval contains the real time', covered),
    contains('forecasts in the last hour before the limit: the same', lastHour.covered),
  ];
}

/** @param {string} what @param {number} covered @returns {Target} */
function contains(what, covered) {
  const measured = Number.isNaN(covered) ? 'none stated' : percent(covered);
  return { what, target: '85 to 95 %', measured, met: covered >= 0.85 && covered <= 0.95 };
}

/** @param {Families} families @param {number} bytes @returns {Target[]} */
function costTargets(families, bytes) {
  // `workers` is judged as a whole host: its points are not those of one series.
  const single = flat(families.filter(([{ name }]) => name !== 'workers'));
  if (single.length === 0) return [];
  const microseconds = microsecondsPerPoint(single);
  return [
    { what: 'CPU per point', target: '<= 1 us', measured: `${digits(microseconds)} us`, met: microseconds <= 1 },
    {
      what: 'memory per series',
      target: '<= 4 KB',
      measured: `${digits(bytes / 1024)} KB`,
      met: bytes <= 4096,
    },
  ];
}
