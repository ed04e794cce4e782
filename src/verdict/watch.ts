/**
 * A watch is a rule about a group that no single series can tell: how close it is to its limits, how its processes come
 * and go. All watches stand in the list of `createState` in `step.ts`. They see every group of every instant, and
 * outlive the incarnations of groups.
 */
import type { GroupReading, Instant } from '../model/reading.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import type { Event } from './report.ts';

export const NO_EVENTS: readonly Event[] = [];

export interface Watch {
  /** Whether it also looks at samples between two of the interval, see `Readings.extra`. */
  readonly seesExtra: boolean;
  /** Called for each group that is there, after its series have been judged. @returns what has changed */
  see(group: GroupVerdicts, reading: GroupReading, instant: Instant): readonly Event[];
  /** Called when all groups of the instant have been seen. @returns what has changed, and the end of what is gone */
  settle(instant: Instant): readonly Event[];
  /** Called when a group has been away for so long that it is dropped. @returns the end of what was told of it */
  forget?(group: GroupVerdicts, t: number): readonly Event[];
}
