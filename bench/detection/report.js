/** The report: facts of the run, results, and how they were measured. */
import { FAMILIES } from './corpus.js';
import { SERIES_OF_BUSY_HOST } from './leakwatch.js';
import { summaryOf, worstFamilies } from './summary.js';
import {
  approachTable,
  comparisonTable,
  forecastTable,
  healthyMatrix,
  healthyTable,
  leakMatrix,
  leakTable,
  lifeTable,
  passingTable,
  sizeTable,
  targetTable,
} from './tables.js';
import { targetsOf } from './targets.js';

/**
 * @typedef {import('./follow.js').Outcome} Outcome
 * @typedef {{ name: string, text: string, bytes: number, isOurs: boolean, forecasts: boolean }} Measured
 * @typedef {{ summary: string, worst: string, sections: readonly { title: string, text: string }[] }} Report
 */

const RULES = `An alarm is a change to \`leak\`. Further changes within 24 hours after it belong to the same alarm, unless the program
was restarted in between; an alarm that stands for ever counts once. In a healthy series, and before the onset of a
leak, every alarm is false. *Changes to leak* counts each change, so an alarm that comes and goes has several. The
intervals are exact for a Poisson count (Garwood 1936), 95 %.

A leak is found by the first alarm after its onset. An alarm that already stands at the onset counts from the time that
the oracle needs. The series ends at its limit, or 60 days after the onset; a leak that is not found by then counts as
infinitely late. The *oracle* knows when the leak began, its shape and the noise, measured on the same series without
the leak, and waits for as much evidence as one false alarm a month of that host allows. A detector that was faster than
the oracle was lucky: it would have raised that alarm anyway. Warm-ups, dips and gaps of leaking families are no noise for
the oracle, which knows them; day and night, teeth and load are.

A leak that a restart resets begins anew in each *life* of the program. It counts as found from its first alarm on, and
each life counts by itself in the table of lives. Targets of leaks from birth or with restarts allow four hours where ten
times the oracle's delay is less.

*Precision* is the share of a month's alarms that is true, if 1 % or 10 % of the series leak.

Growth that ends by itself only after hours or days cannot be told from a leak while it lasts. So it is reported
separately: whether it was called a leak, and how long after 95 % of the growth that was withdrawn. It should be withdrawn
within a quarter of the time that it grew. Use that grows by a few percent a week is reported separately too: 5 % a week
are 21 % in the 30 days of the series, and no alarm is wanted for that. Growth of more than 30 % in 25 days or longer, day
by day, is called a leak, whoever causes it.

Forecasts are asked for at 19 times between onset and limit, evenly spaced, and compared with the time at which the
limit was reached. The table by the time that was left also has those of every five minutes of the last hour and of every
hour of the last six, in the second half of the way.

CPU is user and system time of the process with its garbage collection, without the generation of the series. The family
\`workers\` is left out of it, because it is judged as a whole host of six series. Of the healthy and passing series the
alternatives follow one in five; Mann-Kendall and Hamed-Rao, which are slow and alarm often, one in twenty; leakwatch on
a small host one in four; new highs follows all.`;

/**
 * @param {object} run
 * @param {readonly Outcome[]} run.outcomes
 * @param {readonly Measured[]} run.subjects
 * @returns {Report}
 */
export function reportOf({ outcomes, subjects }) {
  const select = selector(outcomes);
  const ours = subjects.find(({ isOurs }) => isOurs) ?? subjects[0];
  if (!ours) return { summary: '', worst: '', sections: [] };
  const has = (/** @type {import('./plan.js').Family['kind']} */ kind) => select(ours.name, kind).length > 0;
  const targets = targetsOf({ select: (kind) => select(ours.name, kind), bytes: ours.bytes });
  const forecasters = subjects.filter(({ forecasts }) => forecasts).map(({ name }) => name);
  const detail = ours.name;
  const sections = [
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
          {
            title: `Leaks: ${detail}`,
            text: [leakTable, lifeTable, sizeTable].map((tableOf) => tableOf(select, detail)).join('\n\n'),
          },
          ...(subjects.length > 1 ? [{ title: 'Leaks: all', text: leakMatrix(select, subjects) }] : []),
          ...(forecasters.length > 0
            ? [
                {
                  title: 'Forecasts',
                  text: `${forecastTable(select, forecasters)}\n\nBy the time that was left, ${detail}:\n\n${approachTable(select, detail)}`,
                },
              ]
            : []),
        ]
      : []),
    ...(has('organic')
      ? [
          {
            title: `Use that grows by itself: ${detail}`,
            text: healthyTable((subject, kind) => (kind === 'healthy' ? select(subject, 'organic') : []), detail),
          },
        ]
      : []),
    ...(has('passing') ? [{ title: `Growth that ends by itself: ${detail}`, text: passingTable(select, detail) }] : []),
  ];
  const summary = summaryOf({ select, subject: ours.name, targets });
  return { summary, worst: worstFamilies(select, ours.name), sections };
}

/**
 * @param {object} run
 * @param {Report} run.report
 * @param {readonly Measured[]} run.subjects
 * @param {readonly (readonly [what: string, value: string])[]} run.facts about the run
 * @returns {string} Markdown
 */
export function documentOf({ report: { summary, worst, sections }, subjects, facts }) {
  const heldOut = FAMILIES.filter((family) => family.heldOut);
  return `${[
    '# How good the detection is',
    'Written by `npm run bench:detection`; do not edit.',
    summary,
    worst,
    '## The run',
    facts.map(([what, value]) => `- ${what}: ${value}`).join('\n'),
    `Unless something else is said, leakwatch has its default budget, one false alarm a month for the host, and watches one of
the ${SERIES_OF_BUSY_HOST} series of a host. Its detectors were tuned on other seeds, and without the families ${list(heldOut.map(({ name }) => name))}.`,
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
