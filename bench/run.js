/**
 * `npm run bench`: what leakwatch costs, beside what others cost, on populations of real processes. CPU time is the
 * kernel's, read from outside. Prints tables; a full run also writes results.md.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startHerd } from './herd.js';
import { limitTasks, roomForTasks } from './kernel.js';
import { describeMachine } from './machine.js';
import { findModules } from './modules.js';
import { compileNative } from './native.js';
import { clearProgress, progress } from './progress.js';
import { runRounds } from './rounds.js';
import { quantile, spreadOf } from './statistics.js';
import { C_OPEN, LEAKWATCH, NODE_EXPORTER, PROCESS_EXPORTER, PS_LIST, SUBJECTS } from './subjects.js';
import { digits, spread, table } from './tables.js';
import { TARGETS } from './targets.js';

const ROOT = dirname(import.meta.dirname);
const DIST = join(ROOT, 'dist');
const RESULTS = join(import.meta.dirname, 'results.md');

/** @typedef {import('./herd.js').Population & { rounds: number, notQuick?: boolean }} Stage */

/** @type {readonly Stage[]} */
const FULL = [
  { processes: 100, rounds: 9 },
  { processes: 2000, rounds: 9 },
  { processes: 10_000, rounds: 7 },
  { processes: 500, threads: 100, rounds: 5 },
];
/** @type {readonly Stage[]} */
const QUICK = [
  { processes: 100, rounds: 3 },
  { processes: 500, rounds: 3 },
];
/** For one subject in all rounds of a population. */
const BUDGET_MS = { quick: 3000, full: 60_000 };

const HELP = `Usage: npm run bench -- [OPTIONS]

  --quick       small populations and few rounds, for a smoke test; prints only
  --only NAME   measure only this, may be repeated: a population
                (${FULL.map(labelOf).join(', ')}),
                a subject (${SUBJECTS.map(({ name }) => name).join(', ')})
                or a target (${TARGETS.map(({ name }) => name).join(', ')});
                prints only
  --dist DIR    measure this build instead of dist/; prints only
  --most-tasks NUMBER
                never more processes and threads than this on the host
  --help

On a host with much else on it, a process table of one's own (as root):
  unshare --fork --pid --mount-proc --kill-child sh -c 'npm run bench; :'

A run without --quick, --only and --dist takes about half an hour and writes bench/results.md.
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    dist: { type: 'string', default: DIST },
    'most-tasks': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (options.help) {
  process.stdout.write(HELP);
} else {
  await main();
  process.exit(0);
}

async function main() {
  const { quick, only } = options;
  const isComplete = !quick && only.length === 0 && options.dist === DIST;
  const names = [...FULL, ...QUICK].map(labelOf).concat([...SUBJECTS, ...TARGETS].map(({ name }) => name));
  const unknown = only.filter((name) => !names.includes(name));
  const entry = join(resolve(options.dist), 'leakwatch.cjs');
  if (unknown.length > 0) fail(`nothing here is called ${unknown.join(', ')}`);
  if (!existsSync(entry)) fail(`there is no ${entry}: npm run build`);
  const mostTasks = options['most-tasks'] ?? 'Infinity';
  if (Number.isNaN(Number(mostTasks))) fail(`${mostTasks} is no number of tasks`);
  limitTasks(Number(mostTasks));
  const native = compileNative();
  const place = { native, entry, quick };
  const machine = describeMachine({ compiler: native?.compiler, entry });
  const document = [`# What leakwatch costs`, machine.map(([what, value]) => `- ${what}: ${value}`).join('\n')];
  if (!native) document.push('No C compiler: the floor in C is left out, and populations are made by a shell.');
  print(document.slice(1));

  const stages = chosen(quick ? QUICK : FULL, labelOf, only);
  const subjects = chosen(SUBJECTS, ({ name }) => name, only);
  const targets = chosen(TARGETS, ({ name }) => name, only).filter(({ notQuick }) => !(quick && notQuick));
  // Populations and subjects belong together; a target stands for itself.
  const wantsTargets = only.length === 0 || only.some((name) => isTarget(name));
  const wantsStages = only.length === 0 || only.some((name) => !isTarget(name));
  /** @type {import('./targets.js').Outcome[]} */
  const outcomes = [];
  if (wantsStages) {
    const modules = findModules(resolve(options.dist));
    for (const stage of stages) {
      const section = await runStage(stage, { subjects, setting: { ...place, modules, processes: stage.processes } });
      outcomes.push(...section.outcomes);
      document.push(...section.text);
      print(section.text);
    }
  }
  if (wantsTargets) {
    for (const target of targets) outcomes.push(...(await runTarget(target, place)));
  }
  if (outcomes.length > 0) {
    const text = ['## Targets', targetTable(outcomes)];
    document.push(...text);
    print(text);
  }
  if (isComplete) {
    writeFileSync(RESULTS, `${document.join('\n\n')}\n`);
    progress(`written to ${RESULTS}`);
    process.stderr.write('\n');
  }
}

