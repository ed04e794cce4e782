/** A process table of one's own, so that what else runs on the host is not read, and no herd is larger than it should be. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { makeDirectory, start } from './belongings.js';
import { mostTasks } from './kernel.js';

const UNSHARE = ['--fork', '--pid', '--mount-proc', '--kill-child'];
/** The first process of a table has to wait for orphans, which Node does not. */
const INIT = ['sh', '-c', '"$@"; exit $?', 'sh'];

export function hasOwnTable() {
  return process.env.BENCH_MOST_TASKS !== undefined;
}

/** Runs this program again in it, and ends with it; does nothing where it already is, or may not. */
export async function enterOwnTable() {
  if (hasOwnTable() || process.getuid?.() !== 0) return;
  if (spawnSync('unshare', [...UNSHARE, 'true']).status !== 0) return;
  // If it is killed it removes nothing, but we do.
  const env = { ...process.env, BENCH_MOST_TASKS: String(mostTasks()), TMPDIR: makeDirectory() };
  const child = start('unshare', [...UNSHARE, ...INIT, ...process.argv], { stdio: 'inherit', env });
  const [status] = await once(child, 'exit');
  process.exit(status ?? 1);
}
