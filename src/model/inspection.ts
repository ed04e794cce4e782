/** The result of a close look at one process: where its threads, descriptors or memory come from. */

/** Threads with the same name; numbers in it are replaced by `#`. */
export interface ThreadFamily {
  readonly name: string;
  readonly count: number;
  /** Threads that were started after the growth began; undefined if unknown. */
  readonly growth: number | undefined;
}

export interface MemoryKinds {
  readonly anonBytes: number | undefined;
  readonly fileBytes: number | undefined;
  readonly sharedBytes: number | undefined;
  readonly swapBytes: number | undefined;
}

/** Memory of one process, with swap. Source: proc_pid_smaps_rollup(5). */
export interface MemoryShare {
  /** Its own pages, and its part of the pages that it shares with others: the sum over all processes is the whole. */
  readonly proportionalBytes: number;
  /** What would be free if it ended. */
  readonly privateBytes: number;
}

export interface Inspection {
  /** The family that grew most first. */
  readonly threadFamilies?: readonly ThreadFamily[];
  /** Number of descriptors by kind: socket, pipe, file, device, eventpoll ... */
  readonly fdKinds?: Readonly<Record<string, number>>;
  readonly memory?: MemoryKinds;
  /** Why parts are missing: what could not be read, or how many of too many were looked at. */
  readonly incomplete?: string;
}
