/** Looks at process 10 of a small /proc, in which it started at tick 5. */
import type { LookedAt } from '../../src/model/look.ts';
import { finish } from '../../src/model/portions.ts';
import { ProcSource } from '../../src/sources/proc/proc-source.ts';
import { processes } from '../sources/trees.ts';
import type { HostSpec, ProcessSpec } from './proc-tree.ts';

export const NOW = 1_700_000_000;
/** So that 60 seconds ago was tick 94,000. */
const UPTIME = 1000;

export function looker(
  spec: Omit<ProcessSpec, 'pid' | 'startTicks'>,
  others: readonly ProcessSpec[] = [],
  host: HostSpec = {},
) {
  const tree = processes({
    processes: [{ ...spec, pid: 10, startTicks: 5 }, ...others],
    host: { ...host, uptimeSeconds: UPTIME },
  });
  const source = new ProcSource({ procfs: tree.dir, clock: () => ({ t: NOW, wall: NOW }) });
  const look = (at: LookedAt, since?: number, startTicks = 5) =>
    finish(source.look({ pid: 10, startTicks, at, since }));
  return { tree, source, look };
}
