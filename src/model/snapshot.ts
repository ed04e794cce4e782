/**
 * A snapshot: every process at one instant, with the limits of the host and its cgroups. Sources make it, the tracker
 * turns it into readings. A value that could not be read is `undefined`, never 0, and the reason is counted in
 * `misses`.
 */
import type { Moment } from './host-time.ts';
import type { Misses } from './misses.ts';

export interface ProcessSample {
  readonly pid: number;
  readonly ppid: number;
  /** Start time in clock ticks since boot; with `pid` it is the identity of the process. */
  readonly startTicks: number;
  /** The kernel's name of the leader thread: at most 15 bytes, which the process chooses. Hostile. */
  readonly comm: string;
  /** One letter, proc_pid_stat(5): R S D Z T t X I P. If it is unknown, zombies are counted as living processes. */
  readonly state: string | undefined;
  /** It is a kernel thread. */
  readonly kernel: boolean;
  /** Number of tasks in the thread group, including a dead leader. */
  readonly threads: number | undefined;
  readonly rssBytes: number | undefined;
  /** Anonymous memory, resident or swapped out. */
  readonly anonBytes: number | undefined;
  /** Resident shared memory: tmpfs, memfd and System V segments that it has mapped and touched. */
  readonly shmemBytes: number | undefined;
  readonly fds: number | undefined;
  /** User and system time of the process. */
  readonly cpuSeconds: number | undefined;
  /** User and system time of the children it has waited for, and of the children that these have waited for. */
  readonly childCpuSeconds: number | undefined;
  /** Real uid, by which RLIMIT_NPROC counts tasks. */
  readonly uid: number | undefined;
  /** Its cgroup; the same object for all processes of the cgroup. */
  readonly cgroup: CgroupMembership | undefined;
  /** Command line, read only if the group's name depends on it. It is never exported. */
  readonly argv: readonly string[] | undefined;
  /** Soft limits RLIMIT_NPROC and RLIMIT_NOFILE; Infinity = unlimited. */
  readonly nprocLimit: number | undefined;
  readonly nofileLimit: number | undefined;
}

export interface CgroupMembership {
  /** The cgroup path that names the systemd unit or container; '/' if none does. */
  readonly unitPath: string;
}

/** A cgroup with a limit: the cgroup of a process or one of its ancestors. Memory in bytes. */
export interface CgroupLevel {
  /** Its directory. */
  readonly path: string;
  readonly pidsCurrent: number | undefined;
  readonly pidsMax: number | undefined;
  /** Memory in use without file pages, which the kernel drops when memory is short. */
  readonly memoryUsed: number | undefined;
  readonly memoryMax: number | undefined;
  /** Forks that were refused, and processes that were killed for want of memory, since the last snapshot. */
  readonly refusedForks?: number;
  readonly oomKills?: number;
  /** The same since the cgroup was made. */
  readonly refusedForksEver?: number;
  readonly oomKillsEver?: number;
  /** `pidsMax`, or `memoryMax`, cannot be seen, and is what was used when it was enforced. */
  readonly isPidsMaxObserved?: boolean;
  readonly isMemoryMaxObserved?: boolean;
}

/** A cgroup that counts the shared memory of its processes, also what none of them has mapped (files in a tmpfs). */
export interface CgroupShmem {
  /** Its directory. */
  readonly path: string;
  readonly bytes: number;
}

/** Limits and usage of the whole host. Memory in bytes. */
export interface HostFacts {
  readonly threadsMax: number | undefined;
  readonly pidMax: number | undefined;
  /** `pidMax` is that of our pid namespace alone, whose tasks are those of the snapshot. */
  readonly isPidMaxOfNamespace?: boolean;
  /** Uid 0 is not the root of the host but of a user namespace, so that RLIMIT_NPROC applies to it. */
  readonly isRootBound?: boolean;
  /** Tasks on the host, as counted by the kernel (/proc/loadavg). */
  readonly tasks: number | undefined;
  readonly memoryTotal: number | undefined;
  readonly memoryAvailable: number | undefined;
}

/** `t` is when it was begun: it orders snapshots. */
export interface Snapshot extends Moment {
  /** The same instant on the clock of process start times, in seconds; undefined if unknown. */
  readonly clockSeconds: number | undefined;
  readonly ticksPerSecond: number;
  /** Our own pid in this process table; undefined if we are not in it. */
  readonly selfPid: number | undefined;
  /** Pid of the program that leakwatch was started beside, if it was: both have the same ancestors. */
  readonly besidePid?: number;
  readonly processes: readonly ProcessSample[];
  /** There are processes that could not be seen: sums over the host are unknown. Absent = false. */
  readonly isPartial?: boolean;
  readonly host: HostFacts;
  /** By membership: the cgroup and its ancestors, as far as they have a limit. */
  readonly cgroups: ReadonlyMap<CgroupMembership, readonly CgroupLevel[]>;
  /** By membership: the same object for all memberships that one cgroup counts. Absent where none is known. */
  readonly shmem?: ReadonlyMap<CgroupMembership, CgroupShmem>;
  readonly misses: Misses;
}

/**
 * Is it a zombie: has it exited, but its parent has not waited for it? A leader that exited while other threads of its
 * process live is in state Z too, but cannot be waited for yet: it has more than one task.
 * Source: kernel/exit.c, delay_group_leader.
 */
export function isZombie(process: Pick<ProcessSample, 'state' | 'threads'>): boolean {
  return (process.state === 'Z' || process.state === 'X') && (process.threads === undefined || process.threads <= 1);
}

/** `pid:startTicks`, unique while the host is up. */
export function processId(process: Pick<ProcessSample, 'pid' | 'startTicks'>): string {
  return `${process.pid}:${process.startTicks}`;
}
