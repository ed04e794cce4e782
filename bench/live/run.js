/**
 * `npm run bench:live`: real programs of which it is known whether they leak, all at once under the built daemon in
 * quick motion, and whether it was right about each. Prints a table; a complete run also writes docs/live-results.md.
 * Status 1 if it was wrong about one.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { enterOwnTable } from '../own-table.js';
import { table } from '../tables.js';
import { isInstalled, PROGRAMS } from './programs.js';
import { SECONDS_AN_HOUR, watch } from './watch.js';

const ROOT = dirname(dirname(import.meta.dirname));
const ENTRY = join(ROOT, 'dist/leakwatch.cjs');
const RESULTS = join(ROOT, 'docs/live-results.md');
const MINUTES = 4;

const HELP = `Usage: npm run bench:live -- [OPTIONS]

  --only NAME        only this program; may be repeated
  --minutes NUMBER   how long to watch them, instead of ${MINUTES}; an hour of the daemon is ${SECONDS_AN_HOUR} seconds
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

/** @returns {Promise<number>} the status to end with */
async function run() {
  const unknown = options.only.filter((name) => !PROGRAMS.some((program) => program.name === name));
  if (unknown.length > 0) return fail(`no program is called ${unknown.join(', ')}`);
  if (!(minutes > 0)) return fail(`--minutes takes a number above 0, not ${options.minutes}`);
  await enterOwnTable();
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
 * A leak must be the first thing that a program is accused of; what else grows with it may follow.
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
  const { stdout } = spawnSync('git', ['-C', ROOT, 'describe', '--always', '--dirty'], { encoding: 'utf8' });
  return [
    `- right about ${courses.length - wrong} of ${courses.length} programs`,
    `- watched: ${minutes} min, which are ${((minutes * 60) / SECONDS_AN_HOUR).toFixed(1)} h; ${samples} samples, ${late} of them late`,
    `- machine: ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `- leakwatch: ${stdout?.trim() || 'no commit'}`,
    `- node: ${process.version}`,
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- command: npm run bench:live${options.minutes === String(MINUTES) ? '' : ` -- --minutes ${minutes}`}`,
  ];
}

/** @param {string} text @param {readonly string[]} facts */
function documentOf(text, facts) {
  return `# Real programs

Written by \`npm run bench:live\`; not to be edited.

${facts.join('\n')}

Programs of which it is known whether they leak, written for this (\`bench/live/programs/\`), all at once under one
daemon with \`--interval 100ms\`: an hour is as many samples as at 20 seconds, and lasts ${SECONDS_AN_HOUR} seconds. Times are those of
that clock, since the program was started. They leak as much faster.

A leak is right if the first alert has its code; what else grows with it may follow. A program that does not leak may be
suspected, but no alert may come. \`after\` is when the first alert came, or without one the first suspicion.

${text}
`;
}

/** @param {string} message */
function fail(message) {
  process.stderr.write(`bench:live: ${message}\n`);
  return 1;
}
