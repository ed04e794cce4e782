/**
 * What the benchmark has started and made, so that nothing of it stays behind: children are killed and directories
 * removed at the end, also when the end is Ctrl-C. Children started through `native/tied` die with us even if we are
 * killed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
/** @type {string[]} */
const directories = [];
/** @type {string | undefined} */
let tie;

process.on('exit', dropEverything);
for (const [signal, number] of /** @type {const} */ ([
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
])) {
  process.on(signal, () => process.exit(128 + number));
}

/** From now on children are started through this program. @param {string | undefined} program */
export function tieChildrenWith(program) {
  tie = program;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { untied?: boolean }} [options]
 */
export function start(command, args, { untied, ...options } = {}) {
  const child = tie && !untied ? spawn(tie, [command, ...args], options) : spawn(command, args, options);
  children.add(child);
  child.on('error', () => children.delete(child));
  child.on('exit', () => children.delete(child));
  return child;
}

/** Kills a child and waits for its end. @param {import('node:child_process').ChildProcess} child */
export async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  kill(child);
  await gone;
}

/** @returns {string} a directory that is removed at the end */
export function makeDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'leakwatch-bench-'));
  directories.push(directory);
  return directory;
}

function dropEverything() {
  for (const child of children) kill(child);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}

/** @param {import('node:child_process').ChildProcess} child */
function kill(child) {
  // One that leads a group of its own takes its children along.
  if (child.pid !== undefined && child.spawnargs[0] === 'sh') {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It is gone.
    }
  }
  child.kill('SIGKILL');
}
