/**
 * Populations of processes and the cost of one sample of each, by subject: the tables of CPU time, wall time and memory,
 * the short table of the README, and the comparisons with targets.
 */
import { startHerd } from './herd.js';
import { roomForTasks } from './kernel.js';
import { explain, progress } from './progress.js';
import { runRounds } from './rounds.js';
import { quantile, spreadOf } from './statistics.js';
import { C_OPEN, LEAKWATCH, NODE_EXPORTER, PROCESS_EXPORTER, PS, PS_LIST } from './subjects.js';
import { digits, spread, table } from './tables.js';

/**
 * @typedef {import('./herd.js').Population & { rounds: number, hasTargets?: boolean }} Stage `hasTargets` = its comparisons have targets
 * @typedef {{ population: import('./herd.js').Population, text: readonly string[], outcomes: readonly import('./targets.js').Outcome[], rows?: import('./rounds.js').Results['rows'] }} Section
 */

/** @type {readonly Stage[]} */
export const FULL = [
  { processes: 100, rounds: 9 },
  { processes: 2000, rounds: 9, hasTargets: true },
  { processes: 10_000, rounds: 7, hasTargets: true },
  { processes: 500, threads: 100, rounds: 5 },
];
/** @type {readonly Stage[]} */
export const QUICK = [
  { processes: 100, rounds: 3 },
  { processes: 500, rounds: 3 },
];
/** Time of one subject in all rounds of a population. */
const BUDGET_MS = { quick: 1500, full: 15_000 };

/** A tick should cost at most so many times as much as the C loop. */
const MOST_RATIO = 1.2;
/** The others should cost at least so many times as much as a tick. */
const LEAST_RATIOS = /** @type {const} */ ([
  [PROCESS_EXPORTER, 50],
  [NODE_EXPORTER, 5],
  [PS_LIST, 20],
]);

/**
 * @param {Stage} stage
 * @param {{ subjects: readonly import('./subjects.js').Subject[], setting: import('./subjects.js').Setting }} how
 * @returns {Promise<Section>}
 */
export async function runStage(stage, { subjects, setting }) {
  const fitting = populationFor(stage, setting.native !== undefined);
  if (typeof fitting === 'string')
    return { population: stage, text: [`## ${heading(stage)}`, `Left out: ${fitting}.`], outcomes: [] };
  const { population, note } = fitting;
  const label = labelOf(population);
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
    return { population, text: [`## ${heading(population)}`, `Failed: ${explain(error)}.`], outcomes: [] };
  }
  const text = [`## ${heading(population)}`, ...(note ? [note] : []), costTable(results)];
  for (const [name, why] of results.leftOut) text.push(`Left out: ${name}: ${why}.`);
  return { population, text, outcomes: outcomesOf(results, { label, stage }), rows: results.rows };
}

/**
 * @param {Stage} stage
 * @param {boolean} native
 * @returns {{ population: import('./herd.js').Population, note?: string } | string} or why it cannot be made
 */
function populationFor({ processes, threads = 1 }, native) {
  if (threads > 1 && !native) return 'processes with threads need a C compiler';
  const room = roomForTasks();
  if (processes * threads <= room) return { population: { processes, threads } };
  const fewer = Math.floor(room / processes);
  if (threads === 1 || fewer < 2) return `this host has room for ${room} tasks`;
  return {
    population: { processes, threads: fewer },
    note: `The limits of this host do not allow ${threads} threads each.`,
  };
}

/** @param {import('./herd.js').Population} population */
export function labelOf({ processes, threads = 1 }) {
  return threads > 1 ? `${processes}x${threads}` : String(processes);
}

/** @param {import('./herd.js').Population} population */
function heading(population) {
  return inWords(population).replace('processes', 'sleeping processes');
}

/** @param {import('./herd.js').Population} population */
function inWords({ processes, threads = 1 }) {
  const each = threads > 1 ? ` with ${threads} threads each` : '';
  return `${processes.toLocaleString('en-US')} processes${each}`;
}

