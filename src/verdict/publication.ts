/** A publication goes to the sinks after each sample: the report, details of the groups, and leakwatch's own state. */
import type { GroupDetail } from '../model/tracker.ts';
import type { NamedEvent } from './culprit.ts';
import type { Report } from './report.ts';

/** How leakwatch itself is doing. Absent = unknown. */
export interface SelfState {
  readonly samplesTotal: number;
  /** Samples that began more than half an interval late, or were skipped. */
  readonly lateTotal: number;
  /** Those of them that were skipped on purpose, so that samples cost no more than they may. */
  readonly leftOutTotal: number;
  /** Samples that failed as a whole. */
  readonly failedTotal: number;
  readonly sampleDurationSeconds: number;
  readonly intervalSeconds: number;
  /** The interval that is kept now: longer than the one that was asked for where samples cost more than they may. */
  readonly presentIntervalSeconds: number;
  readonly cpuSecondsTotal?: number;
  readonly residentBytes?: number;
  readonly openFds?: number;
  readonly threads?: number;
  /** Numbers of dropped things, by name: groups (counted in `other`), log_lines, recording_lines ... */
  readonly droppedTotal: ReadonlyMap<string, number>;
  /** Publications that a sink failed to take, by sink. */
  readonly sinkFailuresTotal: ReadonlyMap<string, number>;
  /** Failed pushes, by where they went; absent where nothing is pushed. */
  readonly pushFailuresTotal?: ReadonlyMap<string, number>;
  /** Requests and connections that the server refused, by reason; absent where nothing is served. */
  readonly refusedTotal?: ReadonlyMap<string, number>;
  /** How often the last sample could not read something, by `what:reason`. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Why processes are hidden, see `Source`; absent if none are. */
  readonly hidden?: string;
  /** What is left of our own memory limit, where that is so little that we keep less; absent else. */
  readonly memoryLeftBytes?: number;
}

export interface Publication {
  /** Its times, and those of the events, are the host's own at this sample, so they may go back from one to the next. */
  readonly report: Report;
  readonly details: ReadonlyMap<string, GroupDetail>;
  /** The events of this report. */
  readonly events: readonly NamedEvent[];
  /** Events not yet resolved, as last told, newest first; bounded. */
  readonly standing: readonly NamedEvent[];
  /** Events so far, by code; resolved ones not counted. */
  readonly eventsTotal: ReadonlyMap<string, number>;
  readonly self: SelfState;
  /** There are processes that could not be seen: sums over the host are unknown. Absent = false. */
  readonly isPartial?: boolean;
  /** All tasks on the host. */
  readonly tasks: number | undefined;
}
