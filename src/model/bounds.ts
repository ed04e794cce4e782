/**
 * The bound that is hit first, for each resource. Tasks: RLIMIT_NPROC counts every task of the real uid, zombies
 * included, and does not hold root; pids.max of each ancestor cgroup; kernel.threads-max; kernel.pid_max.
 * Sources: getrlimit(2), kernel/fork.c copy_process, cgroup-v2.rst.
 */
import type { Resource } from './metrics.ts';
import type { Bound } from './reading.ts';
import type { CgroupMembership, ProcessSample, Snapshot } from './snapshot.ts';

/** Tasks of each real uid. */
export function uidTasks(processes: readonly ProcessSample[]): Map<number, number> {
  const tasks = new Map<number, number>();
  for (const { uid, threads } of processes)
    if (uid !== undefined) tasks.set(uid, (tasks.get(uid) ?? 0) + (threads ?? 1));
  return tasks;
}

/** @returns the tightest bound of each resource that applies to any of these processes; absent where none is known */
export function tightestBounds(
  processes: readonly ProcessSample[],
  snapshot: Snapshot,
  tasksOfUid: ReadonlyMap<number, number>,
): Partial<Record<Resource, Bound>> {
  const { host, cgroups } = snapshot;
  const bounds: Partial<Record<Resource, Bound>> = {};
  const add = (resource: Resource, of: string, used: number | undefined, limit: number | undefined): void => {
    if (used === undefined || limit === undefined || limit === Number.POSITIVE_INFINITY) return;
    const known = bounds[resource];
    if (!known || isTighter(resource, { used, limit }, known)) bounds[resource] = { used, limit, of };
  };
  const memberships = new Set<CgroupMembership>();
  for (const process of processes) {
    add('fds', `pid:${process.pid}`, process.fds, process.nofileLimit);
    if (process.uid !== undefined && process.uid !== 0) {
      add('threads', `uid:${process.uid}`, tasksOfUid.get(process.uid), process.nprocLimit);
    }
    if (process.cgroup) memberships.add(process.cgroup);
  }
  for (const membership of memberships) {
    for (const level of cgroups.get(membership) ?? []) {
      add('threads', level.path, level.pidsCurrent, level.pidsMax);
      add('memory', level.path, level.memoryUsed, level.memoryMax);
    }
  }
  add('threads', 'threads-max', host.tasks, host.threadsMax);
  add('threads', 'pid_max', host.tasks, host.pidMax);
  if (host.memoryTotal !== undefined && host.memoryAvailable !== undefined) {
    add('memory', 'host', host.memoryTotal - host.memoryAvailable, host.memoryTotal);
  }
  return bounds;
}

/**
 * Tasks and memory of one growth count against all their limits alike: the least room ends first. Descriptors are counted
 * by process, and an idle process with a low limit is not nearer to it than a full one with a high limit.
 */
function isTighter(resource: Resource, bound: Bound, than: Bound): boolean {
  if (resource === 'fds') return bound.used * than.limit > than.used * bound.limit;
  return bound.limit - bound.used < than.limit - than.used;
}