/** @param {import('./rounds.js').Results} results */
function costTable({ processes, rounds, rows }) {
  const head = [
    'subject',
    'CPU us/process',
    'x C loop',
    'wall ms/sample',
    'rss MB',
    'anon',
    'file',
    'tasks',
    'rounds x samples',
  ];
  const lines = [...rows.values()].map((row) => {
    const measured = row.perRound.filter((one) => one !== undefined);
    const wall = measured.map(({ wallUs }) => wallUs).filter((one) => one !== undefined);
    const ratios = ratiosOf(row, rows.get(C_OPEN));
    const { rssMegabytes, anonMegabytes, fileMegabytes, tasks } = row.footprint ?? {};
    return [
      row.name,
      spread(spreadOf(measured.map(({ cpuUs }) => cpuUs))),
      ratios.length > 0 ? spread(spreadOf(ratios)) : '-',
      wall.length > 0 ? digits(quantile(wall, 0.5) / 1000) : '-',
      digits(rssMegabytes),
      digits(anonMegabytes),
      digits(fileMegabytes),
      tasks === undefined ? '-' : String(tasks),
      `${measured.length} x ${row.passes}`,
    ];
  });
  const caption = `Each sample reads all ${processes.toLocaleString('en-US')} processes of the host. Medians of at most ${rounds} interleaved rounds, quartiles in brackets; ratios are computed within a round.`;
  return `${caption}\n\n${table(head, lines)}`;
}

/** CPU time per process and sample by population, with a caption. @param {readonly Section[]} sections */
export function shortTable(sections) {
  const measured = sections.filter(({ rows }) => rows !== undefined);
  const threaded = measured.filter(({ population: { threads = 1 } }) => threads > 1);
  const caption = [
    'CPU time in microseconds per process and sample. Each column is a host with that many sleeping processes.',
    ...threaded.map(({ population }) => `\`${labelOf(population)}\` is ${inWords(population)}.`),
  ].join('\n');
  const names = [C_OPEN, LEAKWATCH, PS, PS_LIST, NODE_EXPORTER, PROCESS_EXPORTER];
  const lines = names.map((name) => [
    name,
    ...measured.map(({ rows }) => {
      const perRound = rows?.get(name)?.perRound.filter((one) => one !== undefined) ?? [];
      return digits(
        quantile(
          perRound.map(({ cpuUs }) => cpuUs),
          0.5,
        ),
      );
    }),
  ]);
  return `${caption}\n\n${table(['subject', ...measured.map(({ population }) => labelOf(population))], lines)}`;
}

/** @param {import('./rounds.js').RowResult} row @param {import('./rounds.js').RowResult | undefined} other */
function ratiosOf(row, other) {
  return row.perRound.flatMap((one, round) => {
    const base = other?.perRound[round];
    return one && base ? [one.cpuUs / base.cpuUs] : [];
  });
}

/** @param {import('./rounds.js').Results} results @param {{ label: string, stage: Stage }} of @returns {import('./targets.js').Outcome[]} */
function outcomesOf({ rows }, { label, stage: { hasTargets } }) {
  const own = rows.get(LEAKWATCH);
  const floor = rows.get(C_OPEN);
  if (!own) return [];
  const outcomes = [];
  if (floor) {
    const ratios = spreadOf(ratiosOf(own, floor));
    outcomes.push({
      what: `whole tick / C loop, ${label}`,
      measured: `${spread(ratios)} x`,
      ...(hasTargets && { target: `<= ${MOST_RATIO} x`, met: ratios.median <= MOST_RATIO }),
    });
  }
  for (const [name, least] of LEAST_RATIOS) {
    const other = rows.get(name);
    if (!other) continue;
    const ratios = spreadOf(ratiosOf(other, own));
    outcomes.push({
      what: `${name} / whole tick, ${label}`,
      measured: `${spread(ratios)} x`,
      ...(hasTargets && { target: `>= ${least} x`, met: ratios.median >= least }),
    });
  }
  return outcomes;
}
