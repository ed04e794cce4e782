/**
 * `leakwatch doctor`: what leakwatch can and cannot see on this host, and whether ps and pidusage see the same. Each
 * check is ok, a warning that says what is missing and what to do, or a failure that makes watching pointless.
 */
import { release } from 'node:os';
import pidusage from 'pidusage';
import psList from 'ps-list';
import { RESOURCES, type Resource } from '../model/metrics.ts';
import { splitMissKey } from '../model/misses.ts';
import { isZombie, type ProcessSample, type Snapshot } from '../model/snapshot.ts';
import { Tracker } from '../model/tracker.ts';
import { identify } from '../sources/identity.ts';
import { openSource } from '../sources/open.ts';
import { deniedLooks } from '../sources/proc/look/access.ts';
import { paint } from '../terminal/paint.ts';
import { limitOwner } from '../text/limit-owner.ts';
import { escapeJson, printable } from '../text/printable.ts';
import { plural } from '../text/quantity.ts';
import { isReached } from '../verdict/limit-standing.ts';
import { limitInWords } from '../verdict/sentence.ts';
import type { Invocation } from './invocation.ts';

type Status = 'ok' | 'warning' | 'failure';

interface Check {
  readonly status: Status;
  readonly what: string;
  readonly says: string;
}

/** Processes whose memory is compared. Chosen: enough to show a difference that concerns all of them. */
const MOST_COMPARED = 50;
/** Visible share of the tasks that the kernel counts. Chosen: tasks come and go while the table is read. */
const LEAST_SEEN_SHARE = 0.8;
/** ps gives start times in whole seconds, rounded either way: proc_pid_stat(5), starttime and btime. */
const START_TIME_SECONDS = 2;
/** Chosen: memory changes between the two samples, so that 1 MB or a tenth of it is no difference. */
const LEAST_DIFFERENCE_BYTES = 1 << 20;
const DIFFERENCE_SHARE = 0.1;

export async function runDoctor({ config, flags, stdout, env, version }: Invocation): Promise<number> {
  const checks: Check[] = [];
  const add = (status: Status, what: string, says: string): void => void checks.push({ status, what, says });
  add('ok', 'leakwatch', `${version}, Node ${process.versions.node}, ${process.platform} ${release()}`);
  try {
    const source = openSource({ procfs: config.procfs, everyCommandLine: false });
    const snapshot = await source.sample();
    if (source.name === 'proc') {
      add('ok', 'source', `${config.procfs}, ${plural(snapshot.processes.length, 'process', 'processes')}`);
      examineVisibility(snapshot, source.hidden, add);
      examineLooks(snapshot, config.procfs, add);
    } else {
      add(
        'warning',
        'source',
        'no /proc on this host: ps gives processes and memory, but no threads, zombies, descriptors or limits',
      );
    }
    examineLimits(snapshot, add);
    if (config.procfs === '/proc') await compare(snapshot, source.sample.bind(source), add);
  } catch (error) {
    add('failure', 'source', (error as Error).message);
  }
  const { source, dyno } = identify({ source: config.source, env });
  add('ok', 'log lines', `source=${source} dyno=${dyno}`);
  stdout.write(
    flags.json
      ? `${escapeJson(JSON.stringify({ findings: checks }, undefined, 2))}\n`
      : inWords(checks, paint(stdout, env)),
  );
  return checks.some(({ status }) => status === 'failure') ? 1 : 0;
}

type Add = (status: Status, what: string, says: string) => void;

function examineVisibility(snapshot: Snapshot, hidden: string | undefined, add: Add): void {
  if (hidden !== undefined) add('warning', 'hidepid', hidden);
  const misses = [...snapshot.misses].map(([key, count]) => ({ key, count, ...splitMissKey(key) }));
  const denied = misses.filter(({ reason }) => reason === 'denied');
  // A process that vanishes while it is read has ended, which is no fault.
  const unreadable = misses.filter(({ reason }) => reason !== 'denied' && reason !== 'vanished');
  if (denied.length === 0) {
    const isWhole = unreadable.length === 0;
    add('ok', 'permissions', isWhole ? 'everything that is counted can be read' : 'nothing is denied');
  }
  for (const { what, count } of denied) {
    add(
      'warning',
      'permissions',
      `access to ${what} of ${plural(count, 'process', 'processes')} is denied, so it stays unknown; run leakwatch as their user or as root`,
    );
  }
  for (const { key, count } of unreadable) add('warning', 'unreadable', `${count} x ${key}`);
  const { tasks } = new Tracker({ patterns: [], maxGroups: 1 }).track(snapshot);
  if (tasks !== undefined && snapshot.host.tasks !== undefined) {
    // Tasks come and go between the two counts.
    const all = Math.max(tasks, snapshot.host.tasks);
    const seen = `${tasks} of the ${all} tasks that the kernel counts`;
    // Chosen: tasks come and go while the table is read, but a container sees far less than this share.
    if (tasks >= LEAST_SEEN_SHARE * snapshot.host.tasks) add('ok', 'tasks', `${seen} are visible`);
    else
      add(
        'warning',
        'tasks',
        `only ${seen} are visible: this is a container, or processes are hidden; the limits of the host cannot be watched from here`,
      );
  }
}

