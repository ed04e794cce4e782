/** `leakwatch snapshot`: one sample, as a table or as JSON. One sample says nothing about growth. */
import { METRICS, type Metric, RESOURCE_ROWS, RESOURCES } from '../model/metrics.ts';
import { isZombie, type Snapshot } from '../model/snapshot.ts';
import { type TrackedSnapshot, Tracker } from '../model/tracker.ts';
import { openSource } from '../sources/open.ts';
import type { Source } from '../sources/source.ts';
import { renderTable } from '../terminal/table.ts';
import { formatDuration } from '../text/duration.ts';
import { limitOwner } from '../text/limit-owner.ts';
import { escapeJson, printable } from '../text/printable.ts';
import { processName } from '../text/process-name.ts';
import { formatQuantity, plural, type Unit } from '../text/quantity.ts';
import { UNSEEN_PARENT } from '../verdict/sentence.ts';
import { explain, explainedInWords } from './explain.ts';
import { Failure, type Invocation } from './invocation.ts';

/** Containers of one group that are listed: a line of a terminal has room for four. */
const MOST_CONTAINERS = 4;

export async function runSnapshot({ config, flags, stdout }: Invocation): Promise<number> {
  let snapshot: Snapshot;
  let source: Source;
  try {
    source = openSource({ procfs: config.procfs, everyCommandLine: config.groups.length > 0 });
    snapshot = await source.sample();
  } catch (error) {
    throw new Failure((error as Error).message);
  }
  const tracker = new Tracker({ patterns: config.groups, maxGroups: config.maxGroups });
  const tracked = tracker.track(snapshot);
  const asJson = (data: object): string => `${escapeJson(JSON.stringify(data, undefined, 2))}\n`;
  if (config.explain !== undefined) {
    const explained = explain(config.explain, { tracked, tracker, source });
    stdout.write(flags.json ? asJson(explained) : explainedInWords(explained));
    return 0;
  }
  const data = collect(snapshot, tracked, { tracker, source });
  stdout.write(flags.json ? asJson(data) : inWords(data));
  return 0;
}

type Data = ReturnType<typeof collect>;

function collect(
  snapshot: Snapshot,
  { readings, details, groupsInOther, tasks }: TrackedSnapshot,
  { tracker, source }: { readonly tracker: Tracker; readonly source: Source },
) {
  return {
    t: snapshot.t,
    source: source.name,
    ...(source.hidden !== undefined && { hidden: source.hidden }),
    tasks: snapshot.isPartial ? undefined : tasks,
    groups: [...readings.groups].map(([name, { start, values, bounds }]) => ({
      name,
      start,
      ...values,
      orphans: details.get(name)?.orphans ?? 0,
      containers: tracker.containersOf(name),
      zombieParents: (details.get(name)?.zombieParents ?? []).map(({ pid, comm, unseen, zombies, names }) => ({
        pid,
        comm,
        ...(unseen && { unseen }),
        zombies,
        names,
        oldestStartedSecondsAgo: oldestStart(snapshot, pid),
      })),
      limits: bounds,
    })),
    limits: readings.bounds,
    groupsInOther,
    unreadable: Object.fromEntries(snapshot.misses),
  };
}

/** Age of the oldest zombie since its start: an upper bound, because one sample does not tell when it died. */
function oldestStart({ processes, clockSeconds, ticksPerSecond }: Snapshot, parent: number): number | undefined {
  if (clockSeconds === undefined) return undefined;
  const starts = processes
    .filter((process) => process.ppid === parent && isZombie(process))
    .map(({ startTicks }) => startTicks);
  return Math.max(0, Math.round((clockSeconds - Math.min(...starts) / ticksPerSecond) * 100) / 100);
}

function inWords(data: Data): string {
  const groups = data.groups.toSorted((a, b) => (b.rss ?? 0) - (a.rss ?? 0));
  const header = ['group', ...METRICS.map(({ name }) => name), 'orphans'];
  const rows = groups.map((group) => [
    printable(group.name),
    ...METRICS.map(({ name, unit }) => cell(group[name as Metric], unit)),
    String(group.orphans),
  ]);
  const lines = [renderTable(header, rows)];
  for (const { name, containers } of groups) {
    if (containers.length === 0) continue;
    const more = containers.length > MOST_CONTAINERS ? ` and ${containers.length - MOST_CONTAINERS} more` : '';
    lines.push(`containers of ${name}: ${containers.slice(0, MOST_CONTAINERS).map(printable).join(', ')}${more}`);
  }
  for (const group of groups) {
    for (const { pid, comm, unseen, zombies, names, oldestStartedSecondsAgo } of group.zombieParents) {
      const who = names.map(({ name, count }) => `${count} x ${printable(name)}`).join(', ');
      const age =
        oldestStartedSecondsAgo === undefined
          ? ''
          : `, the oldest started ${formatDuration(oldestStartedSecondsAgo)} ago`;
      lines.push(
        `zombies: ${unseen ? UNSEEN_PARENT : processName({ comm, pid })} of ${group.name} has not waited for ${zombies}: ${who}${age}`,
      );
    }
  }
  const limits = RESOURCES.flatMap((resource) => {
    const bound = data.limits[resource];
    if (!bound) return [];
    const { unit } = RESOURCE_ROWS[resource];
    const of = (number: number) => formatQuantity(number, unit);
    const share = bound.limit > 0 ? [`${Math.round((100 * bound.used) / bound.limit)} %`] : [];
    const remarks = [...share, ...(bound.of === undefined ? [] : [limitOwner(bound.of)])];
    return [`${resource} ${of(bound.used)} of ${of(bound.limit)} (${remarks.join(', ')})`];
  });
  if (limits.length > 0) lines.push(`limits: ${limits.join(', ')}`);
  if (data.groupsInOther > 0)
    lines.push(`${plural(data.groupsInOther, 'group is', 'groups are')} counted in "other": see --max-groups`);
  const unreadable = Object.entries(data.unreadable).map(([what, count]) => `${count} x ${what}`);
  if (unreadable.length > 0) lines.push(`could not be read: ${unreadable.join(', ')}; see leakwatch doctor`);
  if (data.hidden !== undefined) lines.push(printable(data.hidden));
  return `${lines.join('\n')}\n`;
}

function cell(value: number | undefined, unit: Unit): string {
  return value === undefined ? '?' : formatQuantity(value, unit);
}
