/** The memory of a process by kind. Source: proc_pid_status(5). Cost: one file. */
import { mostFirst } from '../../../model/look.ts';
import type { InPortions } from '../../../model/portions.ts';
import { parseMemoryKinds } from '../status.ts';
import type { LookContext, Seen } from './context.ts';

export function* lookAtMemory({ directory, files, budget }: LookContext): InPortions<Seen> {
  const status = budget.spend() ? files.text(`${directory}/status`) : undefined;
  if (status === undefined) return { kinds: [], incomplete: files.reason };
  const { anonBytes, fileBytes, sharedBytes, swapBytes } = parseMemoryKinds(status);
  const bytes = { anonymous: anonBytes, file: fileBytes, shared: sharedBytes, swapped: swapBytes };
  return mostFirst(Object.entries(bytes).flatMap(([name, amount]) => (amount === undefined ? [] : [{ name, amount }])));
}