/** What looks at processes of other users see, tried on the first process and one of another user. */
function examineLooks({ processes, selfPid }: Snapshot, procfs: string, add: Add): void {
  const own = processes.find(({ pid }) => pid === selfPid)?.uid;
  const living = processes.filter((process) => !process.kernel && !isZombie(process));
  const others = living.filter(({ pid, uid }) => pid !== 1 && uid !== own);
  const tried = [...living.filter(({ pid }) => pid === 1), ...others.slice(0, 1)];
  for (const { pid, comm, uid } of tried) {
    const isOwn = uid === own;
    const who = `pid ${pid} (${printable(comm)}, ${isOwn ? 'our own user' : `user ${uid ?? 'unknown'}`})`;
    const denied = deniedLooks(procfs, pid);
    if (denied.length === 0) add('ok', 'looks', `the kinds of descriptors, memory and waits of ${who} can be read`);
    else
      add(
        'warning',
        'looks',
        `${denied.join(', ')} of ${who} may not be read, so that a finding is told without them; ${isOwn ? 'the process or the host forbids it' : 'run leakwatch as that user, as root or with CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE'}`,
      );
  }
}

function examineLimits(snapshot: Snapshot, add: Add): void {
  const { bounds } = new Tracker({ patterns: [], maxGroups: 1 }).track(snapshot).readings;
  for (const resource of RESOURCES) {
    const [what, end] = LIMIT_WORDS[resource];
    const bound = bounds[resource];
    if (!bound) {
      add('warning', what, `not readable: no forecast of when ${end}`);
      continue;
    }
    const use = limitInWords(bound, resource);
    if (isReached(resource, bound)) add('warning', what, `${use}: the limit is reached`);
    else add('ok', what, use);
  }
  const levels = new Map([...snapshot.cgroups.values()].flat().map((level) => [level.path, level]));
  for (const { path, refusedForksEver, oomKillsEver } of levels.values()) {
    const where = `in ${limitOwner(path)} since it was made, by its own limit or one above that cannot be seen`;
    if (refusedForksEver)
      add('warning', 'thread limit', `${plural(refusedForksEver, 'fork was', 'forks were')} refused ${where}`);
    if (oomKillsEver)
      add('warning', 'memory limit', `${plural(oomKillsEver, 'process was', 'processes were')} killed ${where}`);
  }
}

const LIMIT_WORDS: Readonly<Record<Resource, readonly [what: string, end: string]>> = {
  threads: ['thread limit', 'threads and processes run out'],
  memory: ['memory limit', 'memory runs out'],
  fds: ['descriptor limit', 'descriptors run out'],
};

/**
 * Compares the processes with those of ps, and their memory with pidusage. Ignores those that start or end meanwhile.
 */
async function compare(before: Snapshot, sample: () => Promise<Snapshot>, add: Add): Promise<void> {
  let listed: Awaited<ReturnType<typeof psList>>;
  try {
    listed = await psList();
  } catch (error) {
    add('warning', 'second opinion', `ps failed: ${firstLine(error)}`);
    return;
  }
  const after = await sample();
  const identity = ({ pid, startTicks }: ProcessSample): string => `${pid}:${startTicks}`;
  const lasting = new Set(before.processes.map(identity));
  const ours = after.processes.filter((process) => lasting.has(identity(process)));
  const theirs = new Set(listed.map(({ pid }) => pid));
  const missed = ours.filter(({ pid }) => !theirs.has(pid));
  const seen = new Set([...before.processes, ...after.processes].map(({ pid }) => pid));
  const unseen = listed.filter(({ pid }) => !seen.has(pid));
  // ps itself, and processes that lived only between the two samples, are in neither of them.
  const younger = unseen.filter(
    ({ startTime }) => startTime !== undefined && startTime.getTime() / 1000 >= before.t - START_TIME_SECONDS,
  );
  if (missed.length === 0 && unseen.length === younger.length)
    add('ok', 'second opinion', `ps sees the same ${plural(ours.length, 'process', 'processes')}`);
  else
    add(
      'warning',
      'second opinion',
      `unknown to ps: ${plural(missed.length, 'process', 'processes')}; known only to ps: ${unseen.length - younger.length}`,
    );

  const compared = ours.filter((process) => !process.kernel && !isZombie(process)).slice(0, MOST_COMPARED);
  const differing: string[] = [];
  for (const { pid, rssBytes } of compared) {
    try {
      const { memory } = await pidusage(pid);
      if (
        rssBytes !== undefined &&
        Math.abs(memory - rssBytes) > Math.max(LEAST_DIFFERENCE_BYTES, DIFFERENCE_SHARE * rssBytes)
      )
        differing.push(String(pid));
    } catch {
      // The process has ended.
    }
  }
  pidusage.clear();
  if (differing.length === 0)
    add(
      'ok',
      'second opinion',
      `pidusage measures the same memory for ${plural(compared.length, 'process', 'processes')}`,
    );
  else add('warning', 'second opinion', `pidusage measures other memory for pid ${differing.join(', ')}`);
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0]!;
}

const MARKS = { ok: 'ok     ', warning: 'warning', failure: 'failure' } as const;
const COLOURS = { ok: 'green', warning: 'yellow', failure: 'red' } as const;

function inWords(checks: readonly Check[], colour: ReturnType<typeof paint>): string {
  const width = Math.max(...checks.map(({ what }) => what.length));
  return checks
    .map(({ status, what, says }) => `${colour(COLOURS[status], MARKS[status])}  ${what.padEnd(width)}  ${says}\n`)
    .join('');
}
