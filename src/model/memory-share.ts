/** Memory of one process, with swap. Source: proc_pid_smaps_rollup(5). */
export interface MemoryShare {
  /** Its own pages, and its part of the pages that it shares with others: the sum over all processes is the whole. */
  readonly proportionalBytes: number;
  /** What would be free if it ended. */
  readonly privateBytes: number;
}
