/** What is handed to the sinks after each sample: the report, what is known of the groups besides, and our own state. */

import type { ZombieParent } from '../model/culprits.ts';
import type { Inspection } from '../model/inspection.ts';
import type { GroupDetail } from '../model/tracker.ts';
import type { Event, Report } from './report.ts';

/** Who it is: the worst process of the group in the metric that turned, and what a look at it found. */
export interface Culprit {
  readonly pid: number;
  readonly comm: string;
  /** Its own value of the metric and how much of it came since the growth began; absent for zombies and processes. */
  readonly value?: number;
  readonly growth?: number;
  /** Zombies or living children that are its. */
  readonly children?: number;
  /** Of W30 who restarts it, of W31 the parent that it lost; absent where it was not seen. */
  readonly parent?: { readonly pid: number; readonly comm: string };
  readonly zombies?: Pick<ZombieParent, 'oldestSeconds' | 'names'>;
  readonly inspection?: Inspection;
}

/** An event with the culprit named, where one could be found. */
export interface NamedEvent extends Event {
  readonly culprit?: Culprit;
}

/** How leakwatch itself is doing. Absent = unknown. */
export interface SelfState {
  readonly samplesTotal: number;
  /** Samples begun more than half an interval late, or skipped. */
  readonly lateTotal: number;
  /** Samples that failed as a whole. */
  readonly failedTotal: number;
  readonly sampleDurationSeconds: number;
  readonly intervalSeconds: number;
  readonly cpuSecondsTotal?: number;
  readonly residentBytes?: number;
  readonly openFds?: number;
  readonly threads?: number;
  /** By what was dropped: groups (fell into `other`), log_lines, recording_lines ... */
  readonly droppedTotal: ReadonlyMap<string, number>;
  /** By what is pushed to; absent where nothing is. */
  readonly pushFailuresTotal?: ReadonlyMap<string, number>;
  /** By `what:reason`: what the last sample could not read. */
  readonly unreadable: ReadonlyMap<string, number>;
}

export interface Publication {
  readonly report: Report;
  readonly details: ReadonlyMap<string, GroupDetail>;
  /** The events of this report. */
  readonly events: readonly NamedEvent[];
  /** Events not yet resolved, as last told, newest first; bounded. */
  readonly standing: readonly NamedEvent[];
  /** Events so far, by code; resolved ones not counted. */
  readonly eventsTotal: ReadonlyMap<string, number>;
  readonly self: SelfState;
  /** All tasks seen on the host. */
  readonly tasks: number | undefined;
}
