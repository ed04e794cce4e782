/**
 * The loop. At each beat of its own clock it takes a sample, makes readings of it, runs the core, names the culprits of
 * new events, and hands a publication to the sinks. Scrapes read the last publication; they never take a sample.
 */
import { setTimeout } from 'node:timers/promises';
import type { GroupPattern } from '../model/grouping.ts';
import type { Learned } from '../model/learned.ts';
import type { Metric } from '../model/metrics.ts';
import type { ProcessSample, Snapshot } from '../model/snapshot.ts';
import { Tracker } from '../model/tracker.ts';
import type { Sinks } from '../sinks/sink.ts';
import { readSelfCost, type SelfCost } from '../sources/self-cost.ts';
import type { Source } from '../sources/source.ts';
import { Turns } from '../sources/turns.ts';
import { createState, stepInPortions } from '../step.ts';
import type { NamedEvent } from '../verdict/culprit.ts';
import type { Publication } from '../verdict/publication.ts';
import { shiftEvent, shiftReport } from '../verdict/wall-time.ts';
import { HostTime } from './host-time.ts';
import { nameCulprit } from './name-culprit.ts';
import { Pace } from './pace.ts';
import { Schedule } from './schedule.ts';
import { StandingEvents } from './standing-events.ts';

/** Our own cost is read once a minute: reading it needs the thread pool, and it changes slowly. */
const COST_EVERY_MS = 60_000;

export interface MonitorOptions {
  readonly source: Source;
  readonly intervalSeconds: number;
  readonly groups: readonly GroupPattern[];
  readonly maxGroups: number;
  readonly falseAlarmsPerMonth: number;
  /** Result of `learned` in an earlier run with the same interval. */
  readonly learned?: Learned;
  readonly sinks: Pick<Sinks, 'publish' | 'failures' | 'dropped' | 'pushFailures'>;
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
  const { source, sinks, intervalSeconds } = options;
  const tracker = new Tracker({ patterns: options.groups, maxGroups: options.maxGroups });
  const state = createState(options);
  if (options.learned) state.groups.learn(options.learned);
  const standing = new StandingEvents<NamedEvent>();
  const pace = new Pace(intervalSeconds);
  let cost: SelfCost | undefined;
  let asking = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let schedule: Schedule | undefined;
  const hostTime = new HostTime();
  let samplesTotal = 0;
  let failedTotal = 0;

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
    void askCost();
    const snapshot = await source.sample();
    const toWall = hostTime.follow(snapshot);
    // Between any two of these steps, scrapes that have come meanwhile are answered.
    const turns = new Turns();
    await turns.next();
    const tracked = await turns.take(tracker.trackInPortions(snapshot));
    await turns.next();
    const readings = extra ? { ...tracked.readings, extra } : tracked.readings;
    const report = await turns.take(stepInPortions(state, readings));
    await turns.next();
    const events = report.events
      .map((event) => nameCulprit(event, { tracker, source }))
      .filter((event) => standing.tell(event));
    samplesTotal++;
    const sampleDurationSeconds = (performance.now() - begun) / 1000;
    const pushFailuresTotal = sinks.pushFailures();
    const publication: Publication = {
      report: shiftReport(report, toWall),
      details: tracked.details,
      events: events.map((event) => shiftEvent(event, toWall)),
      standing: standing.list().map((event) => shiftEvent(event, toWall)),
      eventsTotal: standing.totals(),
      tasks: snapshot.isPartial ? undefined : tracked.tasks,
      ...(snapshot.isPartial && { isPartial: true }),
      self: {
        samplesTotal,
        lateTotal: schedule?.late ?? 0,
        failedTotal,
        sampleDurationSeconds,
        intervalSeconds,
        ...cost,
        ...ownCounts(snapshot),
        droppedTotal: new Map([...sinks.dropped(), ['groups', tracked.groupsDroppedTotal]]),
        sinkFailuresTotal: sinks.failures(),
        ...(pushFailuresTotal && { pushFailuresTotal }),
        unreadable: snapshot.misses,
      },
    };
    sinks.publish(publication, readings);
    return pace.next(report, sampleDurationSeconds);
  }

  return {
    async run(signal) {
      schedule = new Schedule(performance.now(), intervalSeconds * 1000);
      while (!signal.aborted) {
        schedule.begin(performance.now());
        let paceSeconds = intervalSeconds;
        try {
          paceSeconds = await sample(schedule.next.extra);
        } catch (error) {
          failedTotal++;
          options.onFailure(error);
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

/** Our own descriptors and threads, as in the snapshot. */
function ownCounts({ selfPid, processes }: Snapshot): { openFds?: number; threads?: number } {
  const own: ProcessSample | undefined = processes.find((process) => process.pid === selfPid);
  return {
    ...(own?.fds !== undefined && { openFds: own.fds }),
    ...(own?.threads !== undefined && { threads: own.threads }),
  };
}
