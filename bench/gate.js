/**
 * `node bench/gate.js`: costs that do not depend on how fast the machine is, each against a budget; ends with 1 if one
 * is exceeded. With `--prove` each check is made on a copy of the program that was spoiled for it, and has to fail.
 * System calls and allocations are those of ticks of the real daemon among sleeping processes, start and first sight
 * left out.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDirectory } from './belongings.js';
import { Daemon, sleep } from './daemon.js';
import { startHerd } from './herd.js';
import { childrenOf, listProcesses, wakeUpsOf } from './kernel.js';
import { compileNative } from './native.js';
import { enterOwnTable } from './own-table.js';
import { clearProgress, explain, progress } from './progress.js';
import { digits, table } from './tables.js';

/**
 * @typedef {{ value: number, detail?: string } | { skipped: string }} Measured
 * @typedef {{ what: string, most: number, measure(entry: string): Promise<Measured>, spoil: string }} Check `spoil` = what
 *   is put before the program to raise this cost
 */

/** A rest, some time after a tick. */
const REST_MS = 5000;

/** The budgets: what was measured and a quarter more. Lower them when the program gets cheaper. @type {readonly Check[]} */
const CHECKS = [
  {
    what: 'system calls per process and tick',
    most: 1.75,
    measure: countSystemCalls,
    spoil: `for (const name of ['readSync', 'statSync', 'closeSync']) {
      const { [name]: call, fstatSync } = fs;
      fs[name] = (fd, ...rest) => { try { fstatSync(1) } catch {} return call(fd, ...rest) };
    }`,
  },
  {
    what: 'bytes allocated per process and tick',
    // 900, and up to 1,050 where V8 has had less time to compile: what is not compiled yet boxes its numbers.
    most: 1250,
    measure: countAllocations,
    spoil: `const { readSync } = fs;
      let kept;
      fs.readSync = (...args) => { kept = new Array(500).fill(args.length); return readSync(...args) };`,
  },
  {
    what: 'own tasks',
    most: 6,
    measure: countTasks,
    spoil: `for (let number = 0; number < 2; number++)
      new (require('node:worker_threads').Worker)('setInterval(() => {}, 1e6)', { eval: true });`,
  },
  {
    what: `wake-ups in ${REST_MS / 1000} s between two ticks`,
    most: 2,
    measure: countWakeUps,
    spoil: 'setInterval(() => undefined, 500);',
  },
  {
    what: 'bytes of dist/leakwatch.cjs',
    most: 500_000,
    measure: async (entry) => ({ value: statSync(entry).size }),
    spoil: `'${'-'.repeat(200_000)}';`,
  },
];

const PROCESSES = 300;
const INTERVAL_MS = 100;
/** Between two looks at what seldom changes, which come at the 32nd and the 64th sight. */
const SHORT_TICKS = 36;
const LONG_TICKS = 56;

const { values: options } = parseArgs({
  options: {
    dist: { type: 'string', default: join(dirname(import.meta.dirname), 'dist') },
    prove: { type: 'boolean', default: false },
  },
});
const entry = join(resolve(options.dist), 'leakwatch.cjs');
await enterOwnTable();

progress(`making ${PROCESSES} processes`);
const herd = await startHerd({ processes: PROCESSES }, compileNative());
// Counts do not care who else runs.
const rows = await Promise.all(CHECKS.map((check) => judge(check, options.prove ? spoilt(entry, check) : entry)));
await herd.stop();
clearProgress();
process.stdout.write(
  `${table(
    ['what', 'budget', 'measured', ''],
    rows.map(({ cells }) => cells),
  )}\n`,
);
process.exit(rows.every(({ isGood }) => isGood) ? 0 : 1);

/** @param {Check} check @param {string} program */
async function judge({ what, most, measure }, program) {
  const measured = await measure(program).catch((error) => ({ value: Number.NaN, detail: explain(error) }));
  if ('skipped' in measured) return { isGood: true, cells: [what, digits(most), '-', `skipped: ${measured.skipped}`] };
  const { value, detail } = measured;
  const verdict = value <= most ? 'within' : value > most ? 'EXCEEDED' : 'BROKEN OFF';
  const isGood = verdict === (options.prove ? 'EXCEEDED' : 'within');
  return { isGood, cells: [what, digits(most), digits(value), detail ? `${verdict}: ${detail}` : verdict] };
}

