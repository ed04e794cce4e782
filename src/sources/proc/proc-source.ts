/**
 * The Linux source: every process of /proc at one instant, with the limits that apply to it. It spawns no process,
 * makes no thread and does not wait; the event loop gets a turn every few milliseconds.
 * Source: proc(5).
 */
import { statfsSync, statSync } from 'node:fs';
import { release, totalmem } from 'node:os';
import { shareDescriptors } from '../../model/descriptors.ts';
import { launchersOf } from '../../model/grouping.ts';
import type { Look } from '../../model/look.ts';
import type { MemoryShare } from '../../model/memory-share.ts';
import { splitMissKey } from '../../model/misses.ts';
import type { InPortions } from '../../model/portions.ts';
import type { CgroupMembership, HostFacts, Snapshot } from '../../model/snapshot.ts';
import { Turns } from '../../turns.ts';
import { CgroupSource } from '../cgroup/cgroup-source.ts';
import { parseMounts, USUAL_MOUNTS } from '../cgroup/mounts.ts';
import { type Clock, steadyClock } from '../clock.ts';
import { MissCounter } from '../miss.ts';
import { ownNofile } from '../own-nofile.ts';
import type { LookTarget, Source } from '../source.ts';
import { FileReader } from './file.ts';
import { hiddenBy } from './hidden.ts';
import { type HostMemory, parseAuxv, parseCount, parseLoadavgTasks, parseMeminfo } from './host.ts';
import { takeLook } from './look/look.ts';
import { takeLooks } from './looks.ts';
import { type Entry, ProcessTable } from './process-table.ts';
import { parseRollup } from './rollup.ts';
import { StartClock } from './start-clock.ts';
import { StartTimes } from './start-times.ts';
import { parseStat, type Stat } from './stat.ts';
import { isRootOfHost } from './uid-map.ts';

/** Kernel memory that an open stat file pins: a page of 4,096 bytes for its content, and the kernel's records of it. */
const KEPT_BYTES = 6144;
/** The share of the memory that open stat files may pin. */
const KEPT_SHARE = 1 / 256;
/** threads-max and pid_max are read every so many samples, because only an administrator changes them. */
const SETTINGS_EVERY = 15;
/** Since Linux 6.14 each pid namespace has a kernel.pid_max of its own. Source: kernel/pid.c. */
const PID_MAX_IS_OF_NAMESPACE = isSince(release(), [6, 14]);
/** linux/magic.h */
const PROC_SUPER_MAGIC = 0x9fa0;

export interface ProcSourceOptions {
  readonly procfs: string;
  /** Read every command line, because a configured pattern may match any. */
  readonly everyCommandLine?: boolean;
  /** See `Snapshot`. */
  readonly besidePid?: number | undefined;
  readonly clock?: Clock;
}

export class ProcSource implements Source {
  readonly name = 'proc';
  readonly hidden: string | undefined;
  readonly #procfs: string;
  readonly #everyCommandLine: boolean;
  readonly #clock: Clock;
  readonly #files = new FileReader();
  readonly #table: ProcessTable;
  readonly #cgroups: CgroupSource;
  readonly #isLive: boolean;
  readonly #ticksPerSecond: number;
  readonly #starts: StartClock;
  readonly #selfPid: number | undefined;
  readonly #isRootBound: boolean;
  readonly #besidePid: number | undefined;
  /** Stat files that may be kept open for all the memory that they take. */
  #keepsLess = false;
  readonly #affordable: number;
  /** As of the last sample. */
  #cgroupLevels: Snapshot['cgroups'] = new Map();
  #threadsMax: number | undefined;
  #pidMax: number | undefined;
  #samples = 0;

