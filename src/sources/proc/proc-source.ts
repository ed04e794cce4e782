/**
 * The Linux source: every process of /proc at one instant. Per process and sample one read of stat; statm where resident
 * memory has moved, the number of descriptors where CPU time has, and both at least every eighth sample. What seldom
 * changes (uid, cgroup, limits, command line of possible group roots) is read at first sight, after an exec, and again at
 * the 2nd, 4th, 8th ... sight, so that its cost dies out. Nothing here waits, spawns or makes a thread; the event loop
 * gets a turn every few hundred processes.
 */
import { readdirSync, statfsSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { launchersOf, needsCommandLine } from '../../model/grouping.ts';
import type { Inspection } from '../../model/inspection.ts';
import type { CgroupMembership, HostFacts, ProcessSample, Snapshot } from '../../model/snapshot.ts';
import { CgroupSource } from '../cgroup/cgroup-source.ts';
import { parseMounts, USUAL_MOUNTS } from '../cgroup/mounts.ts';
import { type Clock, steadyClock } from '../clock.ts';
import { MissCounter, type MissReason, missReason } from '../miss.ts';
import type { InspectionTarget, Source } from '../source.ts';
import { FileReader } from './file.ts';
import { parseAuxv, parseCount, parseLoadavgTasks, parseMeminfo, parseUptime } from './host.ts';
import { inspectProcess } from './inspect.ts';
import { KeptStats } from './kept-stats.ts';
import { parseLimits } from './limits.ts';
import { parseStat, type Stat } from './stat.ts';
import { parseResident, parseStatm } from './statm.ts';
import { parseRealUid } from './status.ts';

/** Processes read before other work of the event loop gets a turn: less than 10 ms. */
const PROCESSES_PER_TURN = 256;
/** Samples after which everything of a process is read again, whether something has moved or not. */
const WHOLE_EVERY = 8;
/** The most sights between two looks at what seldom changes. */
const LONGEST_REFRESH = 1024;
/** Open stat files: some 6 KB of kernel memory each. */
const MOST_KEPT = 4096;
/** Descriptors left for everything else: scrapes, listeners, files that are read and closed. */
const SPARE_DESCRIPTORS = 320;
/** Bytes of a command line that are read: its beginning names the program. */
const COMMAND_LINE_BYTES = 4096;
/** f_type of procfs, statfs(2). */
const PROC_SUPER_MAGIC = 0x9fa0;

/** What is known of one process, from sample to sample. */
interface Entry {
  readonly pid: number;
  readonly directory: string;
  stat: Stat;
  rssPages: number | undefined;
  anonBytes: number | undefined;
  fds: number | undefined;
  /** Why these two are unknown: counted in each sample, whether they were tried again or not. */
  anonMiss: string | undefined;
  fdsMiss: string | undefined;
  uid: number | undefined;
  cgroup: CgroupMembership | undefined;
  argv: readonly string[] | undefined;
  nprocLimit: number | undefined;
  nofileLimit: number | undefined;
  sights: number;
  /** The sight at which what seldom changes is read again. */
  nextLook: number;
  /** The sample it was last seen in. */
  seen: number;
}

export interface ProcSourceOptions {
  readonly procfs: string;
  /** Read every command line, because a configured pattern may match any. */
  readonly everyCommandLine?: boolean;
  readonly clock?: Clock;
}

export class ProcSource implements Source {
  readonly name = 'proc';
  readonly #procfs: string;
  readonly #everyCommandLine: boolean;
  readonly #clock: Clock;
  readonly #files = new FileReader();
  readonly #stats: KeptStats;
  readonly #cgroups: CgroupSource;
  readonly #pageSize: number;
  readonly #ticksPerSecond: number;
  readonly #selfPid: number | undefined;
  readonly #countsFdsBySize: boolean;
  readonly #entries = new Map<number, Entry>();
  #launchers: ReadonlySet<number> = new Set();
  #sample = 0;

  constructor(options: ProcSourceOptions) {
    this.#procfs = options.procfs;
    this.#everyCommandLine = options.everyCommandLine ?? false;
    this.#clock = options.clock ?? steadyClock();
    const real = isProcfs(this.#procfs);
    // In a copy of a /proc an open file is only a file: it does not know that its process has gone.
    this.#stats = new KeptStats({ buffer: this.#files.buffer, most: real ? this.#mostKept() : 0 });
    const mountinfo = this.#files.text(`${this.#procfs}/self/mountinfo`);
    this.#cgroups = new CgroupSource({
      files: this.#files,
      mounts: mountinfo === undefined ? USUAL_MOUNTS : parseMounts(mountinfo),
    });
    const auxvLength = this.#files.read('/proc/self/auxv');
    const auxv = parseAuxv(this.#files.buffer.subarray(0, Math.max(0, auxvLength)));
    this.#pageSize = auxv.pageSize;
    this.#ticksPerSecond = auxv.ticksPerSecond;
    const self = this.#files.read(`${this.#procfs}/self/stat`);
    this.#selfPid = self < 0 ? undefined : parseStat(this.#files.buffer, self)?.pid;
    this.#countsFdsBySize = real && fdDirectoryTellsItsSize(this.#procfs);
  }

  async sample(): Promise<Snapshot> {
    const t = this.#clock();
    const misses = new MissCounter();
    this.#sample++;
    await this.#readAll(misses);
    if (this.#entries.size === 0) throw new Error(`cannot read ${this.#procfs}: no process in it can be seen`);
    const self = this.#selfPid === undefined ? undefined : this.#entries.get(this.#selfPid);
    this.#launchers = launchersOf(self?.stat.ppid, (pid) => this.#entries.get(pid)?.stat.ppid);
    const processes: ProcessSample[] = [];
    const memberships = new Set<CgroupMembership>();
    for (const entry of this.#entries.values()) {
      if (entry.sights >= entry.nextLook) this.#refresh(entry, misses);
      if (entry.cgroup) memberships.add(entry.cgroup);
      processes.push(this.#toSample(entry));
    }
    const uptime = this.#files.text(`${this.#procfs}/uptime`);
    return {
      t,
      clockSeconds: uptime === undefined ? undefined : parseUptime(uptime),
      ticksPerSecond: this.#ticksPerSecond,
      selfPid: this.#selfPid,
      processes,
      host: this.#readHost(),
      cgroups: this.#cgroups.sample(memberships, misses),
      misses: misses.counts,
    };
  }

  inspect(target: InspectionTarget): Inspection {
    return inspectProcess(target, {
      procfs: this.#procfs,
      files: this.#files,
      ticksPerSecond: this.#ticksPerSecond,
      now: this.#clock(),
    });
  }

  /** Our own limit may be lower than what we would keep. */
  #mostKept(): number {
    const limits = this.#files.text('/proc/self/limits');
    const own = (limits === undefined ? undefined : parseLimits(limits).nofile) ?? SPARE_DESCRIPTORS;
    return Math.max(0, Math.min(MOST_KEPT, own - SPARE_DESCRIPTORS));
  }

  async #readAll(misses: MissCounter): Promise<void> {
    let turn = 0;
    for (const pid of this.#listPids(misses)) {
      const entry = this.#readOne(pid, misses);
      if (entry) entry.seen = this.#sample;
      if (++turn % PROCESSES_PER_TURN === 0) await setImmediate();
    }
    for (const entry of this.#entries.values()) if (entry.seen !== this.#sample) this.#forget(entry.pid);
  }

  /** With no descriptor left the directory cannot be listed; those that are known can still be asked. */
  #listPids(misses: MissCounter): number[] {
    let names: string[];
    try {
      names = readdirSync(this.#procfs);
    } catch (error) {
      if (missReason(error) !== 'exhausted' || this.#entries.size === 0) throw error;
      misses.add('list', 'exhausted');
      return [...this.#entries.keys()];
    }
    const pids: number[] = [];
    for (const name of names) {
      const first = name.charCodeAt(0);
      if (first < 0x31 || first > 0x39) continue;
      const pid = Number(name);
      if (Number.isSafeInteger(pid)) pids.push(pid);
    }
    return pids;
  }

  #readOne(pid: number, misses: MissCounter): Entry | undefined {
    const known = this.#entries.get(pid);
    // Each at its own sample, so that no sample has to read all of everybody.
    const whole = known === undefined || (known.sights + pid) % WHOLE_EVERY === 0;
    const directory = known?.directory ?? `${this.#procfs}/${pid}`;
    const length = this.#stats.read(pid, `${directory}/stat`);
    if (length < 0) {
      const { reason } = this.#stats;
      // A sample in which those who live are missing would say that they have ended.
      if (reason === 'exhausted' && known) throw new Error(`cannot read ${this.#procfs}: no descriptor or memory left`);
      misses.add('stat', reason);
      return undefined;
    }
    const stat = parseStat(this.#files.buffer, length, known?.stat);
    if (stat?.pid !== pid) {
      misses.add('stat', 'malformed');
      return undefined;
    }
    // The same identity under another name has called exec: everything about it may have changed.
    if (known && known.stat.startTicks === stat.startTicks && known.stat.comm === stat.comm) {
      const { rssPages, cpuTicks } = known.stat;
      known.stat = stat;
      known.sights++;
      return this.#readMore(known, stat.rssPages !== rssPages || whole, stat.cpuTicks !== cpuTicks || whole, misses);
    }
    const entry = newEntry(directory, stat);
    this.#entries.set(pid, entry);
    return this.#readMore(entry, true, true, misses);
  }

  /** @returns undefined if the process ended between two of its files: it is not in this sample */
  #readMore(entry: Entry, memory: boolean, fds: boolean, misses: MissCounter): Entry | undefined {
    const { kernel, state, threads, rssPages } = entry.stat;
    const leaderExited = state === 'Z' || state === 'X';
    entry.rssPages = rssPages;
    if (kernel || (leaderExited && threads <= 1)) {
      entry.anonBytes = undefined;
      entry.fds = undefined;
      return entry;
    }
    // Threads that outlive their leader have memory and descriptors, of which the leader's own files say nothing.
    const directory = leaderExited ? this.#livingThread(entry) : entry.directory;
    if (memory || leaderExited) this.#readMemory(entry, directory);
    if (entry.anonMiss) misses.add('statm', entry.anonMiss);
    if (entry.anonMiss === 'vanished') return undefined;
    if (fds || leaderExited) this.#countFds(entry, directory);
    if (entry.fdsMiss) misses.add('fds', entry.fdsMiss);
    return entry.fdsMiss === 'vanished' ? undefined : entry;
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
    if (directory !== entry.directory) {
      entry.rssPages = length < 0 ? undefined : parseResident(this.#files.buffer, length);
    }
    const pages = length < 0 ? undefined : parseStatm(this.#files.buffer, length);
    entry.anonBytes = pages === undefined ? undefined : pages * this.#pageSize;
    if (length < 0) entry.anonMiss = missOf(entry, directory, this.#files.reason);
    else entry.anonMiss = pages === undefined ? 'malformed' : undefined;
  }

  #countFds(entry: Entry, directory: string): void {
    try {
      entry.fds = this.#countsFdsBySize ? statSync(`${directory}/fd`).size : readdirSync(`${directory}/fd`).length;
      entry.fdsMiss = undefined;
    } catch (error) {
      entry.fds = undefined;
      entry.fdsMiss = missOf(entry, directory, missReason(error));
    }
  }

  #forget(pid: number): void {
    this.#entries.delete(pid);
    this.#stats.forget(pid);
  }

  /** Looks at what seldom changes, the parent first: whether a command line is needed depends on what the parent runs. */
  #refresh(entry: Entry, misses: MissCounter): void {
    const pending = new Set<Entry>();
    // A table read while it changes may hold a circle of parents: a process is pending once.
    for (
      let at: Entry | undefined = entry;
      at && at.sights >= at.nextLook && !pending.has(at);
      at = this.#entries.get(at.stat.ppid)
    ) {
      pending.add(at);
    }
    for (const process of [...pending].reverse()) {
      this.#look(process, misses);
      process.nextLook = Math.min(2 * process.sights, process.sights + LONGEST_REFRESH);
    }
  }

  #look(entry: Entry, misses: MissCounter): void {
    const { stat, directory } = entry;
    if (stat.kernel) return;
    const text = (file: string): string | undefined => {
      const content = this.#files.text(`${directory}/${file}`);
      if (content === undefined) misses.add(file, this.#files.reason);
      return content;
    };
    const status = text('status');
    if (status !== undefined) entry.uid = parseRealUid(status);
    const cgroup = text('cgroup');
    if (cgroup !== undefined) entry.cgroup = this.#cgroups.membership(cgroup);
    const limits = text('limits');
    if (limits !== undefined) ({ nproc: entry.nprocLimit, nofile: entry.nofileLimit } = parseLimits(limits));
    const parent = this.#entries.get(stat.ppid);
    const parentSample = parent && { pid: parent.pid, comm: parent.stat.comm, argv: parent.argv };
    if (this.#everyCommandLine || needsCommandLine(stat, parentSample, this.#launchers))
      entry.argv = this.#readArgv(directory, misses);
  }

  #readArgv(directory: string, misses: MissCounter): readonly string[] | undefined {
    const length = this.#files.read(`${directory}/cmdline`, { most: COMMAND_LINE_BYTES });
    if (length < 0) {
      misses.add('cmdline', this.#files.reason);
      return undefined;
    }
    let end = length;
    while (end > 0 && this.#files.buffer[end - 1] === 0) end--; // a title written over the arguments is padded with zeros
    if (end === 0) return undefined;
    return this.#files.buffer.toString('utf8', 0, end).split('\0');
  }

  #readHost(): HostFacts {
    const text = (file: string): string => this.#files.text(`${this.#procfs}/${file}`) ?? '';
    const memory = parseMeminfo(text('meminfo'));
    return {
      threadsMax: parseCount(text('sys/kernel/threads-max')),
      pidMax: parseCount(text('sys/kernel/pid_max')),
      tasks: parseLoadavgTasks(text('loadavg')),
      memoryTotal: memory.total,
      memoryAvailable: memory.available,
    };
  }

  #toSample(entry: Entry): ProcessSample {
    const { stat } = entry;
    return {
      pid: stat.pid,
      ppid: stat.ppid,
      startTicks: stat.startTicks,
      comm: stat.comm,
      state: stat.state,
      kernel: stat.kernel,
      threads: stat.threads,
      rssBytes: entry.rssPages === undefined ? undefined : entry.rssPages * this.#pageSize,
      anonBytes: entry.anonBytes,
      fds: entry.fds,
      cpuSeconds: stat.cpuTicks / this.#ticksPerSecond,
      childCpuSeconds: stat.childCpuTicks / this.#ticksPerSecond,
      uid: entry.uid,
      cgroup: entry.cgroup,
      argv: entry.argv,
      nprocLimit: entry.nprocLimit,
      nofileLimit: entry.nofileLimit,
    };
  }
}

function newEntry(directory: string, stat: Stat): Entry {
  return {
    pid: stat.pid,
    directory,
    stat,
    rssPages: stat.rssPages,
    anonBytes: undefined,
    fds: undefined,
    anonMiss: undefined,
    fdsMiss: undefined,
    uid: undefined,
    cgroup: undefined,
    argv: undefined,
    nprocLimit: undefined,
    nofileLimit: undefined,
    sights: 1,
    nextLook: 1,
    seen: 0,
  };
}

/** That a thread is gone does not say that its process is. */
function missOf(entry: Entry, directory: string, reason: MissReason): string {
  return reason === 'vanished' && directory !== entry.directory ? 'leader_exited' : reason;
}

function isProcfs(directory: string): boolean {
  try {
    return statfsSync(directory).type === PROC_SUPER_MAGIC;
  } catch {
    return false;
  }
}

/** Since Linux 6.2 the size of /proc/PID/fd is the number of descriptors. */
function fdDirectoryTellsItsSize(procfs: string): boolean {
  try {
    return statSync(`${procfs}/self/fd`).size > 0;
  } catch {
    return false;
  }
}