/**
 * @template T
 * @param {readonly T[]} all
 * @param {(one: T) => string} nameOf
 * @param {readonly string[]} only
 * @returns {readonly T[]} all of them where none is named
 */
function chosen(all, nameOf, only) {
  const named = all.filter((one) => only.includes(nameOf(one)));
  return named.length > 0 ? named : all;
}

/**
 * @param {Stage} stage
 * @param {{ subjects: readonly import('./subjects.js').Subject[], setting: import('./subjects.js').Setting }} how
 * @returns {Promise<{ text: string[], outcomes: import('./targets.js').Outcome[] }>}
 */
async function runStage(stage, { subjects, setting }) {
  const label = labelOf(stage);
  const fitting = populationFor(stage, setting.native !== undefined);
  if (typeof fitting === 'string') return { text: [`## ${label}`, `Left out: ${fitting}.`], outcomes: [] };
  const { population, note } = fitting;
  /** @type {import('./rounds.js').Results} */
  let results;
  try {
    progress(`${label}: making ${population.processes} processes`);
    const herd = await startHerd(population, setting.native);
    const budgetMs = BUDGET_MS[setting.quick ? 'quick' : 'full'];
    results = await runRounds(subjects, setting, { rounds: stage.rounds, budgetMs, label });
    progress(`${label}: ending ${population.processes} processes`);
    await herd.stop();
  } catch (error) {
    return { text: [`## ${label}`, `Broken off: ${explain(error)}.`], outcomes: [] };
  }
  const text = [`## ${heading(population)}`, ...(note ? [note] : []), costTable(results)];
  for (const [name, why] of results.leftOut) text.push(`Left out: ${name}: ${why}.`);
  return { text, outcomes: outcomesOf(results, label) };
}

/**
 * @param {import('./targets.js').Target} target
 * @param {import('./targets.js').Place} place
 * @returns {Promise<readonly import('./targets.js').Outcome[]>}
 */
async function runTarget(target, place) {
  try {
    return await target.run(place);
  } catch (error) {
    return [{ what: target.name, target: '', measured: `broken off: ${explain(error)}`, met: undefined }];
  }
}