  constructor(options: ProcSourceOptions) {
    this.#procfs = options.procfs;
    this.#everyCommandLine = options.everyCommandLine ?? false;
    this.#clock = options.clock ?? steadyClock();
    const real = isProcfs(this.#procfs);
    this.#isLive = real;
    const mountinfo = this.#files.text(`${this.#procfs}/self/mountinfo`, { toTheEnd: true });
    this.#cgroups = new CgroupSource({
      files: this.#files,
      mounts: mountinfo === undefined ? USUAL_MOUNTS : parseMounts(mountinfo),
    });
    this.hidden = hiddenBy({
      procfs: this.#procfs,
      mountinfo,
      status: this.#text('self/status'),
      seesFirst: !real || this.#text('1/stat') !== undefined,
    });
    const auxvLength = this.#files.read('/proc/self/auxv');
    const auxv = parseAuxv(this.#files.buffer.subarray(0, Math.max(0, auxvLength)));
    this.#ticksPerSecond = auxv.ticksPerSecond;
    this.#starts = new StartClock({
      procfs: this.#procfs,
      files: this.#files,
      ticksPerSecond: this.#ticksPerSecond,
      isLive: real,
    });
    const self = this.#files.read(`${this.#procfs}/self/stat`);
    this.#selfPid = self < 0 ? undefined : parseStat(this.#files.buffer, self)?.pid;
    this.#besidePid = options.besidePid;
    const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
    // In a copy of a /proc (a test) an open file does not tell that its process has gone.
    this.#affordable = real ? Math.floor((memory * KEPT_SHARE) / KEPT_BYTES) : 0;
    // Uids are shown as our own user namespace has them, whatever the procfs.
    this.#isRootBound = isRootOfHost(this.#files.text('/proc/self/uid_map') ?? '') === false;
    this.#table = new ProcessTable({
      procfs: this.#procfs,
      files: this.#files,
      ...auxv,
      countsFdsBySize: real && fdDirectoryTellsItsSize(this.#procfs),
    });
  }

  async sample(): Promise<Snapshot> {
    const uptimeSeconds = this.#starts.uptimeSeconds();
    const moment = this.#clock(uptimeSeconds);
    const misses = new MissCounter();
    const turns = new Turns();
    const table = this.#table;
    const memory = parseMeminfo(this.#text('meminfo') ?? '');
    await table.refresh(misses, turns, { swaps: memory.swapUsed !== 0, kept: this.#mayKeep() });
    if (table.entries.length === 0) throw new Error(`cannot read ${this.#procfs}: no process in it can be seen`);
    this.#starts.check(newestStart(table.entries), uptimeSeconds);
    const clockSeconds = this.#starts.at(uptimeSeconds);
    const beside = this.#besidePid ?? this.#selfPid;
    const launched = beside === undefined ? undefined : table.get(beside);
    const launchers = new Set(launchersOf(launched?.stat.ppid, (pid) => table.get(pid)?.stat.ppid));
    if (this.#selfPid !== undefined) launchers.add(this.#selfPid);
    const looks = {
      processes: table,
      files: this.#files,
      cgroups: this.#cgroups,
      everyCommandLine: this.#everyCommandLine,
      launchers,
      clockTicks: clockSeconds === undefined ? undefined : clockSeconds * this.#ticksPerSecond,
      ticksPerSecond: this.#ticksPerSecond,
      misses,
    };
    await takeLooks(looks, turns);
    const cgroups = this.#cgroups.sample(this.#memberships(), { hostShmemBytes: memory.shared, misses });
    this.#cgroupLevels = cgroups.cgroups;
    return {
      ...moment,
      clockSeconds,
      ticksPerSecond: this.#ticksPerSecond,
      selfPid: this.#selfPid,
      ...(this.#besidePid !== undefined && { besidePid: this.#besidePid }),
      processes: await table.samples(turns),
      ...(this.#isPartial(misses) && { isPartial: true }),
      host: this.#readHost(memory),
      ...cgroups,
      misses: misses.counts,
    };
  }

  keepLess(isShort: boolean): void {
    this.#keepsLess = isShort;
  }

  *look(target: LookTarget): InPortions<Look> {
    const uptimeSeconds = this.#starts.uptimeSeconds();
    const now = this.#clock(uptimeSeconds);
    const times = new StartTimes(now, this.#starts.at(uptimeSeconds), this.#ticksPerSecond);
    return yield* takeLook(target, now.t, {
      procfs: this.#procfs,
      files: this.#files,
      sinceTicks: target.since === undefined ? undefined : times.ticksAt(target.since),
      grown: target.grown || undefined,
      timeOf: (startTicks) => times.timeOf(startTicks),
      processes: statsOf(this.#table.entries),
      entryOf: (pid) => this.#table.get(pid),
      cgroupLevels: this.#cgroupLevels,
    });
  }

  memoryShare({ pid, startTicks }: Pick<LookTarget, 'pid' | 'startTicks'>): MemoryShare | undefined {
    const text = this.#files.text(`${this.#procfs}/${pid}/smaps_rollup`);
    // Read after it, so that the file was that of this process and not of a later one with its pid.
    const length = this.#files.read(`${this.#procfs}/${pid}/stat`);
    const isSame = length >= 0 && parseStat(this.#files.buffer, length)?.startTicks === startTicks;
    return text === undefined || !isSame ? undefined : parseRollup(text);
  }

  #isPartial({ counts }: MissCounter): boolean {
    if (this.hidden !== undefined || (this.#isLive && !this.#table.get(1))) return true;
    return [...counts.keys()].map(splitMissKey).some(({ what, reason }) => what === 'stat' && reason !== 'vanished');
  }

  #memberships(): Set<CgroupMembership> {
    const memberships = new Set<CgroupMembership>();
    let last: CgroupMembership | undefined;
    for (const { cgroup } of this.#table.entries) {
      if (cgroup !== undefined && cgroup !== last) memberships.add(cgroup);
      last = cgroup;
    }
    return memberships;
  }

  #text(file: string): string | undefined {
    return this.#files.text(`${this.#procfs}/${file}`);
  }

  /** Stat files that may be kept open, within the memory and the descriptors that we may use now. */
  #mayKeep(): { most: number; nofile: number } {
    const nofile = ownNofile();
    return { most: this.#keepsLess ? 0 : Math.min(this.#affordable, shareDescriptors(nofile).kept), nofile };
  }

  #readHost(memory: HostMemory): HostFacts {
    if (this.#samples++ % SETTINGS_EVERY === 0) {
      this.#threadsMax = parseCount(this.#text('sys/kernel/threads-max') ?? '');
      this.#pidMax = parseCount(this.#text('sys/kernel/pid_max') ?? '');
    }
    return {
      threadsMax: this.#threadsMax,
      pidMax: this.#pidMax,
      isPidMaxOfNamespace: PID_MAX_IS_OF_NAMESPACE,
      isRootBound: this.#isRootBound,
      tasks: parseLoadavgTasks(this.#text('loadavg') ?? ''),
      memoryTotal: memory.total,
      memoryAvailable: memory.available,
    };
  }
}

function* statsOf(entries: readonly Entry[]): Generator<Stat> {
  for (const { stat } of entries) yield stat;
}

function newestStart(entries: readonly Entry[]): number {
  let newest = 0;
  for (const { stat } of entries) if (stat.startTicks > newest) newest = stat.startTicks;
  return newest;
}

/** Is the kernel of this release, or a later one? */
function isSince(kernel: string, [major, minor]: readonly [number, number]): boolean {
  const [, ownMajor = 0, ownMinor = 0] = (/^(\d+)\.(\d+)/.exec(kernel) ?? []).map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function isProcfs(directory: string): boolean {
  try {
    return statfsSync(directory).type === PROC_SUPER_MAGIC;
  } catch {
    return false;
  }
}

/** Since Linux 6.2 the size of /proc/PID/fd is the number of descriptors; before it is 0. Source: proc_pid_fd(5). */
function fdDirectoryTellsItsSize(procfs: string): boolean {
  try {
    return statSync(`${procfs}/self/fd`).size > 0;
  } catch {
    return false;
  }
}
