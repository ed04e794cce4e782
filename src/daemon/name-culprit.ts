/**
 * Names the culprit of an event: the tracker says which process grew, the case files what was seen of it. An event that
 * stands is named again at each sample, so that its numbers are those of now.
 */
import { ALERTS } from '../model/alerts.ts';
import { type CountedMetric, METRIC_ROWS } from '../model/metrics.ts';
import type { InPortions } from '../model/portions.ts';
import type { ProcessSample } from '../model/snapshot.ts';
import type { Tracker } from '../model/tracker.ts';
import type { Source } from '../sources/source.ts';
import type { Culprit, CulpritEvent, NamedEvent } from '../verdict/culprit.ts';
import type { LookEvidence } from '../verdict/look-evidence.ts';
import { remedy } from '../verdict/remedies.ts';
import { byEvidence, type Event } from '../verdict/report.ts';
import { sentence } from '../verdict/sentence.ts';
import { weighWorkers } from '../verdict/workers.ts';
import type { CaseFiles, Moment, Suspect } from './case-files.ts';

export interface Witnesses {
  readonly tracker: Tracker;
  readonly source: Pick<Source, 'memoryShare'>;
  readonly files: CaseFiles;
}

/** Processes of a group that are weighed: a server with more workers has alike ones, and each takes milliseconds. */
const MOST_WEIGHED = 64;

/** Of an event that is news: takes a look at its culprit. */
export function* nameCulprit(told: Event, moment: Moment, witnesses: Witnesses): InPortions<NamedEvent> {
  const event = weigh(told, witnesses);
  const culprit = event.at === 'resolved' ? undefined : findCulprit(event, witnesses.tracker);
  const suspect = culprit && suspectOf(event, culprit, witnesses.tracker);
  return named(event, culprit, suspect && (yield* witnesses.files.look(suspect, moment)));
}

/**
 * Names the culprits of events that stand again. One of the processes may be looked at.
 * @param standing with the numbers of now
 */
export function* nameAgain(
  standing: readonly CulpritEvent[],
  moment: Moment,
  { tracker, files }: Omit<Witnesses, 'source'>,
): InPortions<readonly NamedEvent[]> {
  const found: {
    readonly event: CulpritEvent;
    readonly culprit: Culprit | undefined;
    readonly suspect: Suspect | undefined;
  }[] = [];
  for (const event of standing) {
    const culprit = findCulprit(event, tracker, event.culprit?.pid) ?? lasting(event.culprit, tracker);
    found.push({ event, culprit, suspect: culprit && suspectOf(event, culprit, tracker) });
    yield;
  }
  yield* files.renew(
    found.flatMap(({ suspect }) => suspect ?? []),
    moment,
  );
  return found.map(({ event, culprit, suspect }) => named(event, culprit, suspect && files.known(suspect)));
}

function named(
  { culprit: _, ...event }: CulpritEvent,
  found: Culprit | undefined,
  seen: LookEvidence | undefined,
): NamedEvent {
  const whole = (found ? { ...event, culprit: { ...found, ...seen } } : event) as CulpritEvent;
  const todo = remedy(whole);
  return { ...whole, text: sentence(whole), ...(todo !== undefined && { todo }) };
}

/** A culprit that is none at this moment, as a parent that has waited for all its children: who it was, and no number. */
function lasting(told: Culprit | undefined, tracker: Tracker): Culprit | undefined {
  if (!told || !tracker.isSeen(told.pid)) return undefined;
  const { pid, comm, parent } = told;
  return { pid, comm, ...(parent && { parent }) };
}

/** @param told pid of the culprit that was told before */
function findCulprit(event: Event, tracker: Tracker, told?: number): Culprit | undefined {
  return byEvidence<Event, Culprit | undefined>(event, {
    growth: (growth) => culpritOf(growth, tracker, told),
    overcommit: (overcommit) => culpritOf(overcommit, tracker, told),
    restarts({ group }) {
      const root = tracker.root(group);
      return root && withParent(root.sample, root.parent?.sample);
    },
    orphans({ group }) {
      const orphan = tracker.oldestOrphan(group);
      return orphan && withParent(orphan.process.sample, orphan.parent);
    },
    degradation: () => undefined,
  });
}

/** Where workers do not fit, measures what each of them holds alone: forked workers share much of their memory. */
function weigh(event: Event, { tracker, source }: Witnesses): Event {
  if (event.code !== 'W40' || event.at === 'resolved' || !event.bound || !source.memoryShare) return event;
  const processes = tracker.living(event.group);
  if (processes.length > MOST_WEIGHED) return event;
  const shares = processes.flatMap((process) => source.memoryShare!(process) ?? []);
  if (shares.length < processes.length) return event;
  return { ...event, evidence: { ...event.evidence, ...weighWorkers(shares, event.bound) } };
}

/** Finds the parent that is to blame, for each metric that counts processes by their state. */
const PARENT_OF: Readonly<
  Record<
    CountedMetric,
    (tracker: Tracker, group: string, since: number | undefined, told: number | undefined) => Culprit | undefined
  >
> = {
  zombies(tracker, group, since, told) {
    const parent = tracker.growingZombieParent(group, since, told);
    if (!parent) return undefined;
    const { pid, comm, unseen, zombies, oldestSeconds, names } = parent;
    return { pid, comm, ...(unseen && { unseen }), children: zombies, zombies: { oldestSeconds, names } };
  },
  processes: (tracker, group, since, told) => tracker.growingParent(group, since, told),
};

function culpritOf(
  { group, metric, evidence: { since } }: Event,
  tracker: Tracker,
  told: number | undefined,
): Culprit | undefined {
  const { ofProcess } = METRIC_ROWS.get(metric)!;
  if (!ofProcess) return PARENT_OF[metric as CountedMetric](tracker, group, since, told);
  const worst = tracker.grownMost(group, ofProcess, since, told);
  // Tasks also run out by ever more processes: then the parent is to blame, and not one of its children.
  const parent = metric === 'threads' ? tracker.growingParent(group, since, told) : undefined;
  if (parent && parent.children > (worst?.value ?? 0)) return parent;
  if (!worst) return undefined;
  const { pid, comm, value, growth } = worst;
  return { pid, comm, value, growth };
}

/** What a look at the culprit would be at. Undefined where it is not seen, or where it is not its amount that is told. */
function suspectOf(
  { code, group, metric, evidence: { since } }: Event,
  { pid, growth, children, zombies }: Culprit,
  tracker: Tracker,
): Suspect | undefined {
  if (ALERTS[code].about === 'processes') return undefined;
  // Its threads are no matter where tasks run out by ever more processes.
  const at = children !== undefined && !zombies ? 'children' : METRIC_ROWS.get(metric)!.looksAt;
  const suspect = tracker.toLookAt(group, pid, at);
  return suspect && { ...suspect, since, grown: growth ?? children ?? 0 };
}

function withParent(
  { pid, comm }: Pick<ProcessSample, 'pid' | 'comm'>,
  parent: Pick<ProcessSample, 'pid' | 'comm'> | undefined,
): Culprit {
  return { pid, comm, ...(parent && { parent: { pid: parent.pid, comm: parent.comm } }) };
}
