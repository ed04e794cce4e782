/**
 * A snapshot: every process at one instant, with the facts of the host that bound them. Sources make it, the tracker
 * turns it into readings. Unknown is `undefined`, never 0: a value that could not be read is absent and its reason is
 * counted in `misses`.
 */
import type { Misses } from './misses.ts';

export interface ProcessSample {
  readonly pid: number;
  readonly ppid: number;
  /** Start time in clock ticks since boot; with `pid` it is the identity of the process. */
  readonly startTicks: number;
  /** The kernel's name of the leader thread, at most 15 bytes of anything; hostile. */
  readonly comm: string;
  /** One letter, proc_pid_stat(5): R S D Z T t X I P. A source that cannot tell leaves zombies among the living. */
  readonly state: string | undefined;
  readonly kernel: boolean;
  /** Tasks of the thread group, a dead leader included. */
  readonly threads: number | undefined;
  readonly rssBytes: number | undefined;
  readonly anonBytes: number | undefined;
  readonly fds: number | undefined;
  /** User and system time of the process itself. */
  readonly cpuSeconds: number | undefined;
  /** User and system time of the children it has waited for, and of theirs. */
  readonly childCpuSeconds: number | undefined;
  /** Real uid, the one that RLIMIT_NPROC is counted by. */
  readonly uid: number | undefined;
  /** Where it lives in the cgroup tree; the same object for all processes that live there. */
  readonly cgroup: CgroupMembership | undefined;
  /** Command line, read only where the group's name depends on it. Never exported. */
  readonly argv: readonly string[] | undefined;
  /** Soft limits; Infinity = unlimited. */
  readonly nprocLimit: number | undefined;
  readonly nofileLimit: number | undefined;
}

export interface CgroupMembership {
  /** The path that tells systemd units and containers apart, '/' when nothing does. */
  readonly unitPath: string;
}

/** One cgroup on the way from a process to the root, as far as it has a limit. */
export interface CgroupLevel {
  readonly path: string;
  readonly pidsCurrent: number | undefined;
  readonly pidsMax: number | undefined;
  /** Memory that cannot be dropped under pressure: current less inactive page cache. */
  readonly memoryUsed: number | undefined;
  readonly memoryMax: number | undefined;
}

export interface HostFacts {
  readonly threadsMax: number | undefined;
  readonly pidMax: number | undefined;
  /** Tasks on the host as the kernel counts them (/proc/loadavg). */
  readonly tasks: number | undefined;
  readonly memoryTotal: number | undefined;
  readonly memoryAvailable: number | undefined;
}

export interface Snapshot {
  /** Seconds since the epoch when the snapshot was begun, from a clock that never steps back. */
  readonly t: number;
  /** Now, in seconds on the clock that process starts are counted in. */
  readonly clockSeconds: number | undefined;
  readonly ticksPerSecond: number;
  /** Our own pid as seen in this process table. */
  readonly selfPid: number | undefined;
  /** A program that we were started beside: what has started it has started us. */
  readonly besidePid?: number;
  readonly processes: readonly ProcessSample[];
  readonly host: HostFacts;
  /** By membership: that cgroup and its ancestors, those without limits left out. */
  readonly cgroups: ReadonlyMap<CgroupMembership, readonly CgroupLevel[]>;
  readonly misses: Misses;
}

/**
 * Is it a zombie: dead, and waiting for its parent to ask? A leader that exited while its threads live is in state Z
 * too, but cannot be waited for yet: it has more than one task left.
 * Source: kernel exit.c (delay_group_leader).
 */
export function isZombie(process: Pick<ProcessSample, 'state' | 'threads'>): boolean {
  return (process.state === 'Z' || process.state === 'X') && (process.threads === undefined || process.threads <= 1);
}

/** `pid:startTicks`, unique while the host is up. */
export function processId(process: Pick<ProcessSample, 'pid' | 'startTicks'>): string {
  return `${process.pid}:${process.startTicks}`;
}
