/**
 * The loop. At each beat of its own clock it takes a sample, makes readings of it, runs the core, names the culprits of
 * new events, and hands a publication to the sinks. Scrapes read the last publication; they never take a sample.
 */
import { setTimeout } from 'node:timers/promises';
import type { GroupPattern } from '../model/grouping.ts';
import type { Learned } from '../model/learned.ts';
import type { Metric } from '../model/metrics.ts';
import { finish, type InPortions } from '../model/portions.ts';
import type { ProcessSample, Snapshot } from '../model/snapshot.ts';
import { Tracker } from '../model/tracker.ts';
import type { Sinks } from '../sinks/sink.ts';
import { readSelfCost, type SelfCost } from '../sources/self-cost.ts';
import type { Source } from '../sources/source.ts';
import { createState, stepInPortions } from '../step.ts';
import { cpuOfOthers, cpuSecondsSince, Turns } from '../turns.ts';
import type { NamedEvent } from '../verdict/culprit.ts';
import { DegradationWatch } from '../verdict/degradation-watch.ts';
import type { HostOptions, LimitOptions } from '../verdict/options.ts';
import { presentEvent } from '../verdict/present-event.ts';
import type { Publication, SelfState } from '../verdict/publication.ts';
import type { Event, SeriesReport } from '../verdict/report.ts';
import { shiftCulprit, shiftEvent, shiftReport, type ToWall } from '../verdict/wall-time.ts';
import { CaseFiles, type Moment } from './case-files.ts';
import { CpuBudget } from './cpu-budget.ts';
import { HostTime } from './host-time.ts';
import { MemoryGuard, type OwnMemory } from './memory-guard.ts';
import { nameAgain, nameCulprit } from './name-culprit.ts';
import { Pace } from './pace.ts';
import { Schedule } from './schedule.ts';
import { StandingEvents } from './standing-events.ts';

/** Our own cost is read once a minute: reading it needs the thread pool, and it changes slowly. */
const COST_EVERY_MS = 60_000;

export interface MonitorOptions extends HostOptions, LimitOptions {
  readonly source: Source;
  readonly groups: readonly GroupPattern[];
  readonly maxGroups: number;
  /** Share of one core that samples may cost. */
  readonly maxCpuShare: number;
  /** Result of `learned` in an earlier run with the same interval. */
  readonly learned?: Learned;
  readonly sinks: Pick<Sinks, 'publish' | 'failures' | 'dropped' | 'pushFailures' | 'refusals'>;
  /** Called when a sample fails as a whole; the next one is tried at the next beat. */
  readonly onFailure: (error: unknown) => void;
}

export interface Monitor {
  /** Runs until the signal is aborted; resolves after the last sample. */
  run(signal: AbortSignal): Promise<void>;
  /** Floors of one series by the host's time, oldest first; undefined if there is no such series. */
  series(group: string, metric: Metric, windowSeconds: number): readonly { t: number; v: number }[] | undefined;
  /** Everything that the next run can start from, as plain data. */
  learned(): Learned;
}

