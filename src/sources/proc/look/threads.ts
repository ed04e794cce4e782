/**
 * The threads of a process by family, and what they do. Source: proc_pid_task(5). Cost: a file for each thread, the newest
 * first, and one or two more for the newest hundred of each family. To list 4,000 threads takes 7 ms before that, and more
 * the first time, because the kernel makes an inode for each (measured, Linux 6.18).
 */
import type { InPortions } from '../../../model/portions.ts';
import { PidList } from '../pid-list.ts';
import { parseStat } from '../stat.ts';
import { Activities } from './activity.ts';
import type { LookContext, Seen } from './context.ts';
import { Families } from './families.ts';

/** Chosen: what these do, the others of their family do as well; and more of them can be counted. */
const MOST_ASKED = 100;
/** Part of the budget that may go by until all threads are listed. */
const LISTING = 0.5;
/** Chosen: so many are looked at in any case, 2 ms, as one list of 256 may use up the budget the first time. */
const LEAST_LOOKED_AT = 100;
/** Names that are listed in one portion of work. */
const LISTED_AT_ONCE = 256;

export function* lookAtThreads(context: LookContext): InPortions<Seen> {
  const { directory, files, budget } = context;
  const { tids, all } = yield* listThreads(context);
  const families = new Families(context);
  const activities = new Activities(context);
  let looked = 0;
  // The kernel lists the newest threads last; a leak is among them.
  for (const tid of tids.reverse()) {
    if (!budget.spend() && looked >= LEAST_LOOKED_AT) break;
    const thread = `${directory}/task/${tid}`;
    const length = files.read(`${thread}/stat`);
    const stat = length < 0 ? undefined : parseStat(files.buffer, length);
    if (!stat) continue;
    looked++;
    const isAsked = families.countOf(stat.comm) < MOST_ASKED;
    const state = isAsked ? activities.of(thread, stat.state) : undefined;
    families.add({ name: stat.comm, startTicks: stat.startTicks, state });
    yield;
  }
  const missing = [
    ...(looked < all ? [`looked at ${looked} of ${all} threads`] : []),
    ...(activities.isDenied ? ['what they wait for may not be read'] : []),
  ];
  const { starts, ...seen } = families.seen();
  return {
    ...seen,
    // Where the newest were not listed, it cannot be told whether more have come.
    ...(starts && tids.length === all && { starts }),
    ...(missing.length > 0 && { incomplete: missing.join('; ') }),
  };
}

/** Lists the threads in portions. @returns the oldest of all, if there are too many to list */
function* listThreads({ directory, files, budget }: LookContext): InPortions<{ tids: number[]; all: number }> {
  const tids: number[] = [];
  const list = new PidList(`${directory}/task`, files.spare);
  try {
    for (let tid = list.next(); tid !== undefined; tid = list.next()) {
      tids.push(tid);
      if (tids.length % LISTED_AT_ONCE > 0) continue;
      if (!budget.spend(0, LISTING)) return { tids, all: countThreads(directory, files) ?? tids.length };
      yield;
    }
  } finally {
    list.close();
  }
  return { tids, all: tids.length };
}

function countThreads(directory: string, files: LookContext['files']): number | undefined {
  const length = files.read(`${directory}/stat`);
  return length < 0 ? undefined : parseStat(files.buffer, length)?.threads;
}
