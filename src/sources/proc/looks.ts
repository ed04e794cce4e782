/**
 * Reads the values of a process that seldom change: uid, cgroup, limits, kinds of memory, and the command line if a group's name may
 * depend on it. They are read when the process is first seen and after an exec; again soon if it is young, because it
 * is then moved to its cgroup, given its limits and sets its title; and after that at growing intervals.
 * Source: proc_pid_status(5), cgroups(7), proc_pid_limits(5), proc_pid_cmdline(5).
 */
import { needsCommandLine } from '../../model/grouping.ts';
import type { Turns } from '../../turns.ts';
import type { CgroupSource } from '../cgroup/cgroup-source.ts';
import type { MissCounter } from '../miss.ts';
import { readCommandLine } from './command-line.ts';
import type { FileReader } from './file.ts';
import { parseLimits } from './limits.ts';
import { type Entry, type ProcessTable, takeKinds } from './process-table.ts';
import { mayExceedNproc, parseRealUid } from './status.ts';
import { isRootOfHost } from './uid-map.ts';

/** A process is young for this long after its start. */
const YOUNG_SECONDS = 60;
/**
 * A young process is looked at again when it is seen for the second time, then after 8 times as many sights each time.
 */
const BACKOFF_FACTOR = 8;
/** Sights between two looks at most: about 6 hours at the default interval of 20 s. */
const MOST_SIGHTS_BETWEEN = 1024;

export interface Looks {
  readonly processes: Pick<ProcessTable, 'entries' | 'get'>;
  readonly files: FileReader;
  readonly cgroups: CgroupSource;
  /** Read every command line, because a configured pattern may match any. */
  readonly everyCommandLine: boolean;
  /** See `launchersOf`; with leakwatch itself, whose children are looked at as well. */
  readonly launchers: ReadonlySet<number>;
  /** Now, in clock ticks since boot, the unit of process start times; undefined if unknown. */
  readonly clockTicks: number | undefined;
  readonly ticksPerSecond: number;
  readonly misses: MissCounter;
}

/** Looks at every process whose next look is due. */
export async function takeLooks(looks: Looks, turns: Turns): Promise<void> {
  const { entries } = looks.processes;
  // By index: an iterator makes an object for each of thousands of processes.
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!;
    if (entry.sights < entry.nextLook) continue;
    lookWithAncestors(entry, looks);
    if (turns.over()) await turns.next();
  }
}

/** Looks at due ancestors first: whether a command line is needed depends on the program of the parent. */
function lookWithAncestors(entry: Entry, looks: Looks): void {
  const pending = new Set<Entry>();
  // /proc changes while it is read, so parents may form a circle; a process is added once.
  for (
    let at: Entry | undefined = entry;
    at && at.sights >= at.nextLook && !pending.has(at);
    at = looks.processes.get(at.stat.ppid)
  ) {
    pending.add(at);
  }
  for (const process of [...pending].reverse()) {
    const { uid, cgroup, argv, nprocLimit, nofileLimit } = process;
    look(process, looks);
    process.nextLook = nextLook(process, looks);
    if (
      process.uid !== uid ||
      process.cgroup !== cgroup ||
      process.argv !== argv ||
      process.nprocLimit !== nprocLimit ||
      process.nofileLimit !== nofileLimit
    ) {
      process.sample = undefined;
    }
  }
}

function nextLook({ sights, since, stat, pid }: Entry, { clockTicks, ticksPerSecond }: Looks): number {
  const age = clockTicks === undefined ? 0 : (clockTicks - stat.startTicks) / ticksPerSecond;
  // All processes older than leakwatch are first seen in its first sample: their next looks are spread over time.
  const half = MOST_SIGHTS_BETWEEN / 2;
  if (sights === 1) return since === 1 && age > YOUNG_SECONDS ? half + (pid % half) : 2;
  return Math.min(sights * BACKOFF_FACTOR, sights + MOST_SIGHTS_BETWEEN) + (pid % BACKOFF_FACTOR);
}

function look(entry: Entry, { processes, files, cgroups, everyCommandLine, launchers, misses }: Looks): void {
  const { stat, directory } = entry;
  if (stat.kernel) return;
  const text = (file: string): string | undefined => {
    const content = files.text(`${directory}/${file}`);
    if (content === undefined) misses.add(file, files.reason);
    return content;
  };
  const status = text('status');
  if (status !== undefined) {
    entry.uid = parseRealUid(status);
    takeKinds(entry, status);
  }
  const cgroup = text('cgroup');
  if (cgroup !== undefined) {
    entry.cgroup = cgroups.membership(cgroup);
    if (!entry.cgroup) misses.add('cgroup', 'malformed');
  }
  const limits = text('limits');
  if (limits !== undefined) ({ nproc: entry.nprocLimit, nofile: entry.nofileLimit } = parseLimits(limits));
  // The capability counts only in the user namespace of the host: the root of a container has it in its own.
  if (entry.nprocLimit !== undefined && Number.isFinite(entry.nprocLimit) && status && mayExceedNproc(status)) {
    if (isRootOfHost(files.text(`${directory}/uid_map`) ?? '')) entry.nprocLimit = Number.POSITIVE_INFINITY;
  }
  const parent = processes.get(stat.ppid);
  const parentSample = parent && { pid: parent.pid, comm: parent.stat.comm, argv: parent.argv, cgroup: parent.cgroup };
  if (everyCommandLine || needsCommandLine({ ...stat, cgroup: entry.cgroup }, parentSample, launchers)) {
    const argv = readArgv(entry, files, misses);
    if (argv?.join('\0') !== entry.argv?.join('\0')) entry.argv = argv;
  }
}

/** @returns what was known if it cannot be read, as with the other values; undefined if there is none */
function readArgv({ directory, argv }: Entry, files: FileReader, misses: MissCounter): readonly string[] | undefined {
  const words = readCommandLine(directory, files);
  if (words) return words.length > 0 ? words : undefined;
  misses.add('cmdline', files.reason);
  return argv;
}
