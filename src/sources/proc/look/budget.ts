/**
 * What one look may cost. A process may have a hundred thousand threads, descriptors or mappings; a look stops where its
 * budget is used up, and says so.
 */
import { cpuOfOthers, cpuSecondsSince } from '../../../turns.ts';

/** Chosen: a file of /proc takes some 10 us, so that these take about as long as the processor time that a look may. */
const MOST_FILES = 2000;
/** Chosen: 2 % of a core, if a look is taken each second. */
const MOST_CPU_SECONDS = 0.02;
/** Files between two readings of the clock (a power of 2): reading it is a system call, as a file is three. */
const ASK_EVERY = 8;

export class LookBudget {
  readonly #cpuSeconds: () => number;
  #files = 0;
  #asked = 0;
  /** Processor time that was used when the clock was last read. */
  #usedSeconds = 0;

  /** @param cpuSeconds processor time that was used since the look began */
  constructor(cpuSeconds: () => number = ownCpuSeconds()) {
    this.#cpuSeconds = cpuSeconds;
  }

  /**
   * To be asked before each file or link is read.
   * @param files as how many it counts: a file that the kernel takes long to make counts as several, and work without a
   * file as none
   * @param share part of the budget that may be used up, so that the rest is left for what follows
   * @returns whether it may be read; false from the first time that it may not
   */
  spend(files = 1, share = 1): boolean {
    this.#files += files;
    if (files === 0 || (this.#asked++ & (ASK_EVERY - 1)) === 0) this.#usedSeconds = this.#cpuSeconds();
    return this.#files <= share * MOST_FILES && this.#usedSeconds <= share * MOST_CPU_SECONDS;
  }
}

/** Our processor time from now on, without that of requests which are answered in between. */
function ownCpuSeconds(): () => number {
  const begun = process.cpuUsage();
  const othersBefore = cpuOfOthers();
  return () => cpuSecondsSince(begun) - (cpuOfOthers() - othersBefore);
}
