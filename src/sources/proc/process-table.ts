/**
 * Every process of a /proc, from sample to sample. Each sample reads stat of each process, statm only if its resident
 * memory has changed, the number of descriptors only if its CPU time has, and both every few samples in any case.
 * A process that has not changed is the same object as in the sample before: a host at rest makes no garbage, and the
 * tracker sees with one comparison that there is nothing to do.
 * Source: proc_pid_stat(5), proc_pid_statm(5), proc_pid_fd(5). Cost: about one system call per process and sample.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import type { CgroupMembership, ProcessSample } from '../../model/snapshot.ts';
import type { Turns } from '../../turns.ts';
import { type MissCounter, type MissReason, missReason } from '../miss.ts';
import type { FileReader } from './file.ts';
import { KeptStats, NOT_OPEN, type StatOwner } from './kept-stats.ts';
import { PidList } from './pid-list.ts';
import { parseStat, type Stat } from './stat.ts';
import { parseResident, parseShared } from './statm.ts';
import { parseShmemAndSwap } from './status.ts';

/** Descriptors are counted again after this many samples even if CPU time stands still. */
const FDS_EVERY = 8;
/**
 * statm is read again after this many samples even if resident memory stands still: its anonymous share seldom changes.
 */
const MEMORY_EVERY = 32;
/**
 * Shared memory and swap are read again when the pages that could have become either have changed by so much: a quarter
 * of the least growth of memory that counts (`METRICS`).
 */
const KINDS_CHANGE_BYTES = 1 << 20;
/** A kernel thread is read only every so many samples: it has nothing that could leak. */
const KERNEL_EVERY = 8;

/** One process, as far as it is known. */
export interface Entry extends StatOwner {
  readonly pid: number;
  stat: Stat;
  rssPages: number | undefined;
  /** Resident anonymous memory. */
  anonPages: number | undefined;
  /** Resident pages of files and of shared memory together. */
  sharedPages: number | undefined;
  /** Only status tells the next two, which costs as much as all else: see `takeKinds`. */
  shmemBytes: number | undefined;
  swapBytes: number | undefined;
  /** `rssPages` and `sharedPages` when they were read. */
  kindsOfRssPages: number | undefined;
  kindsOfSharedPages: number | undefined;
  fds: number | undefined;
  /** Why anonPages is unknown, and fds: counted at each sample, whether or not it was read again. */
  anonMiss: string | undefined;
  fdsMiss: string | undefined;
  /** The next five seldom change and are read by `takeLooks`. */
  uid: number | undefined;
  cgroup: CgroupMembership | undefined;
  argv: readonly string[] | undefined;
  nprocLimit: number | undefined;
  nofileLimit: number | undefined;
  /** Number of the sample in which it was first seen, or first seen after an exec. */
  readonly since: number;
  /** Number of samples in which it was seen. */
  sights: number;
  /** When `sights` reaches this number, the values that seldom change are read again. */
  nextLook: number;
  /** Number of the sample in which it was last seen. */
  seen: number;
  /** The sample last handed out; undefined if a value has changed since. */
  sample: ProcessSample | undefined;
}

export interface ProcessTableOptions {
  readonly procfs: string;
  readonly files: FileReader;
  readonly pageSize: number;
  readonly ticksPerSecond: number;
  /** The kernel gives the number of descriptors as the size of /proc/PID/fd (since Linux 6.2). */
  readonly countsFdsBySize: boolean;
}

export class ProcessTable {
  readonly #options: ProcessTableOptions;
  readonly #files: FileReader;
  readonly #stats: KeptStats;
  readonly #byPid = new Map<number, Entry>();
  /** The same entries in the order in which they were first seen, which is nearly the order of the directory. */
  readonly #entries: Entry[] = [];
  #samples: readonly ProcessSample[] = [];
  #sample = 0;
  /** Anonymous memory may go to swap. */
  #swaps = false;

  constructor(options: ProcessTableOptions) {
    this.#options = options;
    this.#files = options.files;
    this.#stats = new KeptStats(options.files);
  }

