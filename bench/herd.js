/**
 * Populations of real sleeping processes. With a C compiler they are made by native/herd.c; without one by a shell that
 * starts `sleep`s, which have one thread each. Both end their processes when standard input closes.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { outputOf, start } from './cleanup.js';

/** @typedef {{ processes: number, threads?: number, name?: string }} Population `name` = first word of the command lines */

const SHELL =
  'i=0; while [ $i -lt "$1" ]; do sleep 2147483 & i=$((i+1)); done; echo ready; read _; trap "" TERM; kill 0; wait';

/**
 * @param {Population} population
 * @param {import('./native.js').Native | undefined} native
 * @returns {Promise<{ stop(): Promise<void> }>} when all of them run
 */
export async function startHerd({ processes, threads = 1, name = 'herd' }, native) {
  if (!native && threads > 1) throw new Error('processes with threads need a C compiler');
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = ['pipe', 'pipe', 'inherit'];
  const child = native
    ? start(native.herd, [String(processes), String(threads)], { argv0: name, stdio, untied: true })
    : start('sh', ['-c', SHELL, name, String(processes)], { detached: true, stdio, untied: true });
  for await (const line of createInterface({ input: outputOf(child) })) {
    if (line === 'ready') return { stop: () => disperse(child) };
  }
  throw new Error(`cannot make ${processes} processes of ${threads} threads`);
}

/** The parent reaps its processes before it ends, so that none is left for init. @param {import('node:child_process').ChildProcess} child */
async function disperse(child) {
  const exit = once(child, 'exit');
  child.stdin?.end();
  await exit;
}
