/**
 * The threads of a process by name. Source: proc_pid_task(5). Cost: one file for each thread, the newest first.
 */
import { readdirSync } from 'node:fs';
import { mostFirst } from '../../../model/look.ts';
import type { InPortions } from '../../../model/portions.ts';
import { parseStat } from '../stat.ts';
import type { LookContext, Seen } from './context.ts';

export function* lookAtThreads({ directory, files, budget, sinceTicks }: LookContext): InPortions<Seen> {
  // The last names are the newest threads; a leak is among them.
  const tids = readdirSync(`${directory}/task`).reverse();
  const families = new Map<string, { onlyName: string | undefined; amount: number; newer: number }>();
  let looked = 0;
  for (const tid of tids) {
    if (!budget.spend()) break;
    looked++;
    const length = files.read(`${directory}/task/${tid}/stat`);
    const stat = length < 0 ? undefined : parseStat(files.buffer, length);
    if (!stat) continue;
    const name = foldThreadName(stat.comm);
    const family = families.get(name) ?? { onlyName: stat.comm, amount: 0, newer: 0 };
    // If all threads of a family have the same name (`python3`), its digits are part of the name and are not folded.
    if (stat.comm !== family.onlyName) family.onlyName = undefined;
    family.amount++;
    if (sinceTicks !== undefined && stat.startTicks >= sinceTicks) family.newer++;
    families.set(name, family);
    yield;
  }
  const kinds = [...families].map(([name, { onlyName, amount, newer }]) => ({
    name: onlyName ?? name,
    amount,
    ...(sinceTicks !== undefined && { newer }),
  }));
  return {
    ...mostFirst(kinds),
    ...(looked < tids.length && { incomplete: `looked at ${looked} of ${tids.length} threads` }),
  };
}

/**
 * The family of a thread: its name with each number replaced by `#`, because a pool numbers its threads.
 * @example foldThreadName('worker-17') // => 'worker-#'
 * @example foldThreadName('puma 003/2') // => 'puma #/#'
 */
export function foldThreadName(name: string): string {
  return name.replace(/\d+/g, '#');
}
