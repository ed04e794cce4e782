/** What the reader of a look is given, with a budget that no clock ends, so that a test does not depend on the machine. */
import { FileReader } from '../../src/sources/proc/file.ts';
import type { LookContext } from '../../src/sources/proc/look/context.ts';

export function lookContext(pid: number, changes: Partial<LookContext> = {}): LookContext {
  const procfs = changes.procfs ?? '/proc';
  return {
    procfs,
    pid,
    directory: `${procfs}/${pid}`,
    files: new FileReader(),
    budget: { spend: () => true },
    sinceTicks: undefined,
    grown: undefined,
    timeOf: () => undefined,
    processes: [],
    entryOf: () => undefined,
    cgroupLevels: new Map(),
    ...changes,
  };
}

/** A budget of so many files. */
export function files(most: number): LookContext['budget'] {
  let left = most;
  return {
    spend(count = 1) {
      left -= count;
      return left >= 0;
    },
  };
}
