/**
 * Counts the tasks of a container that are running or ready to run, without our own, from the state of every thread.
 * The kernel's count in /proc/loadavg cannot be used: in a container it covers the whole host.
 * Source: proc_pid_stat(5), proc_pid_task(5). Cost: a read per process, and one per further thread, in slices.
 */
import { readdirSync } from 'node:fs';
import type { Turns } from '../../turns.ts';
import type { FileReader } from './file.ts';
import { PidList } from './pid-list.ts';
import { parseStat } from './stat.ts';

/** More than a container has; at about 10 microseconds each, a tenth of a second of CPU. */
const MOST_TASKS = 10_000;

export interface RunnableOptions {
  readonly procfs: string;
  readonly files: FileReader;
  readonly selfPid: number | undefined;
  readonly turns: Turns;
}

/** @returns undefined if there are too many tasks to look at, or if no process can be seen */
export async function countRunnable(options: RunnableOptions): Promise<number | undefined> {
  const { procfs, selfPid, turns } = options;
  let runnable = 0;
  let seen = 0;
  let pids: PidList;
  try {
    pids = new PidList(procfs);
  } catch {
    return undefined;
  }
  try {
    for (let pid = pids.next(); pid !== undefined; pid = pids.next()) {
      if (pid === selfPid) continue;
      const leader = readTask(options, `${pid}/stat`);
      if (leader === undefined) continue;
      seen++;
      const tids = leader.threads > 1 ? tasksOf(`${procfs}/${pid}/task`) : [];
      if (leader.state === 'R') runnable++;
      for (const tid of tids) {
        if (tid === String(pid)) continue;
        if (readTask(options, `${pid}/task/${tid}/stat`)?.state === 'R') runnable++;
        if (++seen > MOST_TASKS) return undefined;
        if (turns.over()) await turns.next();
      }
      if (seen > MOST_TASKS) return undefined;
      if (turns.over()) await turns.next();
    }
  } catch {
    return undefined;
  } finally {
    pids.close();
  }
  return seen > 0 ? runnable : undefined;
}

function readTask({ procfs, files }: RunnableOptions, path: string): { state: string; threads: number } | undefined {
  const length = files.read(`${procfs}/${path}`);
  return length < 0 ? undefined : parseStat(files.buffer, length);
}

/** @returns thread ids; none if the process has gone */
function tasksOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
