/**
 * `leakwatch snapshot --explain GROUP`: a look on demand, with or without a finding, at the processes of a group that hold
 * most. One look says what there is, not what grows; the starts of threads and children tell a rhythm all the same.
 */
import { suggestion } from '../config/closest.ts';
import { amountSeen, type Kind, type Look, type LookedAt, type LookedAtProcess } from '../model/look.ts';
import { METRIC_ROWS, type Metric } from '../model/metrics.ts';
import { finish } from '../model/portions.ts';
import type { TrackedSnapshot, Tracker } from '../model/tracker.ts';
import type { Source } from '../sources/source.ts';
import { printable } from '../text/printable.ts';
import { processName } from '../text/process-name.ts';
import { formatQuantity } from '../text/quantity.ts';
import { kindText } from '../verdict/evidence-text.ts';
import { evidenceOf, meaningOf, type TellingKind } from '../verdict/look-evidence.ts';
import { UNSEEN_PARENT } from '../verdict/sentence.ts';
import { Failure } from './invocation.ts';

/** Kinds that are printed of one process; chosen: a screen has room for five looks. JSON has all. */
const MOST_KINDS = 10;
/** What is less says nothing of the process; chosen: a tenth of all, eight things, a megabyte. */
const LEAST_MEANT = { share: 0.1, count: 8, bytes: 1024 * 1024 };
/** Before any process: whatever started later is told when it started. */
const EVER = 0;

interface Witnesses {
  readonly tracked: TrackedSnapshot;
  readonly tracker: Tracker;
  readonly source: Source;
}

/** A kind with what growth of it means, where the tables have something on it and there is much of it. */
type ExplainedKind = Omit<Kind, 'newer'> & Pick<TellingKind, 'meaning'>;

/** What was seen of one process. */
interface Explained {
  readonly at: LookedAt;
  readonly metric: Metric;
  readonly pid: number;
  readonly comm: string;
  /** The parent of these zombies is outside of what can be seen. */
  readonly unseen?: true;
  /** What it has of the metric, and what the group has. */
  readonly amount: number;
  readonly ofGroup: number | undefined;
  readonly look?: Pick<Look, 'rest' | 'remarks' | 'incomplete'> & { readonly kinds: readonly ExplainedKind[] };
  readonly rhythm?: string;
}

type Held = Pick<Explained, 'pid' | 'comm' | 'amount' | 'unseen'>;

/** Whose threads, descriptors ... are looked at; undefined where nobody has any. */
const HOLDERS: Readonly<Record<LookedAt, readonly [Metric, (tracker: Tracker, group: string) => Held | undefined]>> = {
  threads: ['threads', mostOf('threads')],
  fds: ['fds', mostOf('fds')],
  memory: ['rss', mostOf('rss')],
  zombies: [
    'zombies',
    (tracker, group) => {
      const parent = tracker.growingZombieParent(group, undefined);
      if (!parent) return undefined;
      const { pid, comm, zombies, unseen } = parent;
      return { pid, comm, amount: zombies, ...(unseen && { unseen }) };
    },
  ],
  children: [
    'processes',
    (tracker, group) => {
      const parent = tracker.growingParent(group, undefined);
      return parent && { pid: parent.pid, comm: parent.comm, amount: parent.children };
    },
  ],
};

/** @throws {Failure} if there is no such group, or nothing can be looked at on this host */
export function explain(group: string, { tracked, tracker, source }: Witnesses) {
  const { groups, t } = tracked.readings;
  const values = groups.get(group)?.values;
  if (!values) {
    const names = [...groups.keys()].sort();
    const list = names.map(printable).join(', ');
    throw new Failure(
      `no group is called ${printable(group)}${printable(suggestion(group, names))} The groups are: ${list}`,
    );
  }
  if (!source.look) throw new Failure('there is no /proc on this host: nothing of a process can be looked at');
  const looks = (Object.keys(HOLDERS) as LookedAt[]).flatMap((at): Explained[] => {
    const [metric, holderIn] = HOLDERS[at];
    const holder = holderIn(tracker, group);
    if (!holder) return [];
    const target = tracker.toLookAt(group, holder.pid, at);
    return [{ at, metric, ...holder, ofGroup: values[metric], ...(target && lookAt(source, target)) }];
  });
  return { t, source: source.name, group, looks };
}

