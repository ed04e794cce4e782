/**
 * Children and temporary directories of the benchmark. At exit, Ctrl-C included, children are killed and directories
 * removed. Children that were started through `native/tied` die with the benchmark even if it is killed with SIGKILL.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const children = new Set();
/** @type {string[]} */
const directories = [];
/** @type {string | undefined} */
let tied;

process.on('exit', cleanUp);
for (const [signal, number] of /** @type {const} */ ([
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
])) {
  process.on(signal, () => process.exit(128 + number));
}

/** From now on children are started through this program. @param {string | undefined} program path of `native/tied` */
export function tieChildrenWith(program) {
  tied = program;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { untied?: boolean }} [options]
 */
export function start(command, args, { untied, ...options } = {}) {
  const child = tied && !untied ? spawn(tied, [command, ...args], options) : spawn(command, args, options);
  children.add(child);
  child.on('error', () => children.delete(child));
  child.on('exit', () => children.delete(child));
  return child;
}

/** Kills a child and waits until it has ended. @param {ChildProcess} child */
export async function end(child) {
  if (hasEnded(child) || child.pid === undefined) return;
  const exit = once(child, 'exit');
  kill(child);
  await exit;
}

/** @param {ChildProcess} child */
export function hasEnded({ exitCode, signalCode }) {
  return exitCode !== null || signalCode !== null;
}

/** @param {ChildProcess} child @returns {import('node:stream').Readable} its standard output @throws {Error} if that is no pipe */
export function outputOf({ stdout, spawnargs }) {
  if (!stdout) throw new Error(`${spawnargs.join(' ')}: standard output is no pipe`);
  return stdout;
}

/** @returns {string} a directory that is removed at exit */
export function makeDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'leakwatch-bench-'));
  directories.push(directory);
  return directory;
}

function cleanUp() {
  for (const child of children) kill(child);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}

/** @param {ChildProcess} child */
function kill(child) {
  // Shells are started as leaders of a process group: the signal goes to the whole group.
  if (child.pid !== undefined && child.spawnargs[0] === 'sh') {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group has ended already.
    }
  }
  child.kill('SIGKILL');
}
