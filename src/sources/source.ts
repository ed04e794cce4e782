/** What the corridor asks of a source of snapshots. */
import type { Inspection } from '../model/inspection.ts';
import type { Metric } from '../model/metrics.ts';
import type { Snapshot } from '../model/snapshot.ts';

export interface Source {
  readonly name: string;
  /** @throws if nothing at all could be read: a snapshot with holes would look like processes that ended */
  sample(): Promise<Snapshot>;
  /** A bounded look at one process, taken when a verdict turns. Portable sources have none. */
  inspect?(target: InspectionTarget): Inspection;
}

export interface InspectionTarget {
  readonly pid: number;
  readonly startTicks: number;
  readonly metric: Metric;
  /** When the growth began, seconds since the epoch; threads born later are the growth. */
  readonly since: number | undefined;
}
