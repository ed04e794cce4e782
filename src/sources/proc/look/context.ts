/** What a reader of threads, descriptors, memory or children is given, and what it returns. */
import type { Look } from '../../../model/look.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import type { FileReader } from '../file.ts';
import type { Entry } from '../process-table.ts';
import type { Stat } from '../stat.ts';
import type { LookBudget } from './budget.ts';

/** What a reader has at hand. The buffer of `files` is its own until it yields. */
export interface LookContext {
  readonly procfs: string;
  readonly pid: number;
  /** `PROCFS/PID` */
  readonly directory: string;
  readonly files: FileReader;
  readonly budget: Pick<LookBudget, 'spend'>;
  /** When the growth began, on the clock of start times; undefined if unknown. */
  readonly sinceTicks: number | undefined;
  /** How much has come since then, above 0; undefined if unknown. */
  readonly grown: number | undefined;
  /** From a start time in ticks to the clock of samples; undefined where they cannot be compared. */
  timeOf(startTicks: number): number | undefined;
  /** All processes of the last sample, in the order in which they were first seen. */
  readonly processes: Iterable<Stat>;
  /** What the last sample has of a process beside that; the command line only where its group's name depends on it. */
  entryOf(pid: number): Readonly<Pick<Entry, 'stat' | 'argv' | 'cgroup'>> | undefined;
  /** The cgroups of processes as far as they have a limit, or one was enforced; of the last sample. */
  readonly cgroupLevels: Snapshot['cgroups'];
}

/** What a reader saw. It may throw as node:fs does: then the look says why it could not be taken. */
export type Seen = Omit<Look, 't' | 'at'>;
