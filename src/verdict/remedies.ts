/**
 * What to do about an event, in a few sentences with its numbers and names filled in. One table: the page, the report,
 * JSON lines and Alertmanager take it from here, and a test holds docs/alerts.md to the same words without an event
 * (`remediesInGeneral`). A code without a row does not compile.
 */
import type { AlertCode } from '../model/alerts.ts';
import type { LookedAt } from '../model/look.ts';
import { METRIC_ROWS, RESOURCE_ROWS } from '../model/metrics.ts';
import { formatDuration } from '../text/duration.ts';
import { printable } from '../text/printable.ts';
import { processName } from '../text/process-name.ts';
import { formatCount, formatQuantity, plural } from '../text/quantity.ts';
import type { Cause } from './causes.ts';
import type { Culprit, CulpritEvent } from './culprit.ts';
import { byEvidence } from './report.ts';

/** What leaves descriptors open, by what they are. */
const FD_CAUSES = {
  socket: 'a response whose body is never read or closed, or a client that is made for each request',
  file: 'a close that is missing on an error path',
  pipe: 'children started with pipes that nobody closes',
} as const;

type FdKind = keyof typeof FD_CAUSES;

/** By the first word of the name of a kind, see `Kind.name`. */
const FD_KINDS: readonly (readonly [FdKind, RegExp])[] = [
  ['socket', /^(socket|TCP|UDP|unix)\b/],
  ['pipe', /^pipe\b/],
  ['file', /^(file\b|deleted\b|\/)/],
];

/** What is filled in; where an event does not say it, what stands in the documentation. */
interface Words {
  readonly group: string;
  /** The culprit, and the process that it came from. */
  readonly process: string;
  readonly parent: string;
  readonly pid: string;
  /** What grew most in it: its threads, descriptors or zombies by name. */
  readonly grown?: string;
  readonly children: string;
  readonly orphans: string;
  /** How long it lives. */
  readonly life: string;
  readonly fit: string;
  readonly workers: string;
  readonly limit: string;
  /** How soon, after a verb; '' where no end is in sight. */
  readonly soon: string;
  /** Which of several remedies it is; absent = the first. */
  readonly kind?: 'unseen' | 'shared';
  readonly fd?: FdKind | undefined;
  readonly degraded?: string;
}

const GENERAL: Words = {
  group: 'the group',
  process: 'the process',
  parent: 'the parent',
  pid: 'PID',
  children: 'the children',
  orphans: 'those without a parent',
  life: 'so soon',
  fit: 'as many workers as fit',
  workers: 'all',
  limit: 'the limit',
  soon: ' before the limit is reached',
};

/** What to do about what degrades leakwatch itself. */
export const CAUSE_REMEDIES: Readonly<Record<Cause, string>> = {
  log_lines: 'Find out why the reader of standard output is slow or gone.',
  recording_lines: 'Make room on the disk of the recording.',
  state_writes: 'Make room on the disk of the state, and check its owner.',
  samples_failed: "Look for the reason in leakwatch's own log on standard error.",
  samples_late: 'Give the host more processor time, or leakwatch a longer --interval.',
  sinks: "Look for the reason in leakwatch's own log on standard error.",
  pushes: 'Check the Pushgateway or the Alertmanager.',
  unreadable: 'Run leakwatch as the user of the programs or as root; leakwatch doctor says which files it cannot read.',
  hidden: 'Mount /proc without hidepid, or run leakwatch in the group that may see all.',
  interval: 'Raise --max-cpu or --interval.',
  memory: 'Give leakwatch more memory.',
};

const REMEDIES: Readonly<Record<AlertCode, (words: Words) => string>> = {
  W10: ({ process, grown, ...words }) =>
    `Find out what starts ${grown ?? 'the threads whose name grew most'} in ${process}: an executor, timer or client that is made for each request and never closed, or a wait for a lock or connection without a timeout.${gainTime(words)}`,
  W11: ({ kind, parent, grown, soon }) =>
    kind === 'unseen'
      ? `Restart nothing here: ${grown ?? 'what is dead'} was started from outside of the container, by a health check, a probe or an exec. Look for the one that does it, and update the container's runtime.`
      : `Restart ${parent}${soon}: its zombies go at once. Then find where it starts ${grown ?? 'what is dead'}, and wait for it there.`,
  W12: ({ kind, process, ...words }) =>
    kind === 'shared'
      ? `Look for files in a tmpfs that nobody deletes (df --type=tmpfs) and for segments that nobody removes (ipcs --shmems): a restart does not give them back.`
      : `Take two heap snapshots of ${process} some hours apart and compare them. If the heap is flat, the cause is native code or an allocator that keeps what is freed: with glibc try MALLOC_ARENA_MAX=2.${gainTime(words)}`,
  W13: ({ fd, process, pid, grown, ...words }) => {
    const { socket, file, pipe } = FD_CAUSES;
    const cause = fd ? FD_CAUSES[fd] : `of sockets, ${socket}; of files, ${file}; of pipes, ${pipe}`;
    return `Find out what opens ${grown ?? 'its newest descriptors'} in ${process} and does not close them (ls -l /proc/${pid}/fd): ${cause}.${gainTime(words)}`;
  },
  W14: ({ parent, pid, children, ...words }) =>
    `Look at ${children} of ${parent} (ps --ppid ${pid}): helpers that wait for input that never comes, workers that are forgotten, or shells that hang on a network need an end or a timeout.${gainTime(words)}`,
  W20: ({ group, soon, limit }) =>
    `Decide${soon} whether to restart ${group}, to raise ${limit}, or to take load away.`,
  W21: ({ group, limit }) =>
    `Restart ${group}, which fills ${limit}. Until then new threads and processes fail with EAGAIN, new descriptors with EMFILE, and for want of memory processes are killed.`,
  W30: ({ process, life }) =>
    `Read the last lines of the log of ${process}: they say why it dies ${life}. Then look for what else changed when that began: a release, a variable, a service that it needs at its start.`,
  W31: ({ orphans, parent, pid }) =>
    `Look at ${orphans} (ps -o pid,ppid,lstart,args -p ${pid}) and end what is not needed. So that it does not come back, ${parent} has to stop its children when it ends: send signals to its process group, or set PR_SET_PDEATHSIG in them.`,
  W40: ({ fit, workers }) =>
    `Run ${fit} instead of ${workers}, or give them more memory. A restart helps only until they are warm again.`,
  W41: ({ group }) =>
    `Nothing: the kernel takes these pages back. If the limit kills ${group} all the same, something else fills it: see W12, W20 and W40 of the groups under the same limit.`,
  W50: ({ degraded = 'Look up its cause in the table below.' }) => degraded,
};