  /** All processes, in the order in which they were first seen. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get(pid: number): Entry | undefined {
    return this.#byPid.get(pid);
  }

  /**
   * Reads every process.
   * @param options.swaps whether the host has swapped anything out
   * @param options.kept how many stat files may be kept open, and RLIMIT_NOFILE
   * @throws if the processes cannot be listed
   */
  async refresh(
    misses: MissCounter,
    turns: Turns,
    { swaps, kept }: { readonly swaps: boolean; readonly kept: Parameters<KeptStats['bound']>[0] },
  ): Promise<void> {
    this.#sample++;
    this.#swaps = swaps;
    this.#stats.bound(kept);
    const pids = this.#listPids(misses);
    try {
      // The directory lists the pids in nearly the order of #entries: the next entry is usually the right one.
      let guess = 0;
      for (let pid = pids.next(); pid !== undefined; pid = pids.next()) {
        const next = this.#entries[guess];
        const known = next?.pid === pid ? next : this.#byPid.get(pid);
        if (known === next) guess++;
        this.#read(pid, known, misses);
        if (turns.over()) await turns.next();
      }
    } finally {
      pids.close();
    }
    this.#forgetUnseen();
  }

  /** The samples of all processes; the same array as before if none has changed. */
  async samples(turns: Turns): Promise<readonly ProcessSample[]> {
    const before = this.#samples;
    const samples = before.slice(0, this.#entries.length);
    let isAsBefore = before.length === this.#entries.length;
    for (let at = 0; at < this.#entries.length; at++) {
      const sample = this.#toSample(this.#entries[at]!);
      if (sample !== before[at]) {
        samples[at] = sample;
        isAsBefore = false;
      }
      if (turns.over()) await turns.next();
    }
    if (!isAsBefore) this.#samples = samples;
    return this.#samples;
  }

  #toSample(entry: Entry): ProcessSample {
    const { stat } = entry;
    const { pageSize, ticksPerSecond } = this.#options;
    entry.sample ??= {
      pid: stat.pid,
      ppid: stat.ppid,
      startTicks: stat.startTicks,
      comm: stat.comm,
      state: stat.state,
      kernel: stat.kernel,
      threads: stat.threads,
      rssBytes: entry.rssPages === undefined ? undefined : entry.rssPages * pageSize,
      // A kernel that does not tell swap (gVisor) has none.
      anonBytes: entry.anonPages === undefined ? undefined : entry.anonPages * pageSize + (entry.swapBytes ?? 0),
      shmemBytes: entry.shmemBytes,
      fds: entry.fds,
      cpuSeconds: stat.cpuTicks / ticksPerSecond,
      childCpuSeconds: stat.childCpuTicks / ticksPerSecond,
      uid: entry.uid,
      cgroup: entry.cgroup,
      argv: entry.argv,
      nprocLimit: entry.nprocLimit,
      nofileLimit: entry.nofileLimit,
    };
    return entry.sample;
  }

