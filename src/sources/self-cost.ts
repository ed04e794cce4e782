/**
 * CPU time and memory of leakwatch itself, from pidusage. Only for our own pid: for each other pid pidusage would keep
 * a descriptor open, and it mistakes a reused pid for the old process. In the program pidusage runs no getconf(1): see
 * scripts/build.js.
 */
import pidusage from 'pidusage';

export interface SelfCost {
  readonly cpuSecondsTotal: number;
  readonly residentBytes: number;
}

/** pidusage forgets a pid that is not asked for within this time. Longer than the longest sampling interval, 1 h. */
const REMEMBER_MS = 2 * 3_600_000;

/** @returns undefined if it cannot be read; never throws */
export async function readSelfCost(): Promise<SelfCost | undefined> {
  try {
    const { ctime, memory } = await pidusage(process.pid, { maxage: REMEMBER_MS });
    return { cpuSecondsTotal: ctime / 1000, residentBytes: memory };
  } catch {
    return undefined;
  }
}
