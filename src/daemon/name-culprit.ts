/** When a verdict turns: who is it? Asks the tracker who grew, and the source for a bounded look at that process. */
import type { ProcessSample } from '../model/snapshot.ts';
import type { Tracker } from '../model/tracker.ts';
import type { Source } from '../sources/source.ts';
import type { Culprit, NamedEvent } from '../verdict/publication.ts';
import type { Event } from '../verdict/report.ts';

type ProcessName = Pick<ProcessSample, 'pid' | 'comm'>;

export function nameCulprit(event: Event, from: { readonly tracker: Tracker; readonly source: Source }): NamedEvent {
  if (event.at === 'resolved') return event;
  const culprit = findCulprit(event, from);
  return culprit ? { ...event, culprit } : event;
}

function findCulprit(
  event: Event,
  { tracker, source }: { readonly tracker: Tracker; readonly source: Source },
): Culprit | undefined {
  const { since } = event.evidence;
  if (event.code === 'W30') {
    const root = tracker.root(event.group);
    return root && withParent(root.sample, root.parent?.sample);
  }
  if (event.code === 'W31') {
    const orphan = tracker.oldestOrphan(event.group);
    return orphan && withParent(orphan.process.sample, orphan.parent);
  }
  if (event.metric === 'zombies') {
    const parent = tracker.growingZombieParent(event.group, since);
    if (!parent) return undefined;
    const { pid, comm, zombies, oldestSeconds, names } = parent;
    return { pid, comm, children: zombies, zombies: { oldestSeconds, names } };
  }
  if (event.metric === 'processes') return tracker.growingParent(event.group, since);
  const worst = tracker.culprit(event.group, event.metric, since);
  if (!worst) return undefined;
  const { pid, startTicks, comm, value, growth } = worst;
  const inspection = source.inspect?.({ pid, startTicks, metric: event.metric, since: since });
  return { pid, comm, value, growth, ...(inspection && { inspection }) };
}

function withParent(process: ProcessName, parent: ProcessName | undefined): Culprit {
  const { pid, comm } = process;
  return { pid, comm, ...(parent && { parent: { pid: parent.pid, comm: parent.comm } }) };
}