export function createMonitor(options: MonitorOptions): Monitor {
  const { source, sinks, intervalSeconds, maxCpuShare } = options;
  const tracker = new Tracker({ patterns: options.groups, maxGroups: options.maxGroups });
  const state = createState(options);
  if (options.learned) state.groups.learn(options.learned);
  const degradation = new DegradationWatch();
  const standing = new StandingEvents<NamedEvent>();
  const files = new CaseFiles(source);
  const witnesses = { tracker, source, files };
  const pace = new Pace(intervalSeconds, maxCpuShare);
  const budget = new CpuBudget(intervalSeconds, maxCpuShare);
  const memory = new MemoryGuard();
  let cost: SelfCost | undefined;
  let asking = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let schedule: Schedule | undefined;
  const hostTime = new HostTime();
  let samplesTotal = 0;
  let failedTotal = 0;
  let last: Publication | undefined;
  /** Time of the last sample on the clock of samples, less that of `performance.now`. */
  let clockAhead = 0;
  /** Processor time that the sinks took for the last sample: a sample says what it cost before they are given it. */
  let publishingSeconds = 0;

  /**
   * Reads our own cost beside the samples: it needs the thread pool, and a sample must not wait for a thread that is
   * stuck.
   */
  async function askCost(): Promise<void> {
    const now = performance.now();
    if (asking || now - askedAt < COST_EVERY_MS) return;
    asking = true;
    askedAt = now;
    cost = await readSelfCost();
    asking = false;
  }

  /** @returns seconds until the next sample should be taken */
  async function sample(extra: boolean): Promise<number> {
    const begun = performance.now();
    const cpuBefore = process.cpuUsage();
    const othersBefore = cpuOfOthers();
    void askCost();
    const snapshot = await source.sample();
    const toWall = hostTime.follow(snapshot);
    clockAhead = snapshot.t - begun / 1000;
    // Between any two of these steps, scrapes that have come meanwhile are answered.
    const turns = new Turns();
    await turns.next();
    const own = snapshot.processes.find(({ pid }) => pid === snapshot.selfPid);
    if (!extra) watchMemory(ownMemory(own, snapshot));
    const tracked = await turns.take(tracker.trackInPortions(snapshot));
    await turns.next();
    const readings = extra ? { ...tracked.readings, extra } : tracked.readings;
    const report = await turns.take(stepInPortions(state, readings));
    await turns.next();
    samplesTotal++;
    // Requests that are answered between its steps are not what a sample costs: else clients could make samples rare.
    const cpuSeconds = cpuSecondsSince(cpuBefore) - (cpuOfOthers() - othersBefore) + publishingSeconds;
    budget.spend(cpuSeconds, begun / 1000);
    const sampleDurationSeconds = (performance.now() - begun) / 1000;
    const self = {
      ...countsOfRun(),
      sampleDurationSeconds,
      ...ownCounts(own),
      droppedTotal: new Map([...sinks.dropped(), ['groups', tracked.groupsDroppedTotal]]),
      unreadable: snapshot.misses,
      ...(memory.leftBytes !== undefined && { memoryLeftBytes: memory.leftBytes }),
    };
    const moment = { t: report.t, toHost: toWall ?? ((t: number) => t) };
    const events = await turns.take(
      tell([...report.events, ...(extra ? [] : degradation.see(self, report.t))], moment),
    );
    const stood = standing.list().filter(({ code }) => code !== 'W50');
    const present = stood.map((event) => presentEvent(event, report, tracked.readings));
    for (const event of await turns.take(nameAgain(present, moment, witnesses))) standing.update(event);
    last = {
      report: shiftReport(report, toWall),
      details: tracked.details,
      ...toldAs(events, toWall),
      tasks: snapshot.isPartial ? undefined : tracked.tasks,
      ...(snapshot.isPartial && { isPartial: true }),
      self,
    };
    const cpuPublishing = process.cpuUsage();
    sinks.publish(last, readings);
    publishingSeconds = cpuSecondsSince(cpuPublishing);
    const paceSeconds = pace.next(report, cpuSeconds);
    return budget.intervalSeconds > intervalSeconds ? budget.intervalSeconds : paceSeconds;
  }

  /**
   * Where our own memory is short, keeps less from this sample on. A group of which something is told, or that is
   * suspected, keeps its place.
   */
  function watchMemory(present: OwnMemory | undefined): void {
    memory.next(present, last?.report.groups.length ?? 0);
    source.keepLess?.(memory.leftBytes !== undefined);
    const told = new Set(standing.list().map(({ group }) => group));
    for (const { name, series } of last?.report.groups ?? []) if (series.some(isDoubted)) told.add(name);
    tracker.keep(memory.mostGroups, (name) => told.has(name));
  }

  /** Says that a sample has failed: the last report stays, and the numbers about leakwatch go on. */
  function publishFailure(): void {
    if (!last) return;
    const self: SelfState = {
      ...last.self,
      ...countsOfRun(),
      droppedTotal: new Map([...last.self.droppedTotal, ...sinks.dropped()]),
    };
    const { report } = last;
    const t = performance.now() / 1000 + clockAhead;
    const events = finish(tell(degradation.see(self, t), { t, toHost: (time) => hostTime.of(time) }));
    last = { ...last, report: { ...report, extra: true, events: [] }, ...toldAs(events, (t) => hostTime.of(t)), self };
    sinks.publish(last, undefined);
  }

  function countsOfRun() {
    const pushFailuresTotal = sinks.pushFailures();
    const refusedTotal = sinks.refusals();
    return {
      samplesTotal,
      lateTotal: schedule?.late ?? 0,
      leftOutTotal: schedule?.leftOut ?? 0,
      failedTotal,
      intervalSeconds,
      presentIntervalSeconds: budget.intervalSeconds,
      ...cost,
      sinkFailuresTotal: sinks.failures(),
      ...(pushFailuresTotal && { pushFailuresTotal }),
      ...(refusedTotal && { refusedTotal }),
      ...(source.hidden !== undefined && { hidden: source.hidden }),
    };
  }

  /** @returns those that are news, with their culprits */
  function* tell(events: readonly Event[], moment: Moment): InPortions<readonly NamedEvent[]> {
    const news: NamedEvent[] = [];
    for (const event of events) {
      const named = yield* nameCulprit(event, moment, witnesses);
      if (standing.tell(named)) news.push(named);
    }
    for (const event of degradation.standing()) standing.update(yield* nameCulprit(event, moment, witnesses));
    return news;
  }

  function toldAs(
    events: readonly NamedEvent[],
    toWall: ToWall,
  ): Pick<Publication, 'events' | 'standing' | 'eventsTotal'> {
    return {
      events: events.map((event) => shiftCulprit(shiftEvent(event, toWall), toWall)),
      standing: standing.list().map((event) => shiftCulprit(shiftEvent(event, toWall), toWall)),
      eventsTotal: standing.totals(),
    };
  }

  return {
    async run(signal) {
      schedule = new Schedule(performance.now(), intervalSeconds * 1000);
      while (!signal.aborted) {
        schedule.begin(performance.now());
        let paceSeconds = budget.intervalSeconds;
        try {
          paceSeconds = await sample(schedule.next.extra);
        } catch (error) {
          failedTotal++;
          options.onFailure(error);
          publishFailure();
        }
        const { at } = schedule.end(performance.now(), paceSeconds * 1000);
        await setTimeout(Math.max(0, at - performance.now()), undefined, { signal }).catch(() => undefined);
      }
    },
    series: (group, metric, windowSeconds) =>
      state.groups.points(group, metric, windowSeconds)?.map(({ t, v }) => ({ t: hostTime.of(t), v })),
    learned() {
      const { groups, ...learned } = state.groups.learned();
      return {
        ...learned,
        groups: groups.map((group) => ({ ...group, lastSeen: hostTime.of(group.lastSeen) })),
      };
    },
  };
}

function isDoubted({ verdict }: SeriesReport): boolean {
  return verdict === 'suspect' || verdict === 'leak';
}

/** The cgroup that we run in, or one above it, that has least memory left; undefined without a limit. */
function ownMemory(own: ProcessSample | undefined, { cgroups }: Snapshot): OwnMemory | undefined {
  const levels = own?.cgroup === undefined ? [] : (cgroups.get(own.cgroup) ?? []);
  return levels
    .flatMap(({ memoryMax: limit, memoryUsed: used }) =>
      limit === undefined || used === undefined ? [] : [{ limit, used, own: own?.rssBytes ?? 0 }],
    )
    .toSorted((a, b) => a.limit - a.used - (b.limit - b.used))[0];
}

/** Our own descriptors and threads, as in the snapshot. */
function ownCounts(own: ProcessSample | undefined): { openFds?: number; threads?: number } {
  return {
    ...(own?.fds !== undefined && { openFds: own.fds }),
    ...(own?.threads !== undefined && { threads: own.threads }),
  };
}
