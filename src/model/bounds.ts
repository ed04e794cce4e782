/**
 * The bound that is hit first, for each resource. Tasks: RLIMIT_NPROC counts every task of the real uid, zombies
 * included, and does not hold root; pids.max of each ancestor cgroup; kernel.threads-max; kernel.pid_max.
 * Sources: getrlimit(2), kernel/fork.c copy_process, cgroup-v2.rst.
 */
import type { Resource } from './metrics.ts';
import type { Bound } from './reading.ts';
import type { CgroupMembership, ProcessSample, Snapshot } from './snapshot.ts';

/** Tasks, zombies included, of all processes together and of each real uid, as processes come and go. */
export class TaskCount {
  readonly #byUid = new Map<number, number>();
  #known = 0;
  #unknown = 0;

  /** By uid. A process that does not say how many it has counts as one. */
  get byUid(): ReadonlyMap<number, number> {
    return this.#byUid;
  }

  /** Undefined where one process does not say. */
  get all(): number | undefined {
    return this.#unknown > 0 ? undefined : this.#known;
  }

  add(process: ProcessSample): void {
    this.#count(process, 1);
  }

  remove(process: ProcessSample): void {
    this.#count(process, -1);
  }

  #count({ uid, threads }: ProcessSample, sign: 1 | -1): void {
    if (threads === undefined) this.#unknown += sign;
    else this.#known += sign * threads;
    if (uid === undefined) return;
    const tasks = (this.#byUid.get(uid) ?? 0) + sign * (threads ?? 1);
    if (tasks > 0) this.#byUid.set(uid, tasks);
    else this.#byUid.delete(uid);
  }
}

/** What of one snapshot the bounds of all its groups are found by. */
export interface BoundsBasis extends Pick<Snapshot, 'host' | 'cgroups'> {
  readonly tasksOfUid: ReadonlyMap<number, number>;
}

/** Collects the limits of processes, one of each that differs, and finds the tightest of them. */
export class Limits {
  /** The process that is nearest to its limit of descriptors. */
  #fullest: ProcessSample | undefined;
  /** Least RLIMIT_NPROC by uid. */
  readonly #nproc = new Map<number, number>();
  readonly #memberships = new Set<CgroupMembership>();
  #last: ProcessSample | undefined;

  add(process: ProcessSample): void {
    this.#addDescriptors(process);
    const { uid, nprocLimit, cgroup } = process;
    // Nearly always the same as those of the process before.
    const last = this.#last;
    if (last !== undefined && last.uid === uid && last.nprocLimit === nprocLimit && last.cgroup === cgroup) return;
    this.#last = process;
    if (uid !== undefined && nprocLimit !== undefined) this.#addNproc(uid, nprocLimit);
    if (cgroup) this.#memberships.add(cgroup);
  }

  addAll(others: Limits): void {
    if (others.#fullest) this.#addDescriptors(others.#fullest);
    for (const [uid, limit] of others.#nproc) this.#addNproc(uid, limit);
    for (const membership of others.#memberships) this.#memberships.add(membership);
  }

  /** @returns the tightest bound of each resource that applies to any of the processes; absent where none is known */
  tightest({ host, cgroups, tasksOfUid }: BoundsBasis): Partial<Record<Resource, Bound>> {
    const bounds: Partial<Record<Resource, Bound>> = {};
    const add = (resource: Resource, of: string, used: number | undefined, limit: number | undefined): void => {
      if (used === undefined || limit === undefined || limit === Number.POSITIVE_INFINITY) return;
      const known = bounds[resource];
      if (!known || limit - used < known.limit - known.used) bounds[resource] = { used, limit, of };
    };
    if (this.#fullest) add('fds', `pid:${this.#fullest.pid}`, this.#fullest.fds, this.#fullest.nofileLimit);
    for (const [uid, limit] of this.#nproc) if (uid !== 0) add('threads', `uid:${uid}`, tasksOfUid.get(uid), limit);
    for (const membership of this.#memberships) {
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
   * Tasks and memory of one growth count against all their limits alike: the least room ends first. Descriptors are
   * counted by process, and an idle process with a low limit is not nearer to it than a full one with a high limit.
   */
  #addDescriptors(process: ProcessSample): void {
    const { fds, nofileLimit } = process;
    if (fds === undefined || nofileLimit === undefined || nofileLimit === Number.POSITIVE_INFINITY) return;
    const fullest = this.#fullest;
    if (!fullest || fds * fullest.nofileLimit! > fullest.fds! * nofileLimit) this.#fullest = process;
  }

  #addNproc(uid: number, limit: number): void {
    const known = this.#nproc.get(uid);
    if (known === undefined || limit < known) this.#nproc.set(uid, limit);
  }
}
