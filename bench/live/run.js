/**
 * `npm run bench:live`: the built daemon watches real programs, leaking and healthy ones, all at once and with a short
 * interval, and its verdict on each is compared with the truth. Prints a table; a complete run also writes
 * docs/live-results.md. Status 1 if a verdict was wrong.
 */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { commitOf, memory, processors } from '../machine.js';
import { enterPidNamespace } from '../pid-namespace.js';
import { table } from '../tables.js';
import { isInstalled, PROGRAMS } from './programs.js';
import { SECONDS_AN_HOUR, watch } from './watch.js';

const ROOT = dirname(dirname(import.meta.dirname));
const ENTRY = join(ROOT, 'dist/leakwatch.cjs');
const RESULTS = join(ROOT, 'docs/live-results.md');
const MINUTES = 4;

const HELP = `Usage: npm run bench:live -- [OPTIONS]

  --only NAME        only this program; may be repeated
  --minutes NUMBER   how long to watch, instead of ${MINUTES}; an hour of the daemon takes ${SECONDS_AN_HOUR} seconds
  --help

A run of all programs for ${MINUTES} minutes or more writes docs/live-results.md.

programs: ${PROGRAMS.map(({ name }) => name).join(', ')}
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string', default: String(MINUTES) },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const minutes = Number(options.minutes);

if (options.help) process.stdout.write(HELP);
else process.exit(await run());

/** @returns {Promise<number>} exit status */
async function run() {
  const unknown = options.only.filter((name) => !PROGRAMS.some((program) => program.name === name));
  if (unknown.length > 0) return fail(`no program is called ${unknown.join(', ')}`);
  if (!(minutes > 0)) return fail(`--minutes takes a number above 0, not ${options.minutes}`);
  await enterPidNamespace();
  const chosen = PROGRAMS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const present = chosen.filter(({ needs }) => isInstalled(needs));
  const watched = await watch(ENTRY, present, minutes * 60);
  const judged = new Map(watched.courses.map((course) => [course.program, judge(course)]));
  const text = tableOf(chosen, judged);
  const wrong = [...judged.values()].filter(({ isRight }) => !isRight).length;
  const facts = factsOf(watched, wrong);
  process.stdout.write(`\n${text}\n\n${facts.join('\n')}\n`);
  if (options.only.length === 0 && minutes >= MINUTES) {
    writeFileSync(RESULTS, documentOf(text, facts));
    process.stdout.write(`written to ${relative(process.cwd(), RESULTS)}\n`);
  }
  return wrong > 0 ? 1 : 0;
}

/** @typedef {{ verdict: string, after: string, isRight: boolean }} Judged */

/**
 * The first alert of a leaking program must have its code. Others may follow: more threads also use more memory.
 * @param {import('./watch.js').Course} course
 * @returns {Judged}
 */
function judge({ program, said, ended }) {
  const alerts = said.filter(({ at }) => at === 'alert');
  const warning = said.find(({ at }) => at === 'warn');
  const first = alerts[0] ?? warning;
  const codes = [...new Set(alerts.map(({ code }) => code))].join(', ');
  const verdict = alerts.length > 0 ? `leak: ${codes}` : warning ? `suspect: ${warning.code}` : 'ok';
  return {
    verdict: ended ? `${verdict}; it ended` : verdict,
    after: first ? `${Math.round(first.minutes)} min` : '',
    isRight: !ended && alerts[0]?.code === program.code,
  };
}

/**
 * @param {readonly import('./programs.js').Program[]} programs
 * @param {ReadonlyMap<import('./programs.js').Program, Judged>} judged
 */
function tableOf(programs, judged) {
  const rows = programs.map((program) => {
    const { name, text, code, needs } = program;
    const expected = code === undefined ? 'no leak' : `leak: ${code}`;
    const { verdict, after, isRight } = judged.get(program) ?? {};
    const outcome =
      verdict === undefined ? [`skipped: no ${needs}`, '', ''] : [verdict, after ?? '', isRight ? 'yes' : 'NO'];
    return [name, text, expected, ...outcome];
  });
  return table(['program', 'what it is', 'expected', 'verdict', 'after', 'right'], rows);
}

/** @param {import('./watch.js').Watched} watched @param {number} wrong */
function factsOf({ courses, samples, late }, wrong) {
  return [
    `- right about ${courses.length - wrong} of ${courses.length} programs`,
    `- watched: ${minutes} min, ${((minutes * 60) / SECONDS_AN_HOUR).toFixed(1)} h of the daemon; ${samples} samples, ${late} of them late`,
    `- machine: ${processors()}, ${memory()}, Linux ${release()}`,
    `- leakwatch: ${commitOf() ?? 'no commit'}`,
    `- node: ${process.version}`,
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- command: npm run bench:live${options.minutes === String(MINUTES) ? '' : ` -- --minutes ${minutes}`}`,
  ];
}

/** @param {string} text @param {readonly string[]} facts */
function documentOf(text, facts) {
  return `# Real programs

Written by \`npm run bench:live\`; do not edit.

${facts.join('\n')}

The programs were written for this test (\`bench/live/programs/\`), so it is known which of them leak. One daemon watches
all of them at once with \`--interval 100ms\` instead of 20 seconds. It counts time in samples, so one of its hours takes
${SECONDS_AN_HOUR} seconds, and the programs leak faster by the same factor. Times in the table are in the daemon's time, since the
start of the program.

A leaking program is judged right if its first alert has the expected code; others may follow, because more threads or
workers also use more memory. A healthy program may be suspected, but must not cause an alert. \`after\` is the time of the
first alert, or of the first suspicion if there was no alert.

${text}
`;
}

/** @param {string} message */
function fail(message) {
  process.stderr.write(`bench:live: ${message}\n`);
  return 1;
}
