/** The first lines of the report: what to expect of other programs, and what is not good enough. */
import { digits } from '../tables.js';
import { falseAlarmsOf, isFound, warningsPerDay } from './figures.js';

/**
 * @typedef {import('./tables.js').Select} Select
 * @typedef {import('./tables.js').ByFamily} ByFamily
 * @typedef {import('./targets.js').Target} Target
 */

/** Families named as the worst ones. */
const NAMED = 6;
/** A family below the target of the worst one is not named. False alarms per series-year. */
const BAD_RATE = 0.5;

/**
 * Also in README.md.
 * @param {{ select: Select, subject: string, targets: readonly Target[] }} run
 * @returns {string} Markdown: figures of the families that were never tuned on, then the targets that are missed
 */
export function summaryOf({ select, subject, targets }) {
  const heldOut = (/** @type {string} */ name, /** @type {'healthy' | 'leaking'} */ kind) =>
    select(name, kind)
      .filter(([family]) => family.heldOut)
      .flatMap(([, outcomes]) => outcomes);
  const alarms = falseAlarmsOf(heldOut(subject, 'healthy'));
  const rolling = falseAlarmsOf(heldOut('mann-kendall', 'healthy'));
  const leaks = heldOut(subject, 'leaking');
  const missed = targets.filter(({ met }) => !met);
  return [
    'On generated series of kinds that the detectors were never tuned on:',
    [
      `- ${alarms.events} false alarms in ${digits(alarms.years)} years of healthy series, ${digits(alarms.rate)} a year for each; a rolling Mann-Kendall test raises ${digits(rolling.rate)};`,
      `- ${leaks.filter(isFound).length} of ${leaks.length} leaks found.`,
    ].join('\n'),
    missed.length === 0
      ? `All ${targets.length} targets are met.`
      : `${missed.length} of ${targets.length} targets are missed:`,
    ...(missed.length === 0
      ? []
      : [missed.map(({ what, target, measured }) => `- ${what}: ${measured} (target ${target})`).join('\n')]),
  ].join('\n\n');
}

/** @param {Select} select @param {string} subject @returns {string} Markdown: the families with the most mistakes */
export function worstFamilies(select, subject) {
  const healthy = select(subject, 'healthy');
  const list = (/** @type {readonly { name: string, bad: number, text: string }[]} */ rows) => {
    const named = rows.filter(({ bad }) => bad > 0).sort((a, b) => b.bad - a.bad);
    if (named.length === 0) return 'none';
    const some = named.slice(0, NAMED).map(({ name, text }) => `\`${name}\` ${text}`);
    return `${some.join(', ')}${named.length > NAMED ? `, and ${named.length - NAMED} more` : ''}`;
  };
  const alarms = healthy.map(([{ name }, outcomes]) => {
    const { rate } = falseAlarmsOf(outcomes);
    return { name, bad: rate > BAD_RATE ? rate : 0, text: digits(rate) };
  });
  const warnings = healthy.map(([{ name }, outcomes]) => {
    const perDay = warningsPerDay(outcomes);
    return { name, bad: perDay > 0.05 ? perDay : 0, text: digits(perDay) };
  });
  const missed = select(subject, 'leaking').map(([{ name }, outcomes]) => {
    const count = outcomes.filter((outcome) => !isFound(outcome)).length;
    return { name, bad: count / outcomes.length, text: `${count} of ${outcomes.length}` };
  });
  return [
    'The worst families, tuned and held out:',
    [
      `- more than ${BAD_RATE} false alarms per series-year: ${list(alarms)};`,
      `- more than a suspicion in 20 healthy days, per day: ${list(warnings)};`,
      `- leaks missed: ${list(missed)}.`,
    ].join('\n'),
  ].join('\n\n');
}
