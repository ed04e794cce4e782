/**
 * One bounded look at what a process holds, by kind: taken when its verdict changes, and again while that stands. Makes
 * sure that it is still the same process, and hands on to the reader of what is looked at.
 */
import type { Look, LookedAt } from '../../../model/look.ts';
import type { InPortions } from '../../../model/portions.ts';
import { missReason } from '../../miss.ts';
import type { LookTarget } from '../../source.ts';
import { parseStat } from '../stat.ts';
import { LookBudget } from './budget.ts';
import { lookAtChildren, lookAtZombies } from './children.ts';
import type { LookContext, Seen } from './context.ts';
import { lookAtDescriptors } from './descriptors.ts';
import { lookAtMemory } from './memory.ts';
import { lookAtThreads } from './threads.ts';

type Reader = (context: LookContext) => InPortions<Seen>;

const READERS: Readonly<Record<LookedAt, Reader>> = {
  threads: lookAtThreads,
  fds: lookAtDescriptors,
  memory: lookAtMemory,
  zombies: lookAtZombies,
  children: lookAtChildren,
};

/** @param t now, on the clock of samples */
export function* takeLook(
  { at, pid, startTicks }: LookTarget,
  t: number,
  context: Omit<LookContext, 'budget' | 'pid' | 'directory'>,
): InPortions<Look> {
  const { procfs, files } = context;
  const directory = `${procfs}/${pid}`;
  const length = files.read(`${directory}/stat`);
  if (length < 0) return { t, at, kinds: [], incomplete: files.reason };
  if (parseStat(files.buffer, length)?.startTicks !== startTicks) return { t, at, kinds: [], incomplete: 'vanished' };
  try {
    return { t, at, ...(yield* READERS[at]({ ...context, pid, directory, budget: new LookBudget() })) };
  } catch (error) {
    return { t, at, kinds: [], incomplete: missReason(error) };
  }
}
