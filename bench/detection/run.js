/**
 * `npm run bench:detection`: false alarms, leaks found and how soon, forecasts and cost, of leakwatch and of the usual
 * alternatives, on the same labelled series. Prints tables; a full run also writes docs/detection-results.md and a part of
 * README.md.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDirectory } from '../cleanup.js';
import { commitOf, processors } from '../machine.js';
import { clearProgress, explain, progress } from '../progress.js';
import { writeReadmePart } from '../readme.js';
import { variantOf } from './constant.js';
import { FAMILIES, findFamily, generate, manifestOf, planOf, SEEDS } from './corpus.js';
import { sum } from './figures.js';
import { loadBuild } from './leakwatch.js';
import { bytesOf } from './memory.js';
import { runJobs } from './pool.js';
import { documentOf, reportOf } from './report.js';
import { describe, USUAL } from './sampling.js';
import { csvOf, drawingOf } from './show.js';
import { subjectsOf } from './subjects.js';
import { sensitivityTable } from './tables.js';
import { HOUR, YEAR } from './time.js';

const ROOT = dirname(dirname(import.meta.dirname));
const DIST = join(ROOT, 'dist');
const RESULTS = join(ROOT, 'docs/detection-results.md');

/** Series-years of each healthy family, and series of each other one. */
const FULL = { years: 10, passing: 60, leaking: 24 };
const QUICK = { years: 1, passing: 8, leaking: 6 };
/** Small jobs: no process works long while the others have nothing left to do. */
const SEEDS_PER_JOB = 4;

const HELP = `Usage: npm run bench:detection -- [OPTIONS]

  --quick            a tenth of the series
  --write            write docs/detection-results.md also if --quick or --subject make the run smaller; the page says so
  --only FAMILY      only this family, or kind of families; may be repeated
  --subject NAME     only this detector; may be repeated
  --tune             the seeds that detectors are tuned on, without the held-out families
  --years NUMBER     series-years of each healthy family, instead of ${FULL.years}
  --dist DIR         another build than dist/
  --records FILE     append the outcome of each series, as JSON lines
  --processes NUMBER worker processes, instead of 2

  --interval SECONDS leakwatch with a sample at this interval, instead of ${USUAL.intervalSeconds}
  --irregular        ... at uneven times, up to 40 % of the interval early or late
  --missing SHARE    ... with this share of the samples missing
  --monitor-restarts ... restarted every 1 to 6 days
  --state            ... with what it has learned before, as with --state of leakwatch

  --constant NAME=VALUE
                     leakwatch with another value of a constant, beside leakwatch as it is, on the tuning seeds:
                     false alarms and leaks found; may be repeated; MODULE.NAME=VALUE if the name is not unique

  --show FAMILY/SEED draw this series with its verdicts and their evidence
  --csv              with --show: slot, time, value and verdict of each point
  --manifest         the series with their parameters and labels, as JSON lines
  --help

A run without options takes about 35 minutes of CPU and writes docs/detection-results.md and a part of README.md. So
does one with --years, and the page says so.

families: ${FAMILIES.map(({ name }) => name).join(', ')}
kinds: healthy, passing, organic, leaking
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    subject: { type: 'string', multiple: true, default: [] },
    tune: { type: 'boolean', default: false },
    years: { type: 'string' },
    dist: { type: 'string', default: DIST },
    records: { type: 'string' },
    processes: { type: 'string', default: '2' },
    interval: { type: 'string', default: String(USUAL.intervalSeconds) },
    irregular: { type: 'boolean', default: false },
    missing: { type: 'string', default: String(USUAL.missing) },
    'monitor-restarts': { type: 'boolean', default: false },
    state: { type: 'boolean', default: false },
    constant: { type: 'string', multiple: true, default: [] },
    show: { type: 'string' },
    csv: { type: 'boolean', default: false },
    manifest: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const sampling = chosenSampling();
const isSampledAsUsual = describe(sampling) === describe(USUAL);

// The reader (`| head`) may have closed the pipe.
process.stdout.on('error', () => process.exit(0));

if (options.help) process.stdout.write(HELP);
else if (options.manifest) printManifest();
else if (options.show !== undefined) await show(options.show);
else if (options.constant.length > 0) await compareConstants();
else await measure();

async function measure() {
  const subjects = chosenSubjects(await loadBuild(options.dist));
  const begun = performance.now();
  // Asked now: when the run is over the working copy may have changed.
  const version = options.dist === DIST ? (commitOf() ?? 'no commit') : options.dist;
  const outcomes = await followAll(options.dist, { subjects: subjects.map(({ name }) => name) });
  const measured = subjects.map((subject) => ({
    name: subject.name,
    text: subject.text,
    bytes: bytesOf(subject),
    isOurs: subject.name === 'leakwatch',
    forecasts: subject.name === 'leakwatch' || subject.name === 'predict-linear',
  }));
  const report = reportOf({ outcomes, subjects: measured });
  const facts = factsOf(outcomes, version, (performance.now() - begun) / 1000);
  for (const { title, text } of report.sections) process.stdout.write(`\n## ${title}\n\n${text}\n`);
  process.stdout.write(`\n${facts.map(([what, value]) => `${what}: ${value}`).join('\n')}\n`);
  printWorst(outcomes);
  const isOfAllFamilies = isSampledAsUsual && !options.tune && options.only.length === 0 && options.dist === DIST;
  const isFull = !options.quick && options.subject.length === 0;
  if (isOfAllFamilies && (isFull || options.write)) {
    writeFileSync(RESULTS, documentOf({ report, subjects: measured, facts }));
    writeReadmePart('npm run bench:detection', report.summary);
    progress(`written to ${relative(process.cwd(), RESULTS)} and README.md`);
    process.stderr.write('\n');
  }
}