/** @returns undefined if the event is over: then there is nothing to do */
export function remedy(event: CulpritEvent): string | undefined {
  return event.at === 'resolved' ? undefined : REMEDIES[event.code](wordsOf(event));
}

/** What the documentation says of a code: its remedies, without an event. */
export function remediesInGeneral(code: AlertCode): readonly string[] {
  const cases: readonly Words[] = [GENERAL, { ...GENERAL, kind: 'unseen' }, { ...GENERAL, kind: 'shared' }];
  return [...new Set(cases.map(REMEDIES[code]))];
}

function wordsOf(event: CulpritEvent): Words {
  const { group, metric, bound, culprit } = event;
  const unit = RESOURCE_ROWS[METRIC_ROWS.get(metric)!.resource].unit;
  const common: Words = {
    ...GENERAL,
    ...(metric === 'shmem' && { kind: 'shared' as const }),
    group: printable(group),
    soon: '',
    ...(bound && { limit: `the limit of ${formatQuantity(bound.limit, unit)}` }),
    ...(culprit && wordsOfCulprit(culprit)),
  };
  return byEvidence<CulpritEvent, Words>(event, {
    growth({ evidence: { exhaustionSeconds: end, parentUnseen } }) {
      const ahead = end !== undefined && { soon: ` within ${formatDuration(end)}` };
      return { ...common, ...ahead, ...(parentUnseen && { kind: 'unseen' }) };
    },
    restarts: ({ evidence: { medianLifeSeconds: life } }) => ({
      ...common,
      ...(life !== undefined && { life: `${formatDuration(life)} after each start` }),
    }),
    orphans: ({ evidence: { orphans } }) => ({
      ...common,
      parent: culprit?.parent ? common.parent : GENERAL.parent,
      ...(orphans !== undefined && { orphans: `the ${plural(orphans, 'process', 'processes')} without a parent` }),
    }),
    overcommit: ({ evidence: { workers, workersFit: fit } }) => ({
      ...common,
      // Where not even one fits, there is no number of workers to advise.
      ...(fit && workers && { fit: plural(fit, 'worker'), workers: formatCount(workers) }),
    }),
    degradation: ({ evidence: { cause } }) => ({ ...common, ...(cause && { degraded: CAUSE_REMEDIES[cause] }) }),
  });
}

function gainTime({ group, soon }: Pick<Words, 'group' | 'soon'>): string {
  return soon === '' ? '' : ` Restart ${group}${soon} to gain time.`;
}

/** How those of a kind are called that a remedy is about. */
const GROWN_LIKE: Readonly<Partial<Record<LookedAt, string>>> = { threads: 'threads named', fds: 'descriptors like' };

/** Of a parent of zombies or of processes, and of an orphan, as of a process that grew. */
function wordsOfCulprit(culprit: Culprit): Partial<Words> {
  const { pid, unseen, children, zombies, parent, look, telling } = culprit;
  const name = processName(culprit);
  const [most] = telling ?? [];
  const [dead] = zombies?.names ?? [];
  const like = look && GROWN_LIKE[look.at];
  const grown =
    like && most ? `${like} ${printable(most.name)} (${formatCount(most.amount)} now)` : dead && printable(dead.name);
  return {
    process: name,
    pid: String(pid),
    // Only an orphan and a process that is restarted have a parent of their own here.
    parent: parent ? processName(parent) : name,
    ...(grown !== undefined && { grown }),
    ...(children !== undefined && { children: `the ${plural(children, 'child', 'children')}` }),
    ...(unseen && { kind: 'unseen' as const }),
    ...(look?.at === 'fds' && most && { fd: FD_KINDS.find(([, names]) => names.test(most.name))?.[0] }),
  };
}
