/**
 * A watch tells what no single series can: how a group stands to its limits, how its processes come and go. All watches
 * see every group of every instant, in the order of `WATCHES` in `step.ts`, and outlive the incarnations of groups.
 */
import type { GroupReading, Instant } from '../model/reading.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import type { Event } from './report.ts';

export const NO_EVENTS: readonly Event[] = [];

export interface Watch {
  /** Whether it also looks at samples between two of the interval, see `Readings.extra`. */
  readonly seesExtra: boolean;
  /** Takes a group that is there, when its series have been judged. @returns what has changed with it */
  see(group: GroupVerdicts, reading: GroupReading, instant: Instant): readonly Event[];
  /** All groups of the instant have been seen. @returns what has changed with several of them, or with those that are gone */
  settle(instant: Instant): readonly Event[];
  /** The group has been away for so long that its verdicts are forgotten. @returns the end of what was told of it */
  forget?(group: GroupVerdicts, t: number): readonly Event[];
}
