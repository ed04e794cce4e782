/**
 * What leakwatch itself costs, as pidusage sees it. Asked for our own pid only: for others it keeps a descriptor open
 * each and mistakes a reused pid. The first call starts `getconf` twice, so it belongs to the boot.
 */
import pidusage from 'pidusage';

export interface SelfCost {
  readonly cpuSecondsTotal: number;
  readonly residentBytes: number;
}

/** Longer than any interval, so that pidusage does not forget us in between. */
const REMEMBER_MS = 2 * 3_600_000;

/** @returns undefined where it cannot be read; never throws */
export async function readSelfCost(): Promise<SelfCost | undefined> {
  try {
    const { ctime, memory } = await pidusage(process.pid, { maxage: REMEMBER_MS });
    return { cpuSecondsTotal: ctime / 1000, residentBytes: memory };
  } catch {
    return undefined;
  }
}