/**
 * The chosen series, followed by subjects of a build.
 * @param {string} dist
 * @param {{ subjects: readonly string[], what?: string }} options `what` = beginning of the line of progress
 * @returns {Promise<import('./follow.js').Outcome[]>} in the order of seeds
 */
async function followAll(dist, { subjects, what = '' }) {
  const jobs = chosenFamilies().flatMap((family) => {
    const seeds = seedsOf(family);
    return Array.from({ length: Math.ceil(seeds.length / SEEDS_PER_JOB) }, (_, at) => ({
      family: family.name,
      seeds: seeds.slice(at * SEEDS_PER_JOB, (at + 1) * SEEDS_PER_JOB),
      subjects,
      sampling,
      dist,
    }));
  });
  const begun = performance.now();
  /** @type {import('./follow.js').Outcome[]} */
  const outcomes = [];
  let done = 0;
  await runJobs(jobs, {
    processes: Number(options.processes),
    onOutcomes(some) {
      outcomes.push(...some);
      done++;
      const seconds = Math.round((performance.now() - begun) / 1000);
      if (process.stderr.isTTY || done % 20 === 0)
        progress(`${what}${jobs[done - 1]?.family}: ${((100 * done) / jobs.length).toFixed(0)} % after ${seconds} s`);
      if (options.records)
        appendFileSync(options.records, some.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''));
    },
  });
  clearProgress();
  return outcomes.sort((a, b) => a.seed - b.seed);
}

/** Compares leakwatch as it is with copies in which one constant has another value. */
async function compareConstants() {
  options.tune = true;
  const variants = [{ dist: options.dist, text: 'as it is' }, ...options.constant.map(variant)];
  const rows = [];
  for (const { dist, text } of variants)
    rows.push({ text, outcomes: await followAll(dist, { subjects: ['leakwatch'], what: `${text}: ` }) });
  process.stdout.write(`${sensitivityTable(rows)}\n`);
}

/** @param {string} change */
function variant(change) {
  try {
    return variantOf(options.dist, change, makeDirectory());
  } catch (error) {
    return fail(explain(error));
  }
}

/** Lists the mistakes of leakwatch. @param {readonly import('./follow.js').Outcome[]} outcomes */
function printWorst(outcomes) {
  const ours = outcomes.filter(({ subject }) => subject === 'leakwatch');
  const alarms = ours
    .filter(({ falseAlarms }) => falseAlarms.length > 0)
    .map(({ family, seed, falseAlarms }) => `${family}/${seed} at ${inHours(falseAlarms)} h`);
  const missed = ours
    .filter(({ family, found }) => findFamily(family)?.kind === 'leaking' && found === undefined)
    .map(({ family, seed }) => `${family}/${seed}`);
  const lines = (/** @type {readonly string[]} */ all) =>
    `${all.slice(0, 60).join('\n')}${all.length > 60 ? '\n...' : ''}`;
  if (alarms.length > 0) process.stdout.write(`\nFalse alarms; --show draws them:\n${lines(alarms)}\n`);
  if (missed.length > 0) process.stdout.write(`\nLeaks that were missed:\n${lines(missed)}\n`);
}

