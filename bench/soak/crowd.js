/**
 * What happens on the host during a soak: short-lived processes of ever other names, most of them orphans, and one
 * program whose descriptors leak until it lets go of them, so that alerts come, stand and are resolved.
 */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, hasEnded, makeDirectory, outputOf, start } from '../cleanup.js';

/** The shell ends at once, so the job loses its parent, and is a group by its own name: it is no part of the loop's. */
const LOOP = 'cd "$1"; while :; do for job in *; do ("./$job" 0.03 &); sleep 0.02; done; done';
const PUPPET = join(import.meta.dirname, '../../test/support/puppet-child.js');
/** Descriptors leak one by one: a tick takes some 5 ms, so a wave is a leak of half a day. */
const LEAK_MS = 40;
const LEAKED = 200;

/** @param {{ names: number }} options how many names the short-lived processes have */
export function startCrowd({ names }) {
  const directory = makeDirectory();
  for (let number = 0; number < names; number++) symlinkSync('/bin/sleep', join(directory, `job-${number}`));
  const loop = start('sh', ['-c', LOOP, 'jobs', directory], { detached: true, stdio: 'ignore' });
  const puppet = start(process.execPath, [PUPPET], { stdio: ['pipe', 'pipe', 'ignore'] });
  outputOf(puppet).resume();
  // It may end between two commands.
  puppet.stdin?.on('error', () => undefined);
  void leakInWaves(puppet);
  return {
    async stop() {
      await Promise.all([end(loop), end(puppet)]);
    },
  };
}

/** @param {import('node:child_process').ChildProcess} puppet */
async function leakInWaves(puppet) {
  for (let leaked = 0; !hasEnded(puppet); leaked = (leaked + 1) % LEAKED) {
    puppet.stdin?.write(`${JSON.stringify(leaked === LEAKED - 1 ? { release: 'fds' } : { fds: 1 })}\n`);
    await sleep(LEAK_MS);
  }
}
