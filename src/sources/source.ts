/** The interface of a source of snapshots. The daemon calls `sample` once per interval. */
import type { Look, LookedAtProcess } from '../model/look.ts';
import type { MemoryShare } from '../model/memory-share.ts';
import type { InPortions } from '../model/portions.ts';
import type { Snapshot } from '../model/snapshot.ts';

export interface Source {
  readonly name: string;
  /** Why processes are hidden from it, and what to do: one sentence. Absent if none are, as far as it knows. */
  readonly hidden?: string | undefined;
  /** Memory is short, or is no longer: it is to keep nothing that only saves time. */
  keepLess?(isShort: boolean): void;
  /** @throws if processes cannot be read: a snapshot without them would say that they have ended */
  sample(): Promise<Snapshot>;
  /** Takes a bounded look at one process, between two samples. Absent in the portable source. */
  look?(target: LookTarget): InPortions<Look>;
  /**
   * Measures what a process holds alone. It takes the process's memory lock for some milliseconds, so it is asked only
   * when an alert depends on it. Undefined where it may not be read.
   */
  memoryShare?(target: Pick<LookTarget, 'pid' | 'startTicks'>): MemoryShare | undefined;
}

export interface LookTarget extends LookedAtProcess {
  /** When the growth began, on the clock of `Snapshot.t`; what started later is newer. Undefined if unknown. */
  readonly since: number | undefined;
  /** How much it has grown since. Absent if unknown. */
  readonly grown?: number;
}
