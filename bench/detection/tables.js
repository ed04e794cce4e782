/** The tables of the report. */
import { digits, table } from '../tables.js';
import { findFamily } from './corpus.js';
import {
  evenForecasts,
  falseAlarmsOf,
  forecastFigures,
  forecastsOf,
  hastyShare,
  leakFigures,
  lifeFigures,
  microsecondsPerPoint,
  PARTS_OF_WAY,
  passingFigures,
  precision,
  sum,
  warningsPerDay,
} from './figures.js';
import { interval, orNever, percent } from './format.js';
import { DAY, HOUR } from './time.js';

/**
 * @typedef {import('./follow.js').Outcome} Outcome
 * @typedef {import('./plan.js').Family} Family
 * @typedef {readonly (readonly [family: Family, outcomes: readonly Outcome[]])[]} ByFamily
 * @typedef {(subject: string, kind: Family['kind']) => ByFamily} Select
 * @typedef {{ name: string, bytes: number }} Measured
 */

const flat = (/** @type {ByFamily} */ families) => families.flatMap(([, outcomes]) => outcomes);
const nameOf = (/** @type {Family} */ { name, heldOut }) => (heldOut ? `${name} (held out)` : name);

/** @param {readonly import('./targets.js').Target[]} targets */
export function targetTable(targets) {
  return table(
    ['what', 'target', 'measured', 'met'],
    targets.map(({ what, target, measured, met }) => [what, target, measured, met ? 'yes' : 'NO']),
  );
}

/** Variants of leakwatch, each on the same series. @param {readonly { text: string, outcomes: readonly Outcome[] }[]} variants */
export function sensitivityTable(variants) {
  return table(
    [
      'leakwatch',
      'false alarms',
      'per series-year (95 %)',
      'leaks found',
      'within 10 x oracle',
      'leak after, h',
      'passing growth called',
    ],
    variants.map(({ text, outcomes }) => {
      const of = (/** @type {Family['kind']} */ kind) =>
        outcomes.filter(({ family }) => findFamily(family)?.kind === kind);
      const [healthy, leaks, passing] = [of('healthy'), of('leaking'), of('passing')];
      const rate = falseAlarmsOf(healthy);
      const { count, found, foundSoon, delayHours } = leakFigures(leaks);
      return [
        text,
        healthy.length > 0 ? `${rate.events} in ${digits(rate.years)} years` : '-',
        healthy.length > 0 ? interval(rate) : '-',
        count > 0 ? `${Math.round(found * count)} of ${count}` : '-',
        percent(foundSoon),
        orNever(delayHours.median),
        percent(passingFigures(passing).called),
      ];
    }),
  );
}

/** @param {Select} select @param {readonly Measured[]} subjects */
export function comparisonTable(select, subjects) {
  return table(
    [
      'subject',
      'false alarms per series-year (95 %)',
      'worst family',
      'passing growth called a leak',
      'leaks found',
      'within 10 x oracle',
      'delay / oracle, median',
      'precision, 1 % leak',
      '10 % leak',
      'CPU us per point',
      'bytes per series',
    ],
    subjects.map(({ name, bytes }) => {
      const healthy = select(name, 'healthy');
      const leaks = flat(select(name, 'leaking'));
      const rate = falseAlarmsOf(flat(healthy));
      const worst = Math.max(...healthy.map(([, outcomes]) => falseAlarmsOf(outcomes).rate));
      const { found, foundSoon } = leakFigures(leaks);
      const { ratio } = leakFigures(flat(select(name, 'leaking').filter(([{ mature }]) => mature)));
      const single = [...healthy, ...select(name, 'leaking')].filter(([family]) => family.name !== 'workers');
      return [
        name,
        interval(rate),
        digits(worst),
        percent(passingFigures(flat(select(name, 'passing'))).called),
        percent(found),
        percent(foundSoon),
        orNever(ratio.median),
        percent(precision(0.01, found, rate)),
        percent(precision(0.1, found, rate)),
        digits(microsecondsPerPoint(flat(single))),
        digits(bytes),
      ];
    }),
  );
}

