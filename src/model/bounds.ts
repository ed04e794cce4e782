/**
 * The limit of each resource that is hit first: the one with the least room left.
 * Tasks are limited by RLIMIT_NPROC (counts all tasks of the real uid, including zombies; does not apply to the root of
 * the host), by pids.max of each ancestor cgroup, by kernel.threads-max and by kernel.pid_max, which is of the whole host
 * before Linux 6.14 and of a pid namespace since.
 * Source: getrlimit(2), kernel/fork.c copy_process, cgroup-v2.rst.
 */
import type { Resource } from './metrics.ts';
import type { Bound } from './reading.ts';
import type { CgroupMembership, ProcessSample, Snapshot } from './snapshot.ts';

/** Ends the name of a limit that also counts tasks outside of our user namespace, which cannot be seen. */
const OF_NAMESPACE = '@namespace';

/** Does the limit count more than what can be seen? @param of see `Bound` */
export function isPartlySeen(of: string | undefined): boolean {
  return of?.endsWith(OF_NAMESPACE) ?? false;
}

/** A process with a smaller limit has restricted itself on purpose (OpenSSH sets 0, avahi 3), so it is left out. */
const LEAST_NPROC = 4;

/** Counts tasks, including zombies, of all processes and of each real uid, as processes come and go. */
export class TaskCount {
  readonly #byUid = new Map<number, number>();
  #known = 0;
  #unknown = 0;

  /** Tasks by real uid. A process whose number of tasks is unknown counts as one. */
  get byUid(): ReadonlyMap<number, number> {
    return this.#byUid;
  }

  /** Undefined if the number of one process is unknown. */
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

/** The facts of one snapshot that the bounds of all its groups depend on. */
export interface BoundsBasis extends Pick<Snapshot, 'host' | 'cgroups'> {
  readonly tasksOfUid: ReadonlyMap<number, number>;
  /** Tasks of all processes of the snapshot; undefined = unknown. */
  readonly tasks?: number | undefined;
}

/** Collects the limits of processes, each distinct limit once, and finds the tightest of them. */
export class Limits {
  /** The process that uses the largest share of its descriptors. */
  #fullest: ProcessSample | undefined;
  /** The smallest RLIMIT_NPROC by uid. */
  readonly #nproc = new Map<number, number>();
  readonly #memberships = new Set<CgroupMembership>();
  #last: ProcessSample | undefined;

  /** The cgroups of the processes, each once. */
  get memberships(): ReadonlySet<CgroupMembership> {
    return this.#memberships;
  }

  add(process: ProcessSample): void {
    this.#addDescriptors(process);
    const { uid, nprocLimit, cgroup } = process;
    // Nearly always the same limits as those of the last process: this saves two look-ups per process.
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

  /** @returns the tightest bound of each resource that applies to one of the processes; absent if none is known */
  tightest({ host, cgroups, tasksOfUid, tasks }: BoundsBasis): Partial<Record<Resource, Bound>> {
    const bounds: Partial<Record<Resource, Bound>> = {};
    const add = (
      resource: Resource,
      of: string,
      used: number | undefined,
      limit: number | undefined,
      more?: Pick<Bound, 'refused' | 'isObserved'>,
    ): void => {
      if (used === undefined || limit === undefined || limit === Number.POSITIVE_INFINITY) return;
      const bound = { used, limit, of, ...more };
      const known = bounds[resource];
      if (!known || isTighter(bound, known)) bounds[resource] = bound;
    };
    if (this.#fullest) add('fds', `pid:${this.#fullest.pid}`, this.#fullest.fds, this.#fullest.nofileLimit);
    for (const [uid, limit] of this.#nproc) {
      const of = `uid:${uid}${host.isRootBound ? OF_NAMESPACE : ''}`;
      if (uid !== 0 || host.isRootBound) add('threads', of, tasksOfUid.get(uid), limit);
    }
    for (const membership of this.#memberships) {
      for (const level of cgroups.get(membership) ?? []) {
        const { path, refusedForks, oomKills, isPidsMaxObserved, isMemoryMaxObserved } = level;
        add('threads', path, level.pidsCurrent, level.pidsMax, enforced(refusedForks, isPidsMaxObserved));
        add('memory', path, level.memoryUsed, level.memoryMax, enforced(oomKills, isMemoryMaxObserved));
      }
    }
    add('threads', 'threads-max', host.tasks, host.threadsMax);
    add('threads', 'pid_max', host.isPidMaxOfNamespace ? tasks : host.tasks, host.pidMax);
    if (host.memoryTotal !== undefined && host.memoryAvailable !== undefined) {
      add('memory', 'host', host.memoryTotal - host.memoryAvailable, host.memoryTotal);
    }
    return bounds;
  }

  /**
   * Descriptors are limited per process, so the tightest limit is that of the process with the largest share in use,
   * not the one with the least room: an idle process with a low limit is further from it than a full one with a high
   * limit.
   */
  #addDescriptors(process: ProcessSample): void {
    const { fds, nofileLimit } = process;
    if (fds === undefined || nofileLimit === undefined || nofileLimit === Number.POSITIVE_INFINITY) return;
    // It has lowered its own limit far below what it holds, to be unable to open more: OpenSSH does before authentication.
    if (fds >= 2 * nofileLimit) return;
    const fullest = this.#fullest;
    if (!fullest || fds * fullest.nofileLimit! > fullest.fds! * nofileLimit) this.#fullest = process;
  }

  #addNproc(uid: number, limit: number): void {
    if (limit < LEAST_NPROC) return;
    const known = this.#nproc.get(uid);
    if (known === undefined || limit < known) this.#nproc.set(uid, limit);
  }
}

/** A limit that is being enforced is the one that matters; else the one with the least room left. */
function isTighter(a: Bound, b: Bound): boolean {
  if ((a.refused ?? 0) > 0 !== (b.refused ?? 0) > 0) return (a.refused ?? 0) > 0;
  return a.limit - a.used < b.limit - b.used;
}

function enforced(refused = 0, isObserved = false): Pick<Bound, 'refused' | 'isObserved'> {
  return { ...(refused > 0 && { refused }), ...(isObserved && { isObserved }) };
}
