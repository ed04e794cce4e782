/** How many workers of a group fit its memory limit. */
import type { MemoryShare } from '../model/memory-share.ts';
import type { Bound } from '../model/reading.ts';
import type { OvercommitEvidence } from './evidence.ts';

/** One of three or more processes is taken for the parent of the workers, as in puma, unicorn, gunicorn and nginx. */
const LEAST_WITH_PARENT = 3;

type Workers = Pick<OvercommitEvidence, 'workers' | 'workerBytes' | 'workersFit' | 'sharedBytes'>;

/** An estimate that takes nothing for shared. @param bytes memory of the group */
export function countWorkers(bytes: number, processes: number, { used, limit }: Bound): Workers {
  if (processes === 0) return {};
  const workers = workersOf(processes);
  const workerBytes = bytes / workers;
  const room = limit - Math.max(0, used - bytes);
  return { workers, workerBytes, workersFit: fitting(room, workerBytes, workers) };
}

/**
 * The same by what each process alone would give back. Workers that were forked from one parent share the pages that
 * none of them has written since, so each of them is smaller than its resident memory says.
 * @param shares of all processes of the group, the parent first
 */
export function weighWorkers(shares: readonly MemoryShare[], { used, limit }: Bound): Workers {
  if (shares.length === 0) return {};
  const sum = (of: readonly MemoryShare[], part: keyof MemoryShare) =>
    of.reduce((total, share) => total + share[part], 0);
  const workers = workersOf(shares.length);
  const bytes = sum(shares, 'proportionalBytes');
  const workerBytes = sum(shares.slice(-workers), 'privateBytes') / workers;
  const sharedBytes = bytes - sum(shares, 'privateBytes');
  // What is there anyway: others, the parent, and what is shared.
  const room = limit - Math.max(0, used - bytes) - (bytes - workers * workerBytes);
  return { workers, workerBytes, workersFit: fitting(room, workerBytes, workers), sharedBytes };
}

function workersOf(processes: number): number {
  return processes >= LEAST_WITH_PARENT ? processes - 1 : processes;
}

function fitting(room: number, each: number, most: number): number {
  return Math.max(0, Math.min(most, Math.floor(room / each)));
}