/** @param {Select} select @param {string} subject */
export function healthyTable(select, subject) {
  const row = (/** @type {string} */ name, /** @type {readonly Outcome[]} */ outcomes) => {
    const rate = falseAlarmsOf(outcomes);
    const told = String(sum(outcomes, (outcome) => outcome.told));
    return [
      name,
      digits(rate.years),
      String(rate.events),
      interval(rate),
      told,
      digits(warningsPerDay(outcomes)),
      percent(hastyShare(outcomes)),
    ];
  };
  const healthy = select(subject, 'healthy');
  const before = flat(select(subject, 'leaking')).filter(({ quietSlots }) => quietSlots > 0);
  return table(
    [
      'healthy family',
      'series-years',
      'false alarms',
      'per series-year (95 %)',
      'changes to leak',
      'suspicions per series-day',
      'suspected in the first hour',
    ],
    [
      ...healthy.map(([family, outcomes]) => row(nameOf(family), outcomes)),
      row('all', flat(healthy)),
      ...(before.length > 0 ? [row('leaking families, before the onset', before)] : []),
    ],
  );
}

/** False alarms of each family, by subject. @param {Select} select @param {readonly Measured[]} subjects */
export function healthyMatrix(select, subjects) {
  const [first] = subjects;
  return table(
    ['false alarms per series-year', ...subjects.map(({ name }) => name)],
    select(first?.name ?? '', 'healthy').map(([family], at) => [
      nameOf(family),
      ...subjects.map(({ name }) => digits(falseAlarmsOf(select(name, 'healthy')[at]?.[1] ?? []).rate)),
    ]),
  );
}

/** Share of leaks found of each family, by subject. @param {Select} select @param {readonly Measured[]} subjects */
export function leakMatrix(select, subjects) {
  const [first] = subjects;
  return table(
    ['leaks found', ...subjects.map(({ name }) => name)],
    select(first?.name ?? '', 'leaking').map(([family], at) => [
      nameOf(family),
      ...subjects.map(({ name }) => percent(leakFigures(select(name, 'leaking')[at]?.[1] ?? []).found)),
    ]),
  );
}

const LEAK_HEAD = [
  'series',
  'found',
  'within 10 x oracle',
  'suspect after, h',
  'leak after, h: median',
  '95 %',
  'oracle, h',
  'delay / oracle: median',
  '95 %',
  'rise at alarm',
  'share of the headroom',
  'verdict held',
];

/** @param {string} name @param {readonly Outcome[]} outcomes */
function leakRow(name, outcomes) {
  const figures = leakFigures(outcomes);
  return [
    name,
    String(figures.count),
    percent(figures.found),
    percent(figures.foundSoon),
    orNever(figures.suspectedHours.median),
    orNever(figures.delayHours.median),
    orNever(figures.delayHours.p95),
    orNever(figures.oracleHours.median),
    orNever(figures.ratio.median),
    orNever(figures.ratio.p95),
    riseCell(outcomes, figures.rise.median),
    percent(figures.riseShare.median),
    percent(figures.held),
  ];
}

/** The median of bytes and counts together would mean nothing. @param {readonly Outcome[]} outcomes @param {number} median */
function riseCell(outcomes, median) {
  const memory = outcomes.filter(({ metric }) => metric === 'rss').length;
  if (memory === 0) return digits(median);
  return memory === outcomes.length ? `${digits(median / 1024 / 1024)} MB` : '';
}

/** @param {Select} select @param {string} subject */
export function leakTable(select, subject) {
  const leaking = select(subject, 'leaking');
  const mature = leaking.filter(([family]) => family.mature);
  return table(
    ['leaking family', ...LEAK_HEAD],
    [
      ...leaking.map(([family, outcomes]) => leakRow(nameOf(family), outcomes)),
      leakRow('all', flat(leaking)),
      ...(mature.length > 0 ? [leakRow('mature: the leak begins after days', flat(mature))] : []),
    ],
  );
}

/** @param {Select} select @param {string} subject */
export function sizeTable(select, subject) {
  const all = flat(select(subject, 'leaking'));
  const sizes = [
    { name: 'S: the oracle needs up to an hour', least: 0, most: HOUR },
    { name: 'M: up to a day', least: HOUR, most: DAY },
    { name: 'L: more than a day', least: DAY, most: Number.POSITIVE_INFINITY },
  ];
  return table(
    ['size of the leak', ...LEAK_HEAD],
    sizes.flatMap(({ name, least, most }) => {
      const outcomes = all.filter(({ oracle = 0 }) => oracle > least && oracle <= most);
      return outcomes.length > 0 ? [leakRow(name, outcomes)] : [];
    }),
  );
}