function lookAt(source: Source, target: LookedAtProcess): Pick<Explained, 'look' | 'rhythm'> {
  // The first look takes many times as long, because its code is not compiled yet: its budget does not reach far.
  finish(source.look!({ ...target, since: EVER }));
  const look = finish(source.look!({ ...target, since: EVER }));
  const { rhythm } = evidenceOf(look, look, (time) => time);
  const { starts: _, t: __, at, kinds, ...rest } = look;
  const least = Math.max(LEAST_MEANT.share * amountSeen(look), at === 'memory' ? LEAST_MEANT.bytes : LEAST_MEANT.count);
  return {
    look: {
      // That they are newer than any growth says nothing.
      kinds: kinds.flatMap(({ newer: ___, ...kind }) => {
        const meaning = kind.amount >= least ? meaningOf(at, kind) : undefined;
        return kind.amount === 0 ? [] : [{ ...kind, ...(meaning !== undefined && { meaning }) }];
      }),
      ...rest,
    },
    ...(rhythm !== undefined && { rhythm }),
  };
}

function mostOf(metric: Metric): (tracker: Tracker, group: string) => Held | undefined {
  const ofProcess = METRIC_ROWS.get(metric)!.ofProcess!;
  return (tracker, group) => {
    let most: Held | undefined;
    for (const process of tracker.living(group)) {
      const amount = ofProcess(process);
      if (amount !== undefined && amount > (most?.amount ?? 0)) most = { pid: process.pid, comm: process.comm, amount };
    }
    return most;
  };
}

export function explainedInWords({ group, looks }: ReturnType<typeof explain>): string {
  const lines = looks.flatMap(linesOf);
  return `${[printable(group), ...(lines.length > 0 ? lines : ['  nothing that could be looked at'])].join('\n')}\n`;
}

function linesOf(explained: Explained): readonly string[] {
  const { at, metric, unseen, amount, ofGroup, look, rhythm } = explained;
  const { unit, title } = METRIC_ROWS.get(metric)!;
  const who = unseen ? UNSEEN_PARENT : processName(explained);
  const of = ofGroup === undefined || ofGroup === amount ? '' : ` of ${formatQuantity(ofGroup, unit)}`;
  const has = at === 'zombies' ? 'has not waited for' : at === 'children' ? 'is the parent of' : 'has';
  const head = `${title}: ${who} ${has} ${formatQuantity(amount, unit)}${of}`;
  if (!look) return [head];
  const { kinds, rest = 0, remarks = [], incomplete } = look;
  const shown = kinds.slice(0, MOST_KINDS);
  const more = amountSeen({ kinds: kinds.slice(MOST_KINDS), rest });
  const said = new Set<string>();
  const ofKinds = shown.flatMap((kind) => {
    const { meaning } = kind;
    const isNew = meaning !== undefined && !said.has(meaning);
    if (isNew) said.add(meaning);
    return [`  ${kindText(kind, at)}`, ...(isNew ? [`      If this grows: ${meaning}`] : [])];
  });
  return [
    head,
    ...ofKinds,
    ...(more > 0 ? [`  ${formatQuantity(more, unit)} of other kinds: see --json`] : []),
    ...(rhythm === undefined ? [] : [`  They came ${rhythm}.`]),
    ...remarks.map((remark) => `  It ${printable(remark)}.`),
    ...(incomplete === undefined ? [] : [`  Not all could be seen: ${printable(incomplete)}.`]),
  ];
}