/** @param {unknown} error */
function explain(error) {
  const { message, cause } = /** @type {Error} */ (error);
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

/**
 * @param {Stage} stage
 * @param {boolean} native
 * @returns {{ population: import('./herd.js').Population, note?: string } | string} why not
 */
function populationFor({ processes, threads = 1 }, native) {
  if (threads > 1 && !native) return 'processes with threads need a C compiler';
  const room = roomForTasks();
  if (processes * threads <= room) return { population: { processes, threads } };
  const fewer = Math.floor(room / processes);
  if (threads === 1 || fewer < 2) return `this host has room for ${room} tasks`;
  return {
    population: { processes, threads: fewer },
    note: `${threads} threads each do not fit under this host's limits.`,
  };
}

/** @param {string} name */
function isTarget(name) {
  return TARGETS.some((target) => target.name === name);
}

/** @param {Stage} stage */
function labelOf({ processes, threads }) {
  return threads ? `${processes}x${threads}` : String(processes);
}

/** @param {import('./herd.js').Population} population */
function heading({ processes, threads = 1 }) {
  const each = threads > 1 ? ` with ${threads} threads each` : '';
  return `${processes.toLocaleString('en-US')} sleeping processes${each}`;
}

/** @param {import('./rounds.js').Results} results */
function costTable({ processes, rounds, rows }) {
  const head = [
    'subject',
    'CPU us/process',
    'x C loop',
    'wall ms/sample',
    'rss MiB',
    'anon',
    'file',
    'tasks',
    'rounds x samples',
  ];
  const lines = [...rows.values()].map((row) => {
    const measured = row.perRound.filter((one) => one !== undefined);
    const wall = measured.map(({ wallUs }) => wallUs).filter((one) => one !== undefined);
    const ratios = ratiosOf(row, rows.get(C_OPEN));
    const { rssMiB, anonMiB, fileMiB, tasks } = row.footprint ?? {};
    return [
      row.name,
      spread(spreadOf(measured.map(({ cpuUs }) => cpuUs))),
      ratios.length > 0 ? spread(spreadOf(ratios)) : '-',
      wall.length > 0 ? digits(quantile(wall, 0.5) / 1000) : '-',
      digits(rssMiB),
      digits(anonMiB),
      digits(fileMiB),
      tasks === undefined ? '-' : String(tasks),
      `${measured.length} x ${row.passes}`,
    ];
  });
  const caption = `All ${processes.toLocaleString('en-US')} processes of the host are read. Medians of at most ${rounds} interleaved rounds, quartiles in brackets; ratios are taken within a round.`;
  return `${caption}\n\n${table(head, lines)}`;
}

/** @param {import('./rounds.js').RowResult} row @param {import('./rounds.js').RowResult | undefined} other */
function ratiosOf(row, other) {
  return row.perRound.flatMap((one, round) => {
    const base = other?.perRound[round];
    return one && base ? [one.cpuUs / base.cpuUs] : [];
  });
}

/** @param {import('./rounds.js').Results} results @param {string} label @returns {import('./targets.js').Outcome[]} */
function outcomesOf({ rows }, label) {
  const own = rows.get(LEAKWATCH);
  if (!own) return [];
  const outcomes = [];
  const floor = rows.get(C_OPEN);
  if (floor) {
    const ratios = spreadOf(ratiosOf(own, floor));
    const measured = `${spread(ratios)} x`;
    outcomes.push({ what: `whole tick / C loop, ${label}`, target: '<= 1.2 x', measured, met: ratios.median <= 1.2 });
  }
  for (const [name, least] of /** @type {const} */ ([
    [PROCESS_EXPORTER, 50],
    [NODE_EXPORTER, 5],
    [PS_LIST, 20],
  ])) {
    const other = rows.get(name);
    if (!other) continue;
    const ratios = spreadOf(ratiosOf(other, own));
    const measured = `${spread(ratios)} x`;
    outcomes.push({
      what: `${name} / whole tick, ${label}`,
      target: `>= ${least} x`,
      measured,
      met: ratios.median >= least,
    });
  }
  return outcomes;
}

/** @param {readonly import('./targets.js').Outcome[]} outcomes */
function targetTable(outcomes) {
  const rows = outcomes.map(({ what, target, measured, met, note }) => [
    what,
    target || '-',
    note ? `${measured} (${note})` : measured,
    met === undefined ? '-' : met ? 'met' : 'not met',
  ]);
  return table(['what', 'target', 'measured', ''], rows);
}

/** @param {readonly string[]} paragraphs */
function print(paragraphs) {
  clearProgress();
  process.stdout.write(`${paragraphs.join('\n\n')}\n\n`);
}

/** @param {string} why @returns {never} */
function fail(why) {
  process.stderr.write(`bench: ${why}\n\n${HELP}`);
  process.exit(64);
}
