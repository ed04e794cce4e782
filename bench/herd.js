/**
 * Populations of real sleeping processes: by the C program where there is one, else by a shell that starts `sleep`s
 * (without threads of their own, then) and kills them when our end of its pipe closes.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { start } from './belongings.js';

/** @typedef {{ processes: number, threads?: number, name?: string }} Population `name` stands first on command lines */

const SHELL =
  'i=0; while [ $i -lt "$1" ]; do sleep 2147483 & i=$((i+1)); done; echo ready; read _; trap "" TERM; kill 0; wait';

/**
 * @param {Population} population
 * @param {import('./native.js').Native | undefined} native
 * @returns {Promise<{ stop(): Promise<void> }>} once all of them are there
 */
export async function startHerd({ processes, threads = 1, name = 'herd' }, native) {
  if (!native && threads > 1) throw new Error('processes with threads need a C compiler');
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = ['pipe', 'pipe', 'inherit'];
  const child = native
    ? start(native.herd, [String(processes), String(threads)], { argv0: name, stdio, untied: true })
    : start('sh', ['-c', SHELL, name, String(processes)], { detached: true, stdio, untied: true });
  if (!child.stdout) throw new Error('unreachable: standard output is a pipe');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') return { stop: () => disperse(child) };
  }
  throw new Error(`cannot make ${processes} processes of ${threads} threads`);
}

/** They are waited for by their parent, so that none is left for init. @param {import('node:child_process').ChildProcess} child */
async function disperse(child) {
  const gone = once(child, 'exit');
  child.stdin?.end();
  await gone;
}