/** @param {readonly number[]} slots */
function inHours(slots) {
  return slots.map((slot) => (slot / HOUR).toFixed(1)).join(', ');
}

/** @param {readonly import('./follow.js').Outcome[]} outcomes @param {string} version @param {number} seconds */
function factsOf(outcomes, version, seconds) {
  const seen = new Map(outcomes.map((outcome) => [`${outcome.family}/${outcome.seed}`, outcome.slots]));
  const years = sum([...seen.values()], (slots) => slots) / YEAR;
  const cpuSeconds = sum(outcomes, ({ microseconds }) => microseconds) / 1e6;
  /** @type {[string, string][]} */
  const facts = [
    [
      'corpus',
      `${seen.size} series, ${years.toFixed(0)} series-years ${describe(sampling)}, seeds from ${firstSeed()}`,
    ],
    ['leakwatch', version],
    ['node', process.version],
    ['machine', processors()],
    ['took', `${Math.round(seconds / 60)} min, of which the subjects had ${Math.round(cpuSeconds / 60)} min of CPU`],
    ['date', new Date().toISOString().slice(0, 10)],
    ['command', `npm run bench:detection${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`],
  ];
  return facts;
}

function chosenFamilies() {
  const { only } = options;
  const unknown = only.filter((name) => !FAMILIES.some((family) => family.name === name || family.kind === name));
  if (unknown.length > 0) fail(`no family is called ${unknown.join(', ')}`);
  return FAMILIES.filter(({ name, kind }) => only.length === 0 || only.includes(name) || only.includes(kind)).filter(
    ({ heldOut }) => !(options.tune && heldOut),
  );
}

/** @returns {import('./sampling.js').Sampling} */
function chosenSampling() {
  const [intervalSeconds, missing] = [Number(options.interval), Number(options.missing)];
  if (!(intervalSeconds >= 1 && intervalSeconds <= 3600))
    fail(`--interval takes 1 to 3600 seconds, not ${options.interval}`);
  if (!(missing >= 0 && missing < 1)) fail(`--missing takes a share from 0 to below 1, not ${options.missing}`);
  if (options.state && !options['monitor-restarts']) fail('--state needs --monitor-restarts');
  const monitorRestarts = !options['monitor-restarts'] ? 'never' : options.state ? 'remembering' : 'forgetting';
  return { intervalSeconds, irregular: options.irregular, missing, monitorRestarts };
}

/** The alternatives count samples of 20 seconds. @param {import('./leakwatch.js').Build} build */
function chosenSubjects(build) {
  const all = subjectsOf(build).filter(({ name }) => isSampledAsUsual || name.startsWith('leakwatch'));
  const unknown = options.subject.filter((name) => !all.some((subject) => subject.name === name));
  if (unknown.length > 0) fail(`no subject is called ${unknown.join(', ')}: ${all.map(({ name }) => name).join(', ')}`);
  return options.subject.length === 0 ? all : all.filter(({ name }) => options.subject.includes(name));
}

function firstSeed() {
  return (options.tune ? SEEDS.tune : SEEDS.report) + 1;
}

/** @param {import('./plan.js').Family} family @returns {number[]} */
function seedsOf(family) {
  const size = options.quick ? QUICK : FULL;
  const years = Number(options.years ?? Math.min(family.years ?? size.years, size.years));
  const ofYears = Math.ceil((years * YEAR) / planOf(family, firstSeed()).slots);
  const count = { healthy: ofYears, organic: ofYears, passing: size.passing, leaking: size.leaking }[family.kind];
  return Array.from({ length: count }, (_, at) => firstSeed() + at);
}

function printManifest() {
  for (const family of chosenFamilies())
    for (const seed of seedsOf(family)) process.stdout.write(`${JSON.stringify(manifestOf(generate(family, seed)))}\n`);
}

/** @param {string} which */
async function show(which) {
  const [name = '', seed = ''] = which.split('/');
  const family = findFamily(name);
  if (!family || !/^\d+$/.test(seed)) return fail(`${which} is no FAMILY/SEED`);
  const series = generate(family, Number(seed));
  const subjects = chosenSubjects(await loadBuild(options.dist));
  const [subject] = subjects;
  if (subject) process.stdout.write((options.csv ? csvOf : drawingOf)(series, subject, sampling));
}

/** @param {string} message @returns {never} */
function fail(message) {
  process.stderr.write(`bench:detection: ${message}\n`);
  process.exit(1);
}
