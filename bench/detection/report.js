/** The report: what was measured, what came of it, and how. */
import { FAMILIES } from './corpus.js';
import { SERIES_OF_BUSY_HOST } from './leakwatch.js';
import {
  comparisonTable,
  forecastTable,
  healthyMatrix,
  healthyTable,
  leakMatrix,
  leakTable,
  passingTable,
  sizeTable,
  targetTable,
} from './tables.js';
import { targetsOf } from './targets.js';

/**
 * @typedef {import('./follow.js').Outcome} Outcome
 * @typedef {{ name: string, text: string, bytes: number, isOurs: boolean, forecasts: boolean }} Measured
 */

const RULES = `An alarm is a change to \`leak\`. Changes less than 24 hours after an alarm began belong to it, unless the program
was restarted in between; an alarm that stands for ever counts once. In a healthy series, and before the onset of a
leak, every alarm is false; *told* counts those of one alarm one by one. The intervals are exact for a Poisson count
(Garwood 1936), 95 %.

A leak is found by the first alarm that begins after its onset; one that stands since before counts from the time that
the oracle needs. The series ends at its limit, or 60 days after the onset; what is not found by then counts as
infinitely late. The *oracle* is told when the leak began, what shape it has and what the noise is like, measured on the
same series without the leak, and waits for as much evidence as one false alarm a month costs on that host. Who is
faster was lucky: an alarm that would have come anyway.

*Precision* is the part of a month's alarms that is true, where 1 % or 10 % of the series leak.

Growth that ends by itself only after hours or days cannot be told from a leak while it lasts, and stands apart: whether
it was called one, and when that was withdrawn after 95 % of the growth had come.

Forecasts are asked for at 19 places between onset and limit, evenly spaced, and compared with the time that the limit
was reached.

CPU is user and system time of the process, with its garbage collection; generating the series is not in it. The family
\`workers\` is left out there: it is judged as a whole host of six series. Of the healthy series and of passing growth
the alternatives see one in five, Mann-Kendall and Hamed-Rao, slow and seldom quiet, one in twenty, and leakwatch on a
small host one in four; new highs are counted on all.`;

/**
 * @param {object} run
 * @param {readonly Outcome[]} run.outcomes
 * @param {readonly Measured[]} run.subjects
 * @returns {readonly { title: string, text: string }[]}
 */
export function sectionsOf({ outcomes, subjects }) {
  const select = selector(outcomes);
  const ours = subjects.find(({ isOurs }) => isOurs) ?? subjects[0];
  if (!ours) return [];
  const has = (/** @type {import('./plan.js').Family['kind']} */ kind) => select(ours.name, kind).length > 0;
  const targets = targetsOf({ select: (kind) => select(ours.name, kind), bytes: ours.bytes });
  const forecasters = subjects.filter(({ forecasts }) => forecasts).map(({ name }) => name);
  const detail = ours.name;
  return [
    ...(targets.length > 0 ? [{ title: 'Targets', text: targetTable(targets) }] : []),
    { title: 'Compared', text: comparisonTable(select, subjects) },
    ...(has('healthy')
      ? [
          { title: `Healthy series: ${detail}`, text: healthyTable(select, detail) },
          ...(subjects.length > 1 ? [{ title: 'Healthy series: all', text: healthyMatrix(select, subjects) }] : []),
        ]
      : []),
    ...(has('leaking')
      ? [
          { title: `Leaks: ${detail}`, text: `${leakTable(select, detail)}\n\n${sizeTable(select, detail)}` },
          ...(subjects.length > 1 ? [{ title: 'Leaks: all', text: leakMatrix(select, subjects) }] : []),
          ...(forecasters.length > 0 ? [{ title: 'Forecasts', text: forecastTable(select, forecasters) }] : []),
        ]
      : []),
    ...(has('passing') ? [{ title: `Growth that ends by itself: ${detail}`, text: passingTable(select, detail) }] : []),
  ];
}

/**
 * @param {object} run
 * @param {readonly { title: string, text: string }[]} run.sections
 * @param {readonly Measured[]} run.subjects
 * @param {readonly (readonly [what: string, value: string])[]} run.facts about the run
 * @returns {string} Markdown
 */
export function documentOf({ sections, subjects, facts }) {
  const heldOut = FAMILIES.filter((family) => family.heldOut);
  return `${[
    '# How good the detection is',
    'Written by `npm run bench:detection`; not to be edited.',
    facts.map(([what, value]) => `- ${what}: ${value}`).join('\n'),
    `Where nothing else is said, leakwatch has its default budget, one false alarm a month for the host, and watches one of
${SERIES_OF_BUSY_HOST} series of it. What it is tuned on are other seeds, without the families ${list(heldOut.map(({ name }) => name))}.`,
    ...sections.flatMap(({ title, text }) => [`## ${title}`, text]),
    '## How it is measured',
    RULES,
    '### Subjects',
    subjects.map(({ name, text }) => `- \`${name}\`: ${text}`).join('\n'),
    '### Families',
    FAMILIES.map(({ name, kind, text }) => `- \`${name}\` (${kind}): ${text}`).join('\n'),
  ].join('\n\n')}\n`;
}

/** @param {readonly string[]} names */
function list(names) {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** @param {readonly Outcome[]} outcomes @returns {import('./tables.js').Select} families in the order of the corpus */
export function selector(outcomes) {
  return (subject, kind) =>
    FAMILIES.filter((family) => family.kind === kind).flatMap((family) => {
      const some = outcomes.filter((outcome) => outcome.subject === subject && outcome.family === family.name);
      return some.length > 0 ? [/** @type {const} */ ([family, some])] : [];
    });
}
