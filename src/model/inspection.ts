/** What a close look at one process found: where its threads, descriptors or memory come from. */

/** Threads of one name, digits folded. */
export interface ThreadFamily {
  readonly name: string;
  readonly count: number;
  /** How many of them were started after the growth began. */
  readonly growth: number | undefined;
}

export interface MemoryKinds {
  readonly anonBytes: number | undefined;
  readonly fileBytes: number | undefined;
  readonly sharedBytes: number | undefined;
  readonly swapBytes: number | undefined;
}

export interface Inspection {
  /** Most grown first. */
  readonly threadFamilies?: readonly ThreadFamily[];
  /** Descriptors by kind: socket, pipe, file, device, eventpoll ... */
  readonly fdKinds?: Readonly<Record<string, number>>;
  readonly memory?: MemoryKinds;
  /** What the look could not see, or left out because there was too much of it. */
  readonly incomplete?: string;
}
