/**
 * `leakwatch doctor`: what can and cannot be seen from here, and whether two other programs see the same. Each finding
 * is ok, a warning that says what is missing and what to do, or a failure that makes watching pointless.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import pidusage from 'pidusage';
import psList from 'ps-list';
import { splitMissKey } from '../model/misses.ts';
import { isZombie, type ProcessSample, type Snapshot } from '../model/snapshot.ts';
import { Tracker } from '../model/tracker.ts';
import { identify } from '../sources/identity.ts';
import { openSource } from '../sources/open.ts';
import { paint } from '../terminal/paint.ts';
import { formatBytes } from '../text/quantity.ts';
import type { Invocation } from './invocation.ts';

type Status = 'ok' | 'warning' | 'failure';

interface Finding {
  readonly status: Status;
  readonly what: string;
  readonly says: string;
}

/** Processes whose memory is compared with the second opinion. */
const MOST_COMPARED = 50;

export async function runDoctor({ config, flags, stdout, env, version }: Invocation): Promise<number> {
  const findings: Finding[] = [];
  const add = (status: Status, what: string, says: string): void => void findings.push({ status, what, says });
  add('ok', 'leakwatch', `${version}, Node ${process.versions.node}, ${process.platform} ${release()}`);
  try {
    const source = openSource({ procfs: config.procfs, everyCommandLine: false });
    const snapshot = await source.sample();
    if (source.name === 'proc') {
      add('ok', 'source', `${config.procfs}, ${snapshot.processes.length} processes`);
      examineVisibility(snapshot, config.procfs, add);
    } else {
      add(
        'warning',
        'source',
        'no /proc here: ps tells processes and memory, but no threads, zombies, descriptors or limits',
      );
    }
    examineLimits(snapshot, add);
    if (config.procfs === '/proc') await compare(snapshot, source.sample.bind(source), add);
  } catch (error) {
    add('failure', 'source', (error as Error).message);
  }
  const { source, dyno } = identify({ source: config.source, env });
  add('ok', 'log lines', `source=${source} dyno=${dyno}`);
  stdout.write(flags.json ? `${JSON.stringify({ findings }, undefined, 2)}\n` : inWords(findings, paint(stdout, env)));
  return findings.some(({ status }) => status === 'failure') ? 1 : 0;
}

type Add = (status: Status, what: string, says: string) => void;

function examineVisibility(snapshot: Snapshot, procfs: string, add: Add): void {
  const hidden = hidepidOf(procfs);
  if (hidden !== undefined && hidden !== '0' && hidden !== 'off') {
    const remedy = 'run leakwatch as root, with CAP_SYS_PTRACE, or in the group of the mount option gid=';
    add(
      'warning',
      'hidepid',
      `${procfs} is mounted with hidepid=${hidden}: processes of other users are not seen; ${remedy}`,
    );
  }
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
      `${what} of ${count} processes may not be read and stay unknown; run leakwatch as their user or as root`,
    );
  }
  for (const { key, count } of unreadable) add('warning', 'unreadable', `${count} x ${key}`);
  const { tasks } = new Tracker({ patterns: [], maxGroups: 1 }).track(snapshot);
  if (tasks !== undefined && snapshot.host.tasks !== undefined) {
    const seen = `${tasks} of the ${snapshot.host.tasks} tasks that the kernel counts`;
    // Tasks come and go while the table is read.
    if (tasks >= 0.8 * snapshot.host.tasks) add('ok', 'tasks', `${seen} are seen`);
    else
      add(
        'warning',
        'tasks',
        `only ${seen} are seen: this is a container, or processes are hidden; the host's own limits cannot be watched from here`,
      );
  }
}

function hidepidOf(procfs: string): string | undefined {
  try {
    const line = readFileSync(`${procfs}/self/mountinfo`, 'utf8')
      .split('\n')
      .findLast((entry) => entry.split(' ')[4] === procfs);
    return line && /[ ,]hidepid=(\w+)/.exec(line)?.[1];
  } catch {
    return undefined;
  }
}

function examineLimits(snapshot: Snapshot, add: Add): void {
  const { bounds } = new Tracker({ patterns: [], maxGroups: 1 }).track(snapshot).readings;
  const { threads, memory, fds } = bounds;
  if (threads) add('ok', 'thread limit', `${threads.used} of ${threads.limit} tasks`);
  else add('warning', 'thread limit', 'none can be read: no forecast of when threads and processes run out');
  if (memory) add('ok', 'memory limit', `${formatBytes(memory.used)} of ${formatBytes(memory.limit)}`);
  else add('warning', 'memory limit', 'none can be read: no forecast of when memory runs out');
  if (fds) add('ok', 'descriptor limit', `${fds.used} of ${fds.limit} in the process nearest to its own`);
  else add('warning', 'descriptor limit', 'none can be read: no forecast of when descriptors run out');
}

/** Does ps see the same processes, and pidusage the same memory? What started or ended between the two looks is no matter. */
async function compare(before: Snapshot, sample: () => Promise<Snapshot>, add: Add): Promise<void> {
  let listed: Awaited<ReturnType<typeof psList>>;
  try {
    listed = await psList();
  } catch (error) {
    add('warning', 'second opinion', `ps cannot be asked: ${firstLine(error)}`);
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
  // ps itself, and whatever came and went in between, is in neither of our looks.
  const younger = unseen.filter(
    ({ startTime }) => startTime !== undefined && startTime.getTime() / 1000 >= before.t - 2,
  );
  if (missed.length === 0 && unseen.length === younger.length)
    add('ok', 'second opinion', `ps sees the same ${ours.length} processes`);
  else
    add(
      'warning',
      'second opinion',
      `${missed.length} processes are unknown to ps, ${unseen.length - younger.length} are known only to it`,
    );

  const some = ours.filter((process) => !process.kernel && !isZombie(process)).slice(0, MOST_COMPARED);
  const apart: string[] = [];
  for (const { pid, rssBytes } of some) {
    try {
      const { memory } = await pidusage(pid);
      // Memory moves between two looks; a page more or less says nothing.
      if (rssBytes !== undefined && Math.abs(memory - rssBytes) > Math.max(1 << 20, 0.1 * rssBytes))
        apart.push(String(pid));
    } catch {
      // It has ended.
    }
  }
  pidusage.clear();
  if (apart.length === 0) add('ok', 'second opinion', `pidusage measures the same memory for ${some.length} processes`);
  else add('warning', 'second opinion', `pidusage measures other memory for pid ${apart.join(', ')}`);
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0]!;
}

const MARKS = { ok: 'ok     ', warning: 'warning', failure: 'failure' } as const;
const COLOURS = { ok: 'green', warning: 'yellow', failure: 'red' } as const;

function inWords(findings: readonly Finding[], colour: ReturnType<typeof paint>): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map(({ status, what, says }) => `${colour(COLOURS[status], MARKS[status])}  ${what.padEnd(width)}  ${says}\n`)
    .join('');
}
