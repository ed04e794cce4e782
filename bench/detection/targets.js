/** The targets of the detection, and whether they are met. */
import { digits } from '../tables.js';
import { falseAlarmsOf, forecastFigures, isFound, leakFigures, microsecondsPerPoint } from './figures.js';
import { interval, percent } from './format.js';
import { SERIES_OF_BUSY_HOST } from './leakwatch.js';
import { MINUTE, YEAR } from './time.js';

/**
 * @typedef {import('./follow.js').Outcome} Outcome
 * @typedef {import('./figures.js').Rate} Rate
 * @typedef {{ what: string, target: string, measured: string, met: boolean }} Target
 * @typedef {(kind: import('./plan.js').Family['kind']) => readonly (readonly [family: import('./plan.js').Family, outcomes: readonly Outcome[]])[]} Select
 */

/** @param {{ select: Select, bytes: number }} measured of leakwatch @returns {readonly Target[]} those for which there are series */
export function targetsOf({ select, bytes }) {
  const healthy = select('healthy');
  const leaking = select('leaking');
  return [
    ...(healthy.length > 0 ? falseAlarmTargets(healthy) : []),
    ...(leaking.length > 0 ? leakTargets(leaking) : []),
    ...clearTargets(leaking),
    ...forecastTargets(leaking.flatMap(([, outcomes]) => outcomes)),
    ...costTargets([...healthy, ...leaking], bytes),
  ];
}

/** @param {ReturnType<Select>} healthy @returns {Target[]} */
function falseAlarmTargets(healthy) {
  const all = falseAlarmsOf(healthy.flatMap(([, outcomes]) => outcomes));
  const rates = healthy.map(([{ name }, outcomes]) => ({ name, ...falseAlarmsOf(outcomes) }));
  const worst = rates.reduce((a, b) => (b.rate > a.rate ? b : a));
  const perHost = SERIES_OF_BUSY_HOST / 12;
  const host = all.rate * perHost;
  return [
    {
      what: 'false alarms per series-year, all healthy families',
      target: '<= 0.1',
      measured: interval(all),
      met: all.rate <= 0.1,
    },
    {
      what: 'false alarms per series-year, worst healthy family',
      target: '<= 0.5',
      measured: `${worst.rate > 0 ? `${worst.name}: ` : ''}${interval(worst)}`,
      met: worst.rate <= 0.5,
    },
    {
      what: `false alarms a month of a host with ${SERIES_OF_BUSY_HOST} series`,
      target: '<= 1',
      measured: `${digits(host)} (${digits(all.low * perHost)} to ${digits(all.high * perHost)})`,
      met: host <= 1,
    },
  ];
}

/** @param {ReturnType<Select>} leaking @returns {Target[]} */
function leakTargets(leaking) {
  const all = leaking.flatMap(([, outcomes]) => outcomes);
  const mature = leaking.filter(([family]) => family.mature).flatMap(([, outcomes]) => outcomes);
  // The series ends at the limit, so a leak that was found was found before it.
  const inTime = all.filter(isFound).length;
  const targets = [
    {
      what: 'leaks found before the limit',
      target: '>= 99 %',
      measured: `${percent(inTime / all.length)} (${all.length - inTime} of ${all.length} missed)`,
      met: inTime / all.length >= 0.99,
    },
  ];
  if (mature.length > 0) {
    const { ratio } = leakFigures(mature);
    targets.push({
      what: 'delay of mature series, median, as a multiple of the oracle’s',
      target: '<= 3',
      measured: digits(ratio.median),
      met: ratio.median <= 3,
    });
  }
  return targets;
}

/** Obvious leaks: the slowest detection counts. @param {ReturnType<Select>} leaking @returns {Target[]} */
function clearTargets(leaking) {
  const slowest = (/** @type {string} */ name, /** @type {(outcome: Outcome) => number | undefined} */ of) => {
    const outcomes = leaking.find(([family]) => family.name === name)?.[1];
    return outcomes && Math.max(...outcomes.map((outcome) => of(outcome) ?? Number.POSITIVE_INFINITY)) / MINUTE;
  };
  const clear = [
    {
      what: 'a thread every 5 minutes: suspect, slowest',
      minutes: slowest('clear-threads', (o) => o.suspected),
      most: 30,
    },
    { what: 'a thread every 5 minutes: leak, slowest', minutes: slowest('clear-threads', (o) => o.found), most: 120 },
    { what: 'a zombie a minute: leak, slowest', minutes: slowest('clear-zombies', (o) => o.found), most: 6 },
  ];
  return clear.flatMap(({ what, minutes, most }) =>
    minutes === undefined
      ? []
      : [{ what, target: `<= ${most} min`, measured: `${digits(minutes)} min`, met: minutes <= most }],
  );
}

/** @param {readonly Outcome[]} outcomes @returns {Target[]} */
function forecastTargets(outcomes) {
  const { shown, error, covered } = forecastFigures(outcomes);
  if (!(shown > 0)) return [];
  return [
    {
      what: 'forecasts that are shown: median error',
      target: '<= 20 %',
      measured: percent(error.median),
      met: error.median <= 0.2,
    },
    {
      what: 'forecasts: the 90 % interval contains the real time',
      target: '85 to 95 %',
      measured: Number.isNaN(covered) ? 'none stated' : percent(covered),
      met: covered >= 0.85 && covered <= 0.95,
    },
  ];
}

/** @param {ReturnType<Select>} families @param {number} bytes @returns {Target[]} */
function costTargets(families, bytes) {
  // `workers` is judged as a whole host: its points are not those of one series.
  const single = families.filter(([{ name }]) => name !== 'workers').flatMap(([, outcomes]) => outcomes);
  if (single.length === 0) return [];
  const microseconds = microsecondsPerPoint(single);
  const yearSeconds = (microseconds * YEAR) / 1e6;
  return [
    { what: 'CPU per point', target: '<= 2 us', measured: `${digits(microseconds)} us`, met: microseconds <= 2 },
    {
      what: 'CPU per series-year',
      target: '<= 5 s',
      measured: `${digits(yearSeconds)} s`,
      met: yearSeconds <= 5,
    },
    {
      what: 'memory per series',
      target: '<= 4 KB',
      measured: `${digits(bytes / 1024)} KB`,
      met: bytes <= 4096,
    },
  ];
}
