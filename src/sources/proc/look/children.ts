/**
 * The zombies of a process and how they ended, or its living children and what they do: by the program that they ran. Never
 * by its arguments. Which they are is known from the last sample.
 * Source: proc_pid_stat(5), field 52; wait(2). Cost: one or two files for each child, the newest first.
 */
import { readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { Look } from '../../../model/look.ts';
import type { InPortions } from '../../../model/portions.ts';
import { programName } from '../../../model/program.ts';
import { type CgroupLevel, isZombie } from '../../../model/snapshot.ts';
import { missReason } from '../../miss.ts';
import { readCommandLine } from '../command-line.ts';
import { parseStat, type Stat } from '../stat.ts';
import { Activities } from './activity.ts';
import type { LookContext, Seen } from './context.ts';
import { Families } from './families.ts';
import { parseSignals, sigchldRemark } from './signals.ts';

/** What a child did last, or does; undefined if it may not be read, or the budget is used up. */
type StateOf = (child: Stat) => string | undefined;

export function* lookAtZombies(context: LookContext): InPortions<Seen> {
  const children = childrenOf(context, true);
  const status = context.budget.spend() ? context.files.text(`${context.directory}/status`) : undefined;
  const signals = status === undefined ? undefined : parseSignals(status);
  return yield* look(context, {
    children,
    stateOf: (zombie) => endOf(zombie, context),
    unknown: 'how they ended',
    remarks: signals ? [sigchldRemark(signals)] : [],
  });
}

export function* lookAtChildren(context: LookContext): InPortions<Seen> {
  const children = childrenOf(context, false);
  return yield* look(context, {
    children,
    stateOf: ({ pid, state }) =>
      context.budget.spend(0) ? new Activities(context).of(`${context.procfs}/${pid}`, state) : undefined,
    unknown: 'what they do',
    remarks: [],
  });
}

function childrenOf({ processes, pid }: LookContext, zombies: boolean): Stat[] {
  const children: Stat[] = [];
  for (const child of processes) if (child.ppid === pid && isZombie(child) === zombies) children.push(child);
  return children;
}

function* look(
  context: LookContext,
  {
    children,
    stateOf,
    unknown,
    remarks,
  }: {
    readonly children: readonly Stat[];
    readonly stateOf: StateOf;
    readonly unknown: string;
    readonly remarks: readonly string[];
  },
): InPortions<Seen> {
  const families = new Families(context);
  let told = 0;
  for (const child of children.toReversed()) {
    const state = stateOf(child);
    if (state !== undefined) told++;
    families.add({ name: nameOf(child, context), startTicks: child.startTicks, state });
    yield;
  }
  const seen = families.seen();
  const all = [...remarks, ...remarksOn(context, seen)];
  const missing = children.length - told;
  return {
    ...seen,
    ...(all.length > 0 && { remarks: all }),
    ...(missing > 0 && { incomplete: `${unknown} is not known of ${missing} of ${children.length}` }),
  };
}

/** The program that a child runs or ran, with the name of its process where that is another: `worker (python3)`. */
function nameOf(child: Stat, { procfs, files, budget, entryOf }: LookContext): string {
  const { comm, pid } = child;
  let words = entryOf(pid)?.argv;
  if (words === undefined && !isZombie(child) && budget.spend()) words = readCommandLine(`${procfs}/${pid}`, files);
  if (!words?.length) return comm;
  const program = programName(words, comm, pid);
  if (comm.startsWith(program)) return comm;
  return program.startsWith(comm) ? program : `${program} (${comm})`;
}

function endOf({ pid, startTicks }: Stat, { procfs, files, budget }: LookContext): string | undefined {
  if (!budget.spend()) return undefined;
  const directory = `${procfs}/${pid}`;
  const length = files.read(`${directory}/stat`);
  if (length < 0 || parseStat(files.buffer, length)?.startTicks !== startTicks) return undefined;
  const status = parseExitStatus(files.buffer.toString('latin1', 0, length));
  // It is 0 as well for whoever may not know it. The link asks the kernel the same; a zombie has no program any more.
  if (status === 0 && !(budget.spend() && mayBeRead(`${directory}/exe`))) return undefined;
  return status === undefined ? undefined : describeEnd(status);
}

function mayBeRead(link: string): boolean {
  try {
    readlinkSync(link);
    return true;
  } catch (error) {
    return missReason(error) === 'vanished';
  }
}

/**
 * How a zombie ended, as wait(2) would tell it.
 * @param text content of /proc/PID/stat
 * @returns undefined if there is no such field (before Linux 3.5), or it is no status
 * @example parseExitStatus('7 (a) Z ' + '0 '.repeat(48) + '768\n') // => 768
 */
export function parseExitStatus(text: string): number | undefined {
  // Fields are counted from the first one behind the name, which is the third.
  const field =
    text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ', 50)[49]
      ?.trimEnd() ?? '';
  return /^\d{1,5}$/.test(field) && Number(field) <= 0xffff ? Number(field) : undefined;
}

/** The first one of several names: SIGABRT, and not SIGIOT. */
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number as number, name]),
);

/**
 * @param status as in wait(2): the signal in the low seven bits, or 0 and the exit code in the high byte
 * @example describeEnd(0x300) // => 'exited with 3'
 * @example describeEnd(9) // => 'killed by SIGKILL'
 */
export function describeEnd(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exited with ${status >> 8}` : `killed by ${SIGNALS.get(signal) ?? `signal ${signal}`}`;
}

/** What is known of the parent beside its children: why they may have been killed, and whose child it is. */
function remarksOn({ pid, entryOf, cgroupLevels }: LookContext, { kinds }: Pick<Look, 'kinds'>): string[] {
  const { stat, cgroup } = entryOf(pid) ?? {};
  const parent = stat && entryOf(stat.ppid)?.stat;
  const areKilled = kinds.some(({ states }) => states?.some(({ name }) => name === KILLED));
  const kills = areKilled && cgroup ? oomKillsOf(cgroupLevels.get(cgroup)) : undefined;
  return [
    ...(kills ? [`is in a cgroup in which the kernel has killed ${kills} for want of memory`] : []),
    ...(parent ? [`is a child of ${parent.comm} (pid ${parent.pid})`] : []),
  ];
}

const KILLED = 'killed by SIGKILL';

/** Since there is the cgroup. */
function oomKillsOf(levels: readonly CgroupLevel[] = []): number | undefined {
  return levels.find(({ oomKillsEver }) => oomKillsEver !== undefined)?.oomKillsEver;
}
