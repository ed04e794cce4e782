/** A PID namespace of our own (pid_namespaces(7)): other processes of the host are not measured. Needs root and `unshare`. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { makeDirectory, start } from './cleanup.js';
import { mostTasks } from './kernel.js';

const UNSHARE = ['--fork', '--pid', '--mount-proc', '--kill-child'];
/** The first process of a namespace must reap orphans. Node does not, a shell does. */
const INIT = ['sh', '-c', '"$@"; exit $?', 'sh'];

export function isInPidNamespace() {
  return process.env.BENCH_MOST_TASKS !== undefined;
}

/** Runs this program again in a namespace and exits with its status. Does nothing if that is already so, or not permitted. */
export async function enterPidNamespace() {
  if (isInPidNamespace() || process.getuid?.() !== 0) return;
  if (spawnSync('unshare', [...UNSHARE, 'true']).status !== 0) return;
  // The inner program cannot remove its temporary files if it is killed; they are in a directory that this one removes.
  const env = { ...process.env, BENCH_MOST_TASKS: String(mostTasks()), TMPDIR: makeDirectory() };
  const child = start('unshare', [...UNSHARE, ...INIT, ...process.argv], { stdio: 'inherit', env });
  const [status] = await once(child, 'exit');
  process.exit(status ?? 1);
}