/** Leaks that restarts reset. @param {Select} select @param {string} subject */
export function lifeTable(select, subject) {
  const restarted = select(subject, 'leaking').filter(([, outcomes]) => lifeFigures(outcomes).count > 0);
  return table(
    [
      'leaking family with restarts',
      'series',
      'called by the third life',
      'later lives',
      'called',
      'after, h: median',
      '95 %',
    ],
    restarted.map(([family, outcomes]) => {
      const { count, early, lateLives, lateCalled, lateHours } = lifeFigures(outcomes);
      return [
        nameOf(family),
        String(count),
        percent(early / count),
        String(lateLives),
        percent(lateCalled / lateLives),
        lateCalled > 0 ? digits(lateHours.median) : '-',
        lateCalled > 0 ? digits(lateHours.p95) : '-',
      ];
    }),
  );
}

/** @param {Select} select @param {string} subject */
export function passingTable(select, subject) {
  const passing = select(subject, 'passing');
  const row = (/** @type {string} */ name, /** @type {readonly Outcome[]} */ outcomes) => {
    const figures = passingFigures(outcomes);
    return [
      name,
      String(figures.count),
      percent(figures.called),
      figures.called > 0 ? orNever(figures.calledHours.median) : '-',
      String(figures.stood),
      figures.stood > 0 ? orNever(figures.withdrawnHours.median) : '-',
      figures.stood > 0 ? orNever(figures.withdrawnHours.p95) : '-',
      String(figures.calledAfterEnd),
      percent(figures.overdue),
    ];
  };
  return table(
    [
      'passing family',
      'series',
      'called a leak',
      'after, h',
      'alarm stands at the end',
      'withdrawn after, h: median',
      '95 %',
      'alarms after the end',
      'rises still called a quarter of their length later',
    ],
    [...passing.map(([family, outcomes]) => row(nameOf(family), outcomes)), row('all', flat(passing))],
  );
}

/** @param {Select} select @param {readonly string[]} subjects that make forecasts */
export function forecastTable(select, subjects) {
  const row = (/** @type {string} */ name, /** @type {readonly Outcome[]} */ outcomes) => {
    const { asked, shown, error, offByTwo, covered, tooLow, width } = forecastFigures(evenForecasts(outcomes));
    return [
      name,
      String(asked),
      percent(shown),
      percent(error.median),
      percent(error.p95),
      percent(offByTwo),
      percent(covered),
      percent(tooLow),
      Number.isNaN(covered) ? '-' : orNever(width.median),
    ];
  };
  const [first = '', ...others] = subjects;
  const families = select(first, 'leaking').filter(
    ([, outcomes]) => sum(outcomes, ({ checkpoints = [] }) => checkpoints.length) > 0,
  );
  return table(
    [
      'leaking family',
      'forecasts asked for',
      'shown',
      'error: median',
      '95 %',
      'off by more than 2 x',
      'real time in the interval',
      'later than the interval',
      'width of the interval, high / low',
    ],
    [
      ...families.map(([family, outcomes]) => row(nameOf(family), outcomes)),
      row('all', flat(families)),
      ...others.map((name) => row(`all, ${name}`, flat(select(name, 'leaking')))),
    ],
  );
}

/** How often the interval holds what comes, from the last hour before the limit on back. @param {Select} select @param {string} subject */
export function approachTable(select, subject) {
  const row = (/** @type {string} */ name, /** @type {readonly Outcome[]} */ outcomes) => [
    name,
    ...PARTS_OF_WAY.flatMap((part) => {
      const { asked, covered, tooLow, width } = forecastFigures(forecastsOf(outcomes, part));
      return [String(asked), percent(covered), percent(tooLow), Number.isNaN(covered) ? '-' : orNever(width.median)];
    }),
  ];
  const families = select(subject, 'leaking').filter(
    ([, outcomes]) => sum(outcomes, ({ approach = [] }) => approach.length) > 0,
  );
  return table(
    [
      'leaking family',
      ...PARTS_OF_WAY.flatMap(({ part }) => [`${part}: asked`, 'in the interval', 'later', 'width, high / low']),
    ],
    [...families.map(([family, outcomes]) => row(nameOf(family), outcomes)), row('all', flat(families))],
  );
}