  /** If no descriptor is left, the directory cannot be listed; the known processes can still be read. */
  #listPids(misses: MissCounter): Pick<PidList, 'next' | 'close'> {
    try {
      return new PidList(this.#options.procfs, this.#files.spare);
    } catch (error) {
      if (missReason(error) !== 'exhausted' || this.#entries.length === 0) throw error;
      misses.add('list', 'exhausted');
      const pids = this.#entries.map(({ pid }) => pid).values();
      return { next: () => pids.next().value, close: () => undefined };
    }
  }

  /** Reads one process. If it cannot be read for another reason than want, it is not in this sample. */
  #read(pid: number, known: Entry | undefined, misses: MissCounter): void {
    if (known?.stat.kernel && !isTime(known, KERNEL_EVERY)) {
      this.#see(known);
      return;
    }
    const owner: StatOwner = known ?? { directory: `${this.#options.procfs}/${pid}`, statFd: NOT_OPEN };
    const length = this.#stats.read(owner);
    if (length < 0) {
      const { reason } = this.#stats;
      // What was known of it stands: a sample without it would say that it has ended.
      const isThere = (reason === 'exhausted' || reason === 'failed') && known && existsSync(known.directory);
      if (isThere) this.#see(known);
      misses.add('stat', reason);
      return;
    }
    const stat = parseStat(this.#files.buffer, length, known?.stat);
    if (stat?.pid !== pid) {
      this.#stats.release(owner);
      misses.add('stat', 'malformed');
      return;
    }
    // The same pid and start time with a new name: the process has called exec, so everything may have changed.
    if (known && known.stat.startTicks === stat.startTicks && known.stat.comm === stat.comm) {
      this.#update(known, stat, misses);
    } else {
      const entry = newEntry(owner.directory, stat, this.#sample);
      this.#stats.handOver(owner, entry);
      this.#byPid.set(pid, entry);
      if (known) this.#entries[this.#entries.indexOf(known)] = entry;
      else this.#entries.push(entry);
      this.#readMore(entry, { memory: true, fds: true, misses });
    }
  }

  #update(entry: Entry, stat: Stat, misses: MissCounter): void {
    const { stat: before } = entry;
    let memory = isTime(entry, MEMORY_EVERY);
    let fds = isTime(entry, FDS_EVERY);
    if (stat !== before) {
      entry.stat = stat;
      entry.sample = undefined;
      memory ||= stat.rssPages !== before.rssPages;
      fds ||= stat.cpuTicks !== before.cpuTicks;
    }
    this.#readMore(entry, { memory, fds, misses });
  }

  #readMore(entry: Entry, { memory, fds, misses }: { memory: boolean; fds: boolean; misses: MissCounter }): void {
    const { kernel, state, threads } = entry.stat;
    const leaderExited = state === 'Z' || state === 'X';
    if (kernel || (leaderExited && threads <= 1)) {
      setMemory(entry, { rssPages: entry.stat.rssPages, anonPages: undefined, sharedPages: undefined });
      setFds(entry, undefined);
      this.#see(entry);
      return;
    }
    // If threads outlive their leader, the leader's files show none of their memory and descriptors.
    const directory = leaderExited ? this.#livingThread(entry) : entry.directory;
    if (memory || leaderExited) this.#readMemory(entry, directory);
    else if (entry.rssPages !== entry.stat.rssPages) {
      entry.rssPages = entry.stat.rssPages;
      entry.sample = undefined;
    }
    if (entry.anonMiss !== undefined) misses.add('statm', entry.anonMiss);
    // The process ended between the reading of two of its files.
    if (entry.anonMiss === 'vanished') return;
    if (fds || leaderExited) this.#countFds(entry, directory);
    if (entry.fdsMiss !== undefined) misses.add('fds', entry.fdsMiss);
    if (entry.fdsMiss !== 'vanished') this.#see(entry);
  }

