/**
 * How many tasks of a /proc run or could run at this instant, our own left out: the state of every thread is looked at, in
 * slices. For a container, which the kernel's own count (/proc/loadavg) does not tell apart from its host.
 * Source: proc_pid_stat(5), proc_pid_task(5). Cost: a read for each process, and one for each further thread.
 */
import { readdirSync } from 'node:fs';
import type { Turns } from '../turns.ts';
import type { FileReader } from './file.ts';
import { PidList } from './pid-list.ts';
import { parseStat } from './stat.ts';

/** At some 10 microseconds each this is a tenth of a second of CPU, and more than a container has. */
const MOST_TASKS = 10_000;

export interface RunnableOptions {
  readonly procfs: string;
  readonly files: FileReader;
  readonly selfPid: number | undefined;
  readonly turns: Turns;
}

/** @returns undefined where there are too many tasks to look at, or no process can be seen */
export async function countRunnable(options: RunnableOptions): Promise<number | undefined> {
  const { procfs, selfPid, turns } = options;
  let runnable = 0;
  let looked = 0;
  let pids: PidList;
  try {
    pids = new PidList(procfs);
  } catch {
    return undefined;
  }
  try {
    for (let pid = pids.next(); pid !== undefined; pid = pids.next()) {
      if (pid === selfPid) continue;
      const leader = look(options, `${pid}/stat`);
      if (leader === undefined) continue;
      looked++;
      const tids = leader.threads > 1 ? tasksOf(`${procfs}/${pid}/task`) : [];
      if (leader.state === 'R') runnable++;
      for (const tid of tids) {
        if (tid === String(pid)) continue;
        if (look(options, `${pid}/task/${tid}/stat`)?.state === 'R') runnable++;
        if (++looked > MOST_TASKS) return undefined;
        if (turns.over()) await turns.next();
      }
      if (looked > MOST_TASKS) return undefined;
      if (turns.over()) await turns.next();
    }
  } catch {
    return undefined;
  } finally {
    pids.close();
  }
  return looked > 0 ? runnable : undefined;
}

function look({ procfs, files }: RunnableOptions, path: string): { state: string; threads: number } | undefined {
  const length = files.read(`${procfs}/${path}`);
  return length < 0 ? undefined : parseStat(files.buffer, length);
}

/** None of a process that has gone. */
function tasksOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
