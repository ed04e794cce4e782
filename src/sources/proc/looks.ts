/**
 * Looks at what of a process seldom changes: uid, cgroup, limits, and the command line where a group may be named by it.
 * At first sight and after an exec; again soon where the process is young, because that is when it is put into its cgroup,
 * given its limits and writes its title; and after that so seldom that the cost dies out.
 */
import { needsCommandLine } from '../../model/grouping.ts';
import type { CgroupSource } from '../cgroup/cgroup-source.ts';
import type { MissCounter } from '../miss.ts';
import type { Turns } from '../turns.ts';
import type { FileReader } from './file.ts';
import { parseLimits } from './limits.ts';
import type { Entry, ProcessTable } from './process-table.ts';
import { parseRealUid } from './status.ts';

/** Seconds after its start that a process is young. */
const YOUNG_SECONDS = 60;
/** A young one is looked at again at its second sight, and then whenever it has been seen this many times as often. */
const LESS_OFTEN = 8;
/** The most sights between two looks. */
const LONGEST = 1024;
/** Bytes of a command line that are read: its beginning names the program. */
const COMMAND_LINE_BYTES = 4096;

export interface Looks {
  readonly processes: Pick<ProcessTable, 'entries' | 'get'>;
  readonly files: FileReader;
  readonly cgroups: CgroupSource;
  /** Read every command line, because a configured pattern may match any. */
  readonly everyCommandLine: boolean;
  /** See `launchersOf`. */
  readonly launchers: ReadonlySet<number>;
  /** Now on the clock that process starts are counted in; undefined where it is unknown. */
  readonly clockTicks: number | undefined;
  readonly ticksPerSecond: number;
  readonly misses: MissCounter;
}

/** Looks at every process whose time has come. */
export async function takeLooks(looks: Looks, turns: Turns): Promise<void> {
  const { entries } = looks.processes;
  // By index: an iterator makes an object for each of thousands of processes.
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]!;
    if (entry.sights < entry.nextLook) continue;
    lookFromTheTop(entry, looks);
    if (turns.over()) await turns.next();
  }
}

/** The parent first: whether a command line is needed depends on what the parent runs. */
function lookFromTheTop(entry: Entry, looks: Looks): void {
  const pending = new Set<Entry>();
  // A table read while it changes may hold a circle of parents: a process is pending once.
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
  // Those that were there long before us are all first seen in our first sample: their next looks are spread.
  if (sights === 1) return since === 1 && age > YOUNG_SECONDS ? LONGEST / 2 + (pid % (LONGEST / 2)) : 2;
  return Math.min(sights * LESS_OFTEN, sights + LONGEST) + (pid % LESS_OFTEN);
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
  if (status !== undefined) entry.uid = parseRealUid(status);
  const cgroup = text('cgroup');
  if (cgroup !== undefined) entry.cgroup = cgroups.membership(cgroup);
  const limits = text('limits');
  if (limits !== undefined) ({ nproc: entry.nprocLimit, nofile: entry.nofileLimit } = parseLimits(limits));
  const parent = processes.get(stat.ppid);
  const parentSample = parent && { pid: parent.pid, comm: parent.stat.comm, argv: parent.argv };
  if (everyCommandLine || needsCommandLine(stat, parentSample, launchers)) {
    const argv = readArgv(directory, files, misses);
    if (argv?.join('\0') !== entry.argv?.join('\0')) entry.argv = argv;
  }
}

function readArgv(directory: string, files: FileReader, misses: MissCounter): readonly string[] | undefined {
  const length = files.read(`${directory}/cmdline`, { most: COMMAND_LINE_BYTES });
  if (length < 0) {
    misses.add('cmdline', files.reason);
    return undefined;
  }
  let end = length;
  while (end > 0 && files.buffer[end - 1] === 0) end--; // a title written over the arguments is padded with zeros
  return end === 0 ? undefined : files.buffer.toString('utf8', 0, end).split('\0');
}
