/**
 * Interleaved rounds: each round measures every subject once, in an order that rotates from round to round, so that
 * disturbances of the machine hit all subjects alike. Slow subjects take part in the first rounds only.
 */
import { listProcesses } from './kernel.js';
import { explain, progress } from './progress.js';

/** In each round a subject makes as many passes as use about this much CPU. */
const TURN_CPU_MS = { quick: 60, full: 250 };
const MOST_PASSES = 100;

/**
 * @typedef {{ cpuUs: number, wallUs?: number | undefined }} PerSample CPU for each process, wall time of the whole sample
 * @typedef {{ name: string, perRound: (PerSample | undefined)[], passes: number, footprint?: import('./kernel.js').Footprint | undefined }} RowResult
 * @typedef {{ processes: number, rounds: number, rows: Map<string, RowResult>, leftOut: Map<string, string> }} Results
 */

/**
 * A subject that fails is left out of later rounds, with the reason; what it measured before counts.
 * @param {readonly import('./subjects.js').Subject[]} subjects
 * @param {import('./subjects.js').Setting} setting
 * @param {{ rounds: number, budgetMs: number, label: string }} options `budgetMs` = time of one subject in all rounds
 * @returns {Promise<Results>}
 */
export async function runRounds(subjects, setting, { rounds, budgetMs, label }) {
  const leftOut = new Map();
  /** @type {{ name: string, opened: import('./subjects.js').Opened, passes: number, rounds: number }[]} */
  const turns = [];
  for (const { name, what, open } of subjects) {
    progress(`${label}: starting ${what}`);
    try {
      const opened = await open(setting);
      if (typeof opened === 'string') leftOut.set(name, opened);
      else turns.push({ name, opened, ...(await rehearse(opened, { rounds, budgetMs, quick: setting.quick })) });
    } catch (error) {
      leftOut.set(name, explain(error));
    }
  }
  /** @type {Map<string, RowResult>} */
  const rows = new Map();
  let processes = 0;
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < turns.length; at++) {
      const turn = turns[(at + round) % turns.length];
      if (!turn || round >= turn.rounds || leftOut.has(turn.name)) continue;
      progress(`${label}: round ${round + 1} of ${rounds}: ${turn.name}`);
      processes = listProcesses().length;
      try {
        note(rows, await turn.opened.measure(turn.passes), { round, processes, opened: turn.opened });
      } catch (error) {
        leftOut.set(turn.name, explain(error));
      }
    }
  }
  for (const { opened } of turns) await opened.stop();
  return { processes, rounds, rows, leftOut };
}

/**
 * @param {Map<string, RowResult>} rows
 * @param {import('./subjects.js').Measurement} measured
 * @param {{ round: number, processes: number, opened: import('./subjects.js').Opened }} at
 */
function note(rows, measured, { round, processes, opened }) {
  for (const [name, { cpuUs, wallUs }] of Object.entries(measured.rows)) {
    const row = rows.get(name) ?? { name, perRound: [], passes: measured.passes };
    row.perRound[round] = {
      cpuUs: cpuUs / measured.passes / processes,
      wallUs: wallUs === undefined ? undefined : wallUs / measured.passes,
    };
    row.footprint = opened.footprint?.();
    rows.set(name, row);
  }
}

/** Two trial passes: the first fills caches, the second tells how many passes make a round and how many rounds fit the time. */
async function rehearse(
  /** @type {import('./subjects.js').Opened} */ opened,
  /** @type {{ rounds: number, budgetMs: number, quick: boolean }} */ { rounds, budgetMs, quick },
) {
  if (opened.passes !== undefined) return { passes: opened.passes, rounds };
  await opened.measure(1);
  const begun = performance.now();
  const measured = await opened.measure(1);
  const wallMs = performance.now() - begun;
  const cpuMs = Object.values(measured.rows).reduce((sum, { cpuUs }) => sum + cpuUs / 1000, 0);
  const wanted = Math.ceil(TURN_CPU_MS[quick ? 'quick' : 'full'] / Math.max(cpuMs, 0.1));
  const passes = Math.min(MOST_PASSES, Math.max(1, wanted));
  return { passes, rounds: Math.min(rounds, Math.max(3, Math.floor(budgetMs / (wallMs * passes)))) };
}
