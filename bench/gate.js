/**
 * `node bench/gate.js`: costs that do not depend on the speed of the machine, each with a budget. Status 1 if a budget is
 * exceeded. With `--prove` each check runs on a copy of the program that was made to cost more, and must fail.
 * System calls and allocations are those of later ticks of the built daemon on a host of sleeping processes: the start
 * and the first ticks, when much is read once, do not count.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeDirectory } from './cleanup.js';
import { Daemon } from './daemon.js';
import { startHerd } from './herd.js';
import { childrenOf, listProcesses, wakeUpsOf } from './kernel.js';
import { compileNative } from './native.js';
import { enterPidNamespace } from './pid-namespace.js';
import { clearProgress, explain, progress } from './progress.js';
import { digits, table } from './tables.js';

/**
 * @typedef {{ value: number, detail?: string } | { skipped: string }} Measured
 * @typedef {{ what: string, most: number, measure(entry: string): Promise<Measured>, spoil: string }} Check `spoil` = code
 *   that runs before the program and raises this cost, for `--prove`
 */

/** How long wake-ups are counted while nothing is due. */
const REST_MS = 5000;

/** Each budget is the measured cost and a quarter more. Lower it when the program gets cheaper. @type {readonly Check[]} */
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
    // 710 to 880 on an idle and on a busy machine. Code that V8 has not compiled yet allocates its numbers on the heap.
    most: 1100,
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
    most: 740_000,
    measure: async (entry) => ({ value: statSync(entry).size }),
    spoil: `'${'-'.repeat(200_000)}';`,
  },
];

const PROCESSES = 300;
const INTERVAL_MS = 100;
/**
 * Ticks between two looks at the values that seldom change: a young process is looked at in its 16th to 23rd sample, and
 * then not before the 128th (src/sources/proc/looks.ts).
 */
const SHORT_TICKS = 36;
const LONG_TICKS = 56;
/** Allocations are counted over each of these spans of ticks, and the least counts: V8 compiles when the machine lets it. */
const SPANS = /** @type {const} */ ([
  [SHORT_TICKS, LONG_TICKS],
  [60, 80],
  [84, 104],
]);

const { values: options } = parseArgs({
  options: {
    dist: { type: 'string', default: join(dirname(import.meta.dirname), 'dist') },
    prove: { type: 'boolean', default: false },
  },
});
const entry = join(resolve(options.dist), 'leakwatch.cjs');
await enterPidNamespace();

progress(`making ${PROCESSES} processes`);
const herd = await startHerd({ processes: PROCESSES }, compileNative());
// All at once: counts do not depend on what else runs.
const rows = await Promise.all(CHECKS.map((check) => judge(check, options.prove ? spoiledCopy(entry, check) : entry)));
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
  const measured = await measure(program).catch((error) => ({ value: Number.NaN, detail: firstLine(explain(error)) }));
  if ('skipped' in measured) return { isGood: true, cells: [what, digits(most), '-', `skipped: ${measured.skipped}`] };
  const { value, detail } = measured;
  const verdict = value <= most ? 'within' : value > most ? 'EXCEEDED' : 'FAILED';
  const isGood = verdict === (options.prove ? 'EXCEEDED' : 'within');
  return { isGood, cells: [what, digits(most), digits(value), detail ? `${verdict}: ${detail}` : verdict] };
}

/** The rest would break the table. @param {string} text */
function firstLine(text) {
  return text.split('\n', 1)[0] ?? '';
}

/** @param {string} program @param {Check} check @returns {string} path of a copy that costs more */
function spoiledCopy(program, { spoil }) {
  const root = makeDirectory();
  const copy = join(root, 'dist/leakwatch.cjs');
  mkdirSync(dirname(copy));
  copyFileSync(join(dirname(program), '../package.json'), join(root, 'package.json'));
  const before = `{ const fs = require('node:fs'); ${spoil} }`;
  // The file begins with a shell script, which Node reads as a comment: the code goes behind it.
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

/** @param {string} program @param {number} ticks @returns {Promise<{ ticks: number, calls: Map<string, number> }>} calls by name, and `total` */
async function traceTicks(program, ticks) {
  progress(`counting the system calls of ${ticks} ticks`);
  const output = join(makeDirectory(), 'strace.txt');
  const under = ['strace', '-f', '-qq', '-c', '-U', 'calls,name', '-o', output];
  const daemon = await Daemon.start({ entry: program, intervalMs: INTERVAL_MS, under });
  await daemon.waitForTicks(ticks);
  for (const pid of childrenOf(daemon.pid)) process.kill(pid, 'SIGTERM');
  // strace writes its summary after the program has ended.
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
  const daemon = await Daemon.start({ entry: program, intervalMs: INTERVAL_MS, preload: ['probe.cjs'] });
  const perTick = [];
  for (const [first, last] of SPANS) {
    await daemon.waitForTicks(first);
    await daemon.probe();
    const before = daemon.ticks;
    await daemon.waitForTicks(last);
    const { allocatedBytes } = await daemon.probe();
    perTick.push(allocatedBytes / (daemon.ticks - before));
  }
  await daemon.stop();
  return { value: Math.min(...perTick) / listProcesses().length };
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

/** How often the main thread wakes up while nothing is due. @param {string} program @returns {Promise<Measured>} */
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
