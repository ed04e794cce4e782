/**
 * The loop that everything hangs on: at each beat of its own clock a sample, its readings, the step of the core, the
 * culprits of what turned, and a publication to whoever listens. Scrapes read the last publication; they never sample.
 */
import { setTimeout } from 'node:timers/promises';
import type { GroupPattern } from '../model/grouping.ts';
import type { Learned } from '../model/learned.ts';
import type { Metric } from '../model/metrics.ts';
import type { Readings } from '../model/reading.ts';
import type { ProcessSample, Snapshot } from '../model/snapshot.ts';
import { Tracker } from '../model/tracker.ts';
import { readSelfCost, type SelfCost } from '../sources/self-cost.ts';
import type { Source } from '../sources/source.ts';
import { Turns } from '../sources/turns.ts';
import { createState, stepInPortions } from '../step.ts';
import type { NamedEvent, Publication } from '../verdict/publication.ts';
import { nameCulprit } from './name-culprit.ts';
import { Pace } from './pace.ts';
import { StandingEvents } from './standing-events.ts';

/** A sample begun later than this share of the interval is late. */
const LATE_SHARE = 0.5;
/** What we cost is not asked for more often than this: asking costs, too. */
const COST_EVERY_MS = 60_000;

export interface MonitorOptions {
  readonly source: Source;
  readonly intervalSeconds: number;
  readonly groups: readonly GroupPattern[];
  readonly maxGroups: number;
  readonly falseAlarmsPerMonth: number;
  /** What `learned` gave in another life, at the same interval. */
  readonly learned?: Learned;
  /** What others dropped so far, by what. */
  readonly dropped?: () => ReadonlyMap<string, number>;
  /** Pushes that failed so far, by what they went to. */
  readonly pushFailures?: () => ReadonlyMap<string, number>;
  readonly onSample: (publication: Publication, readings: Readings) => void;
  /** A sample that failed as a whole; the next beat tries again. */
  readonly onFailure: (error: unknown) => void;
}

export interface Monitor {
  /** Runs until the signal is aborted; resolves after the last sample. */
  run(signal: AbortSignal): Promise<void>;
  /** Floors of one series, oldest first; undefined if there is no such series. */
  series(group: string, metric: Metric, windowSeconds: number): readonly { t: number; v: number }[] | undefined;
  /** All that would be kept if everything began anew now: plain data. */
  learned(): Learned;
}

export function createMonitor(options: MonitorOptions): Monitor {
  const { source, intervalSeconds } = options;
  const tracker = new Tracker({ patterns: options.groups, maxGroups: options.maxGroups });
  const state = createState(options);
  if (options.learned) state.learn(options.learned);
  const standing = new StandingEvents<NamedEvent>();
  const pace = new Pace(intervalSeconds);
  let cost: SelfCost | undefined;
  let asking = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let samplesTotal = 0;
  let lateTotal = 0;
  let failedTotal = 0;

  /** Asked for beside the beat: it takes the thread pool, and a beat waits for nothing that may be stuck. */
  async function askCost(): Promise<void> {
    const now = performance.now();
    if (asking || now - askedAt < COST_EVERY_MS) return;
    asking = true;
    askedAt = now;
    cost = await readSelfCost();
    asking = false;
  }

  /** @returns seconds until the next one should be */
  async function beat(extra: boolean): Promise<number> {
    const begun = performance.now();
    void askCost();
    const snapshot = await source.sample();
    // Between any two of these a scrape that has come meanwhile.
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
    const publication: Publication = {
      report,
      details: tracked.details,
      events,
      standing: standing.list(),
      eventsTotal: standing.totals(),
      tasks: tracked.tasks,
      self: {
        samplesTotal,
        lateTotal,
        failedTotal,
        sampleDurationSeconds,
        intervalSeconds,
        ...cost,
        ...ownCounts(snapshot),
        droppedTotal: new Map([...(options.dropped?.() ?? []), ['groups', tracked.groupsDroppedTotal]]),
        ...(options.pushFailures && { pushFailuresTotal: options.pushFailures() }),
        unreadable: snapshot.misses,
      },
    };
    options.onSample(publication, readings);
    return pace.next(report, sampleDurationSeconds);
  }

  return {
    async run(signal) {
      const origin = performance.now();
      const intervalMs = intervalSeconds * 1000;
      let planned = origin;
      let extra = false;
      for (let number = 0; !signal.aborted; ) {
        if (performance.now() - planned > LATE_SHARE * intervalMs) lateTotal++;
        let paceMs = intervalMs;
        try {
          paceMs = (await beat(extra)) * 1000;
        } catch (error) {
          failedTotal++;
          options.onFailure(error);
        }
        // Beats that fell into a long sample are skipped: the series' slots keep their places.
        const past = (performance.now() - origin) / intervalMs;
        lateTotal += Math.max(0, Math.floor(past) - number - 1);
        const next = Math.max(number + 1, Math.ceil(past));
        const sooner = Math.max(planned + paceMs, performance.now());
        // Not so shortly before a beat that it would be in its way.
        extra = paceMs < intervalMs && sooner + paceMs / 2 <= origin + next * intervalMs;
        // A beat that was skipped for an extra sample is not skipped twice.
        number = extra ? next - 1 : next;
        planned = extra ? sooner : origin + next * intervalMs;
        await setTimeout(Math.max(0, planned - performance.now()), undefined, { signal }).catch(() => undefined);
      }
    },
    series: (group, metric, windowSeconds) => state.points(group, metric, windowSeconds),
    learned: () => state.learned(),
  };
}

/** Our own descriptors and threads, as the sample saw them. */
function ownCounts({ selfPid, processes }: Snapshot): { openFds?: number; threads?: number } {
  const own: ProcessSample | undefined = processes.find((process) => process.pid === selfPid);
  return {
    ...(own?.fds !== undefined && { openFds: own.fds }),
    ...(own?.threads !== undefined && { threads: own.threads }),
  };
}
