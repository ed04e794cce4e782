/**
 * Which group each process of a snapshot belongs to. In order: a configured pattern on its command line; the systemd
 * unit or container of its cgroup; else the tree below the top-most process that is not a wrapper, a manager or an
 * ancestor of leakwatch itself. Kernel threads and leakwatch's own tree belong to none. Cost: O(processes) a snapshot.
 */
import { isLookedThrough, programName } from './program.ts';
import { type CgroupMembership, isZombie, type ProcessSample, type Snapshot } from './snapshot.ts';
import { unitOf } from './unit.ts';

export interface GroupPattern {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Where a process belongs, and whether the group begins with it. */
export interface Membership {
  readonly group: string;
  readonly root: boolean;
  /** It was born in the group's tree, lost its parent, and lives on. */
  readonly orphan: boolean;
}

/** What the tracker remembers of a process from the snapshot before; undefined for a new one. */
export type Remembered = (process: ProcessSample) => { readonly group: string; readonly root: boolean } | undefined;

/** `own` marks our own tree; undefined: a kernel thread. */
type Place = Membership | 'own' | undefined;

/**
 * @returns by pid; a process that belongs to no group is absent
 */
export function groupProcesses(
  snapshot: Snapshot,
  patterns: readonly GroupPattern[],
  remembered: Remembered,
): Map<number, Membership> {
  const byPid = new Map<number, ProcessSample>();
  for (const process of snapshot.processes) byPid.set(process.pid, process);
  const own = snapshot.selfPid === undefined ? undefined : byPid.get(snapshot.selfPid);
  const launchers = launchersOf(own?.ppid, (pid) => byPid.get(pid)?.ppid);
  const units = new Map<CgroupMembership, string | undefined>();
  const unitOfProcess = ({ cgroup }: ProcessSample): string | undefined => {
    if (!cgroup) return undefined;
    if (!units.has(cgroup)) units.set(cgroup, unitOf(cgroup.unitPath));
    return units.get(cgroup);
  };
  const ownUnit = own && unitOfProcess(own);
  const names = new Set(patterns.map(({ name }) => name));
  const places = new Map<number, Place>();

  const transparent = (process: ProcessSample): boolean =>
    process.pid === 1 ? !isApplicationInit(process, byPid) : launchers.has(process.pid) || isWrapper(process);

  // The command line of what started us may hold our own, and with it all patterns.
  const patternOf = (process: ProcessSample): GroupPattern | undefined => {
    if (!process.argv || (launchers.has(process.pid) && isWrapper(process))) return undefined;
    const commandLine = process.argv.join(' ');
    return patterns.find(({ pattern }) => pattern.test(commandLine));
  };

  /** Finds the places of a process's ancestors first, in a loop: a line of them may be longer than a stack is deep. */
  const place = (process: ProcessSample): void => {
    const line: ProcessSample[] = [];
    for (let at: ProcessSample | undefined = process; at && !places.has(at.pid); at = byPid.get(at.ppid)) {
      places.set(at.pid, undefined); // a table read while it changes may hold a circle of parents
      line.push(at);
    }
    for (const next of line.reverse()) places.set(next.pid, find(next));
  };

  const find = (process: ProcessSample): Place => {
    if (process.kernel) return undefined;
    const parent = byPid.get(process.ppid);
    const above = places.get(process.ppid);
    if (process === own) return 'own';
    // A zombie is its parent's: it has no command line and, once dead, often no cgroup of its own.
    if (isZombie(process) && above) return above === 'own' ? above : { group: above.group, root: false, orphan: false };
    const pattern = patternOf(process);
    if (pattern) return { group: pattern.name, root: above === 'own' || above?.group !== pattern.name, orphan: false };
    // What we start is shown only where it is asked for, as the demo asks for its leak.
    if (above === 'own') return 'own';
    const unit = unitOfProcess(process);
    if (unit !== undefined && unit !== ownUnit) return { group: unit, root: above?.group !== unit, orphan: false };
    // Only the top of a tree is looked through: a shell that an application starts is the application's.
    if (!parent || !above || (above.root && transparent(parent) && !names.has(above.group))) {
      const before = remembered(process);
      if (before && !before.root) return { group: before.group, root: false, orphan: true };
      return { group: programName(process.argv, process.comm), root: true, orphan: false };
    }
    return { group: above.group, root: false, orphan: above.orphan };
  };

  const result = new Map<number, Membership>();
  for (const process of snapshot.processes) {
    place(process);
    const found = places.get(process.pid);
    if (found !== undefined && found !== 'own') result.set(process.pid, found);
  }
  return result;
}

/**
 * Must the source read this process's command line for us to name or to split its group?
 * @param launchers see `launchersOf`
 */
export function needsCommandLine(
  process: Pick<ProcessSample, 'pid' | 'ppid' | 'kernel'>,
  parent: Pick<ProcessSample, 'pid' | 'comm' | 'argv'> | undefined,
  launchers: ReadonlySet<number>,
): boolean {
  if (process.kernel) return false;
  return process.pid === 1 || !parent || parent.pid === 1 || launchers.has(parent.pid) || isWrapper(parent);
}

/**
 * The processes that started us, which are looked through: shells, `npm start`, a process manager, a test run.
 * @param parent our own parent
 * @param parentOf the parent of a process; undefined where it is not seen
 */
export function launchersOf(
  parent: number | undefined,
  parentOf: (pid: number) => number | undefined,
): ReadonlySet<number> {
  const launchers = new Set<number>();
  for (let at = parent; at && !launchers.has(at); at = parentOf(at)) launchers.add(at);
  return launchers;
}

function isWrapper(process: Pick<ProcessSample, 'comm' | 'argv'>): boolean {
  return isLookedThrough(process.argv, process.comm);
}

/**
 * In a container without an init the application itself is pid 1, and its children are its own. On a host, where
 * kthreadd is pid 2, pid 1 is always an init; elsewhere it is one if it is called so.
 */
function isApplicationInit(init: ProcessSample, byPid: ReadonlyMap<number, ProcessSample>): boolean {
  return !byPid.get(2)?.kernel && !isWrapper(init);
}