  #see(entry: Entry): void {
    entry.seen = this.#sample;
    entry.sights++;
  }

  #livingThread({ pid, directory }: Entry): string {
    try {
      const living = readdirSync(`${directory}/task`).find((tid) => Number(tid) !== pid);
      return living === undefined ? directory : `${directory}/task/${living}`;
    } catch {
      return directory;
    }
  }

  #readMemory(entry: Entry, directory: string): void {
    const length = this.#files.read(`${directory}/statm`);
    const resident = length < 0 ? undefined : parseResident(this.#files.buffer, length);
    const sharedPages = length < 0 ? undefined : parseShared(this.#files.buffer, length);
    const isKnown = resident !== undefined && sharedPages !== undefined;
    // The kernel reads its counters one after the other, so `shared` may exceed `resident` by a page or two.
    const anonPages = isKnown ? Math.max(0, resident - sharedPages) : undefined;
    const rssPages = directory === entry.directory ? entry.stat.rssPages : resident;
    if (length < 0) entry.anonMiss = missOf(entry, directory, this.#files.reason);
    else entry.anonMiss = isKnown ? undefined : 'malformed';
    setMemory(entry, { rssPages, anonPages, sharedPages });
    if (isKnown && this.#mayHaveOtherKinds(entry)) {
      const status = this.#files.text(`${directory}/status`);
      if (status !== undefined) takeKinds(entry, status);
    }
  }

  /** May shared memory or swap have changed since they were read? */
  #mayHaveOtherKinds(entry: Entry): boolean {
    const { rssPages, sharedPages, kindsOfRssPages, kindsOfSharedPages } = entry;
    // The first look of `takeLooks` is still to come.
    if (kindsOfSharedPages === undefined || kindsOfRssPages === undefined) return false;
    const least = KINDS_CHANGE_BYTES / this.#options.pageSize;
    if (Math.abs(sharedPages! - kindsOfSharedPages) >= least) return true;
    // Memory of a process at rest goes to swap page by page.
    return this.#swaps && (isTime(entry, MEMORY_EVERY) || Math.abs((rssPages ?? 0) - kindsOfRssPages) >= least);
  }

  #countFds(entry: Entry, directory: string): void {
    try {
      const path = `${directory}/fd`;
      setFds(entry, this.#options.countsFdsBySize ? statSync(path).size : readdirSync(path).length);
      entry.fdsMiss = undefined;
    } catch (error) {
      setFds(entry, undefined);
      entry.fdsMiss = missOf(entry, directory, missReason(error));
    }
  }

  #forgetUnseen(): void {
    let kept = 0;
    for (const entry of this.#entries) {
      if (entry.seen === this.#sample) {
        this.#entries[kept++] = entry;
        continue;
      }
      this.#stats.release(entry);
      if (this.#byPid.get(entry.pid) === entry) this.#byPid.delete(entry.pid);
    }
    this.#entries.length = kept;
  }
}

function newEntry(directory: string, stat: Stat, since: number): Entry {
  return {
    directory,
    statFd: NOT_OPEN,
    pid: stat.pid,
    stat,
    rssPages: stat.rssPages,
    anonPages: undefined,
    sharedPages: undefined,
    shmemBytes: undefined,
    swapBytes: undefined,
    kindsOfRssPages: undefined,
    kindsOfSharedPages: undefined,
    fds: undefined,
    anonMiss: undefined,
    fdsMiss: undefined,
    uid: undefined,
    cgroup: undefined,
    argv: undefined,
    nprocLimit: undefined,
    nofileLimit: undefined,
    since,
    sights: 0,
    nextLook: 1,
    seen: 0,
    sample: undefined,
  };
}

/** Is it this process's turn for what is read every so many samples? The pid spreads the processes over the samples. */
function isTime({ sights, pid }: Entry, every: number): boolean {
  return (sights + pid) % every === 0;
}

function setMemory(
  entry: Entry,
  { rssPages, anonPages, sharedPages }: Pick<Entry, 'rssPages' | 'anonPages' | 'sharedPages'>,
): void {
  entry.sharedPages = sharedPages;
  if (entry.rssPages === rssPages && entry.anonPages === anonPages) return;
  entry.rssPages = rssPages;
  entry.anonPages = anonPages;
  entry.sample = undefined;
}

/** Takes shared memory and swap from a status file. */
export function takeKinds(entry: Entry, status: string): void {
  const { sharedBytes, swapBytes } = parseShmemAndSwap(status);
  entry.kindsOfRssPages = entry.rssPages;
  entry.kindsOfSharedPages = entry.sharedPages;
  if (entry.shmemBytes === sharedBytes && entry.swapBytes === swapBytes) return;
  entry.shmemBytes = sharedBytes;
  entry.swapBytes = swapBytes;
  entry.sample = undefined;
}

function setFds(entry: Entry, fds: number | undefined): void {
  if (entry.fds === fds) return;
  entry.fds = fds;
  entry.sample = undefined;
}

/** The reason of a failed reading. If the files of a thread have vanished, its process may still be there. */
function missOf(entry: Entry, directory: string, reason: MissReason): string {
  return reason === 'vanished' && directory !== entry.directory ? 'leader_exited' : reason;
}
