/** The zombies and the living children of a process by name, as the last sample has them. Cost: no file. */
import { type Kind, mostFirst } from '../../../model/look.ts';
import type { InPortions } from '../../../model/portions.ts';
import type { Stat } from '../stat.ts';
import type { LookContext, Seen } from './context.ts';

export function lookAtZombies(context: LookContext): InPortions<Seen> {
  return byName(context, ({ state }) => state === 'Z');
}

export function lookAtChildren(context: LookContext): InPortions<Seen> {
  return byName(context, ({ state }) => state !== 'Z');
}

function* byName({ processes, pid, sinceTicks }: LookContext, counts: (process: Stat) => boolean): InPortions<Seen> {
  const kinds = new Map<string, { amount: number; newer: number }>();
  for (const process of processes) {
    if (process.ppid !== pid || !counts(process)) continue;
    const kind = kinds.get(process.comm) ?? { amount: 0, newer: 0 };
    kind.amount++;
    if (sinceTicks !== undefined && process.startTicks >= sinceTicks) kind.newer++;
    kinds.set(process.comm, kind);
    yield;
  }
  return mostFirst(
    [...kinds].map(([name, { amount, newer }]): Kind => ({ name, amount, ...(sinceTicks !== undefined && { newer }) })),
  );
}