/** @param {string} program @param {Check} check @returns {string} a copy that costs more */
function spoilt(program, { spoil }) {
  const root = makeDirectory();
  const copy = join(root, 'dist/leakwatch.cjs');
  mkdirSync(dirname(copy));
  copyFileSync(join(dirname(program), '../package.json'), join(root, 'package.json'));
  const before = `{ const fs = require('node:fs'); ${spoil} }`;
  // Behind the shell's half, which is a comment.
  const text = readFileSync(program, 'utf8').replace('\n*/;\n', (end) => `${end}${before}\n`);
  writeFileSync(copy, text, { mode: 0o755 });
  return copy;
}

/** @param {string} program @returns {Promise<Measured>} */
async function countSystemCalls(program) {
  if (spawnSync('strace', ['-c', 'true']).status !== 0) return { skipped: 'strace does not run here' };
  const [short, long] = await Promise.all([traceTicks(program, SHORT_TICKS), traceTicks(program, LONG_TICKS)]);
  const ticks = long.ticks - short.ticks;
  const perProcess = (/** @type {string} */ name) =>
    ((long.calls.get(name) ?? 0) - (short.calls.get(name) ?? 0)) / ticks / listProcesses().length;
  const names = [...long.calls.keys()].filter((name) => name !== 'total');
  names.sort((a, b) => perProcess(b) - perProcess(a));
  const detail = names.slice(0, 6).map((name) => `${name} ${perProcess(name).toFixed(2)}`);
  return { value: perProcess('total'), detail: detail.join(', ') };
}

/** @param {string} program @param {number} ticks @returns {Promise<{ ticks: number, calls: Map<string, number> }>} by name, and their `total` */
async function traceTicks(program, ticks) {
  progress(`counting the system calls of ${ticks} ticks`);
  const output = join(makeDirectory(), 'strace.txt');
  const under = ['strace', '-f', '-qq', '-c', '-U', 'calls,name', '-o', output];
  const daemon = await Daemon.start({ entry: program, intervalMs: INTERVAL_MS, under });
  await daemon.waitForTicks(ticks);
  for (const pid of childrenOf(daemon.pid)) process.kill(pid, 'SIGTERM');
  // strace writes its summary when the program has ended.
  await daemon.ended();
  const calls = new Map();
  for (const line of readFileSync(output, 'latin1').split('\n')) {
    const [, count, name] = /^\s*(\d+)\s+(\w+)\s*$/.exec(line) ?? [];
    if (name) calls.set(name, Number(count));
  }
  return { ticks: daemon.ticks, calls };
}

/** @param {string} program @returns {Promise<Measured>} */
async function countAllocations(program) {
  progress('counting allocations');
  const daemon = await Daemon.start({ entry: program, intervalMs: INTERVAL_MS, preload: 'probe.cjs' });
  await daemon.waitForTicks(SHORT_TICKS);
  await daemon.probe();
  const before = daemon.ticks;
  await daemon.waitForTicks(LONG_TICKS);
  const { allocatedBytes } = await daemon.probe();
  const ticks = daemon.ticks - before;
  await daemon.stop();
  return { value: allocatedBytes / ticks / listProcesses().length };
}

/** @param {string} program @returns {Promise<Measured>} */
async function countTasks(program) {
  progress('counting tasks');
  const daemon = await Daemon.start({ entry: program, intervalMs: INTERVAL_MS });
  await daemon.waitForTicks(5);
  const { tasks } = daemon.footprint();
  await daemon.stop();
  return { value: tasks };
}

/** Of its main thread: what wakes it while there is nothing to do. @param {string} program @returns {Promise<Measured>} */
async function countWakeUps(program) {
  progress('counting wake-ups');
  const daemon = await Daemon.start({ entry: program, intervalMs: 3_600_000 });
  await sleep(1000);
  const before = wakeUpsOf(daemon.pid);
  await sleep(REST_MS);
  const value = wakeUpsOf(daemon.pid) - before;
  await daemon.stop();
  return { value };
}
