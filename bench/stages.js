/**
 * Populations of processes, and what one sample of each costs whom: the tables of CPU time, wall time and memory, the
 * short one of the README, and the comparisons that are promised.
 */
import { startHerd } from './herd.js';
import { roomForTasks } from './kernel.js';
import { explain, progress } from './progress.js';
import { runRounds } from './rounds.js';
import { quantile, spreadOf } from './statistics.js';
import { C_OPEN, LEAKWATCH, NODE_EXPORTER, PROCESS_EXPORTER, PS, PS_LIST } from './subjects.js';
import { digits, spread, table } from './tables.js';

/**
 * @typedef {import('./herd.js').Population & { rounds: number, promised?: boolean }} Stage `promised` = it has targets
 * @typedef {{ label: string, text: readonly string[], outcomes: readonly import('./targets.js').Outcome[], rows?: import('./rounds.js').Results['rows'] }} Section
 */

/** @type {readonly Stage[]} */
export const FULL = [
  { processes: 100, rounds: 9 },
  { processes: 2000, rounds: 9, promised: true },
  { processes: 10_000, rounds: 7, promised: true },
  { processes: 500, threads: 100, rounds: 5 },
];
/** @type {readonly Stage[]} */
export const QUICK = [
  { processes: 100, rounds: 3 },
  { processes: 500, rounds: 3 },
];
/** For one subject in all rounds of a population. */
const BUDGET_MS = { quick: 1500, full: 15_000 };

const MOST_RATIO = 1.2;
/** How many times a tick others must cost at least. */
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
  const label = labelOf(stage);
  const fitting = populationFor(stage, setting.native !== undefined);
  if (typeof fitting === 'string') return { label, text: [`## ${label}`, `Left out: ${fitting}.`], outcomes: [] };
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
    return { label, text: [`## ${label}`, `Broken off: ${explain(error)}.`], outcomes: [] };
  }
  const text = [`## ${heading(population)}`, ...(note ? [note] : []), costTable(results)];
  for (const [name, why] of results.leftOut) text.push(`Left out: ${name}: ${why}.`);
  return { label, text, outcomes: outcomesOf(results, { label, stage }), rows: results.rows };
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

/** @param {Stage} stage */
export function labelOf({ processes, threads }) {
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

/** CPU time per process and sample by population. @param {readonly Section[]} sections */
export function shortTable(sections) {
  const measured = sections.filter(({ rows }) => rows !== undefined);
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
  return table(['CPU us per process and sample', ...measured.map(({ label }) => label)], lines);
}

/** @param {import('./rounds.js').RowResult} row @param {import('./rounds.js').RowResult | undefined} other */
function ratiosOf(row, other) {
  return row.perRound.flatMap((one, round) => {
    const base = other?.perRound[round];
    return one && base ? [one.cpuUs / base.cpuUs] : [];
  });
}

/** @param {import('./rounds.js').Results} results @param {{ label: string, stage: Stage }} of @returns {import('./targets.js').Outcome[]} */
function outcomesOf({ rows }, { label, stage: { promised } }) {
  const own = rows.get(LEAKWATCH);
  const floor = rows.get(C_OPEN);
  if (!own) return [];
  const outcomes = [];
  if (floor) {
    const ratios = spreadOf(ratiosOf(own, floor));
    outcomes.push({
      what: `whole tick / C loop, ${label}`,
      measured: `${spread(ratios)} x`,
      ...(promised && { target: `<= ${MOST_RATIO} x`, met: ratios.median <= MOST_RATIO }),
    });
  }
  for (const [name, least] of LEAST_RATIOS) {
    const other = rows.get(name);
    if (!other) continue;
    const ratios = spreadOf(ratiosOf(other, own));
    outcomes.push({
      what: `${name} / whole tick, ${label}`,
      measured: `${spread(ratios)} x`,
      ...(promised && { target: `>= ${least} x`, met: ratios.median >= least }),
    });
  }
  return outcomes;
}
