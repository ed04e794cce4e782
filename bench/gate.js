/**
 * `node bench/gate.js`: costs that do not depend on how fast the machine is, against a budget; ends with 1 if one is
 * exceeded. A population of sleeping processes and the real daemon. System calls and allocations are those of ticks in
 * steady state: from a longer run those of a shorter one are taken away, so that start and first sight drop out.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { makeDirectory, start } from './belongings.js';
import { Daemon } from './daemon.js';
import { startHerd } from './herd.js';
import { childrenOf, listProcesses } from './kernel.js';
import { compileNative } from './native.js';
import { clearProgress, progress } from './progress.js';
import { digits, table } from './tables.js';
import { askProbe } from './targets.js';

/** What may not be exceeded. Lower these when the program gets cheaper. */
const BUDGET = {
  systemCalls: { most: 6, what: 'system calls per process and tick' },
  allocatedBytes: { most: 5000, what: 'bytes allocated per process and tick' },
  tasks: { most: 8, what: 'own tasks' },
  distBytes: { most: 400_000, what: 'bytes of JavaScript in dist/' },
};

const PROCESSES = 400;
const INTERVAL_MS = 200;
/** Between two looks at what seldom changes, which come at the 32nd and the 64th sight. */
const SHORT_TICKS = 36;
const LONG_TICKS = 60;

/** @typedef {{ value: number, detail?: string } | { skipped: string }} Measured */

const { values: options } = parseArgs({
  options: { dist: { type: 'string', default: join(dirname(import.meta.dirname), 'dist') } },
});
const dist = resolve(options.dist);
const entry = join(dist, 'leakwatch.cjs');
const native = compileNative();

progress(`making ${PROCESSES} processes`);
const herd = await startHerd({ processes: PROCESSES }, native);
/** @type {Readonly<Record<keyof typeof BUDGET, Measured>>} */
const measured = {
  systemCalls: await countSystemCalls(),
  allocatedBytes: await countAllocations(),
  tasks: await countTasks(),
  distBytes: { value: sizeOfScripts(dist) },
};
await herd.stop();
clearProgress();

let exceeded = 0;
const rows = Object.entries(BUDGET).map(([name, { most, what }]) => {
  const one = measured[/** @type {keyof typeof BUDGET} */ (name)];
  if ('skipped' in one) return [what, digits(most), '-', `skipped: ${one.skipped}`];
  const within = one.value <= most;
  if (!within) exceeded++;
  return [
    what,
    digits(most),
    digits(one.value),
    `${within ? 'within' : 'EXCEEDED'}${one.detail ? `: ${one.detail}` : ''}`,
  ];
});
process.stdout.write(`${table(['what', 'budget', 'measured', ''], rows)}\n`);
process.exit(exceeded > 0 ? 1 : 0);

/** @returns {Promise<Measured>} */
async function countSystemCalls() {
  if (spawnSync('strace', ['-c', 'true']).status !== 0) return { skipped: 'strace does not run here' };
  const short = await traceTicks(SHORT_TICKS);
  const long = await traceTicks(LONG_TICKS);
  const perTick = (/** @type {string} */ name) =>
    ((long.get(name) ?? 0) - (short.get(name) ?? 0)) / (LONG_TICKS - SHORT_TICKS) / listProcesses().length;
  const names = [...long.keys()].filter((name) => name !== 'total').sort((a, b) => perTick(b) - perTick(a));
  const detail = names.slice(0, 6).map((name) => `${name} ${perTick(name).toFixed(2)}`);
  return { value: perTick('total'), detail: detail.join(', ') };
}

/** @param {number} ticks @returns {Promise<Map<string, number>>} calls by name, and their `total` */
async function traceTicks(ticks) {
  progress(`counting the system calls of ${ticks} ticks`);
  const output = join(makeDirectory(), 'strace.txt');
  const args = ['watch', '--interval', `${INTERVAL_MS}ms`, '--listen', 'off', '--log-level', 'error'];
  const child = start('strace', ['-f', '-c', '-U', 'calls,name', '-o', output, process.execPath, entry, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('unreachable: standard output is a pipe');
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('sample#processes=') && ++seen === ticks) break;
  }
  // strace writes its summary when the program has ended.
  const ended = once(child, 'exit');
  for (const pid of childrenOf(Number(child.pid))) process.kill(pid, 'SIGTERM');
  await ended;
  const counts = new Map();
  for (const line of readFileSync(output, 'latin1').split('\n')) {
    const [, calls, name] = /^\s*(\d+)\s+(\w+)\s*$/.exec(line) ?? [];
    if (name) counts.set(name, Number(calls));
  }
  return counts;
}

/** With room enough on the heap nothing is collected, and what the heap has grown by was allocated. @returns {Promise<Measured>} */
async function countAllocations() {
  progress('counting allocations');
  const probe = join(import.meta.dirname, 'drivers/probe.cjs');
  const nodeArgs = ['--min-semi-space-size=512', '--max-semi-space-size=512', '--require', probe];
  const daemon = await Daemon.start({ entry, intervalMs: INTERVAL_MS, nodeArgs });
  const before = { ticks: await daemon.waitForTicks(SHORT_TICKS), ...(await askProbe(daemon)) };
  const after = { ticks: await daemon.waitForTicks(LONG_TICKS), ...(await askProbe(daemon)) };
  await daemon.stop();
  if (after.collections > before.collections) return { skipped: 'the collector ran in between' };
  const bytes = after.heapBytes - before.heapBytes;
  return {
    value: bytes / (after.ticks - before.ticks) / listProcesses().length,
    detail: 'the polling of the gate included',
  };
}

/** @returns {Promise<Measured>} */
async function countTasks() {
  progress('counting tasks');
  const daemon = await Daemon.start({ entry, intervalMs: INTERVAL_MS });
  await daemon.waitForTicks(5);
  const { tasks } = daemon.footprint();
  await daemon.stop();
  return { value: tasks };
}

/** @param {string} directory */
function sizeOfScripts(directory) {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.c?js$/.test(path))
    .reduce((sum, path) => sum + statSync(join(directory, path)).size, 0);
}
