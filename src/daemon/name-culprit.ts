/** Names the culprit of an event: the tracker says which process grew, the source takes a bounded look at it. */
import { type CountedMetric, METRIC_ROWS, type Metric } from '../model/metrics.ts';
import type { InPortions } from '../model/portions.ts';
import type { ProcessSample } from '../model/snapshot.ts';
import type { Tracker } from '../model/tracker.ts';
import type { Source } from '../sources/source.ts';
import type { Culprit, NamedEvent } from '../verdict/culprit.ts';
import { remedy } from '../verdict/remedies.ts';
import { byEvidence, type Event } from '../verdict/report.ts';
import { sentence } from '../verdict/sentence.ts';
import { weighWorkers } from '../verdict/workers.ts';

interface Witnesses {
  readonly tracker: Tracker;
  readonly source: Source;
}

/** Processes of a group that are weighed: a server with more workers has alike ones, and each takes milliseconds. */
const MOST_WEIGHED = 64;

export function* nameCulprit(told: Event, witnesses: Witnesses): InPortions<NamedEvent> {
  const event = weigh(told, witnesses);
  const found = event.at === 'resolved' ? undefined : findCulprit(event, witnesses.tracker);
  const culprit = found && (yield* lookAt(found, event, witnesses));
  const named = culprit ? { ...event, culprit } : event;
  const todo = remedy(named);
  return { ...named, text: sentence(named), ...(todo !== undefined && { todo }) };
}

function findCulprit(event: Event, tracker: Tracker): Culprit | undefined {
  return byEvidence<Event, Culprit | undefined>(event, {
    growth: (growth) => culpritOf(growth, tracker),
    overcommit: (overcommit) => culpritOf(overcommit, tracker),
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
  Record<CountedMetric, (tracker: Tracker, group: string, since: number | undefined) => Culprit | undefined>
> = {
  zombies(tracker, group, since) {
    const parent = tracker.growingZombieParent(group, since);
    if (!parent) return undefined;
    const { pid, comm, unseen, zombies, oldestSeconds, names } = parent;
    return { pid, comm, ...(unseen && { unseen }), children: zombies, zombies: { oldestSeconds, names } };
  },
  processes: (tracker, group, since) => tracker.growingParent(group, since),
};

function culpritOf({ group, metric, evidence: { since } }: Event, tracker: Tracker): Culprit | undefined {
  const { ofProcess } = METRIC_ROWS.get(metric)!;
  if (!ofProcess) return PARENT_OF[metric as CountedMetric](tracker, group, since);
  const worst = tracker.grownMost(group, ofProcess, since);
  // Tasks also run out by ever more processes: then the parent is to blame, and not one of its children.
  const parent = metric === 'threads' ? tracker.growingParent(group, since) : undefined;
  if (parent && parent.children > (worst?.value ?? 0)) return parent;
  if (!worst) return undefined;
  const { pid, comm, value, growth } = worst;
  return { pid, comm, value, growth };
}

/** Only what grows is looked at: the root of a crash loop and an orphan say it by what they are. */
function* lookAt(culprit: Culprit, { metric, evidence: { since } }: Event, witnesses: Witnesses): InPortions<Culprit> {
  const { tracker, source } = witnesses;
  const startTicks = tracker.startTicksOf(culprit.pid);
  if (!source.look || startTicks === undefined || !(culprit.value ?? culprit.children)) return culprit;
  const at = isOfChildren(culprit, metric) ? 'children' : METRIC_ROWS.get(metric)!.looksAt;
  return { ...culprit, look: yield* source.look({ pid: culprit.pid, startTicks, at, since }) };
}

/** Threads that run out because of ever more processes. */
function isOfChildren({ zombies, children }: Culprit, metric: Metric): boolean {
  return children !== undefined && !zombies && metric !== 'zombies';
}

function withParent(
  { pid, comm }: Pick<ProcessSample, 'pid' | 'comm'>,
  parent: Pick<ProcessSample, 'pid' | 'comm'> | undefined,
): Culprit {
  return { pid, comm, ...(parent && { parent: { pid: parent.pid, comm: parent.comm } }) };
}
