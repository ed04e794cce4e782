/**
 * The whole core: the readings of one instant come in, a report goes out. Live runs and replays of recordings both come
 * through here, so that both judge alike.
 *
 *   state = createState(options)
 *   report = step(state, readings)      for each instant, in order
 *
 * Pure: time is data. The same readings give byte for byte the same reports.
 */
import { finish, type InPortions } from './model/portions.ts';
import type { Readings } from './model/reading.ts';
import { CrashLoopWatch } from './verdict/crash-loop-watch.ts';
import { FileGrowthWatch } from './verdict/file-growth-watch.ts';
import { Groups } from './verdict/groups.ts';
import { LimitWatch } from './verdict/limit-watch.ts';
import type { HostOptions, LimitOptions } from './verdict/options.ts';
import { OrphanWatch } from './verdict/orphan-watch.ts';
import { OvercommitWatch } from './verdict/overcommit-watch.ts';
import type { Event, GroupReport, Report } from './verdict/report.ts';
import type { Watch } from './verdict/watch.ts';

export interface CoreState {
  /** The verdicts of all groups, and what they have learned. */
  readonly groups: Groups;
  /** Their events are told in this order. */
  readonly watches: readonly Watch[];
  /** One of the watches: it also says when each resource runs out. */
  readonly limits: LimitWatch;
}

type CoreOptions = HostOptions & LimitOptions;

export function createState(options: CoreOptions): CoreState {
  const limits = new LimitWatch(options);
  const watches = [
    new CrashLoopWatch(options),
    new OrphanWatch(options),
    new OvercommitWatch(options),
    new FileGrowthWatch(),
    limits,
  ];
  return { groups: new Groups(options), watches, limits };
}

/** @returns a report that shares nothing with later ones */
export function step(state: CoreState, readings: Readings): Report {
  return finish(stepInPortions(state, readings));
}

/**
 * The same, a group at a time, so that others get a turn in between. Until it has ended, nothing else may be asked of
 * the state. A sample that is extra is held against the limits alone: all else counts in samples of the interval.
 */
export function* stepInPortions({ groups, watches, limits }: CoreState, readings: Readings): InPortions<Report> {
  const { t, extra = false, bounds } = readings;
  const awake = watches.filter(({ seesExtra }) => seesExtra || !extra);
  const events: Event[] = [];
  for (const gone of groups.begin(readings)) {
    gone.end(t, events);
    for (const watch of watches) events.push(...(watch.forget?.(gone, t) ?? []));
    groups.remember(gone);
  }
  const reports: GroupReport[] = [];
  for (const name of groups.inOrder(readings.groups)) {
    const reading = readings.groups.get(name)!;
    const group = groups.see(name, reading);
    if (!group) continue;
    reports.push(group.judge(reading, readings, events));
    for (const watch of awake) events.push(...watch.see(group, reading, readings));
    yield;
  }
  for (const watch of awake) events.push(...watch.settle(readings));
  groups.shareBudget();
  const exhaustionSeconds = limits.exhaustionSeconds;
  return { t, ...(extra && { extra }), groups: reports, bounds, exhaustionSeconds, events };
}
