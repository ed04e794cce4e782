/** Load and memory of a whole container, or of a host: the figures that a platform prints of a dyno. */

/** Runnable tasks, damped over 1, 5 and 15 minutes; undefined until that much time has been observed. */
export interface LoadAverages {
  readonly minute1: number;
  readonly minutes5: number | undefined;
  readonly minutes15: number | undefined;
}

/** Bytes, except for the two numbers of pages. */
export interface MemoryUse {
  readonly rss: number;
  readonly cache: number;
  readonly swap: number;
  /** Pages read from disks and written to them, since the container or the host was started. */
  readonly pagesIn: number;
  readonly pagesOut: number;
  readonly quota: number;
}

/** Undefined = unknown. */
export interface RuntimeFigures {
  readonly load: LoadAverages | undefined;
  readonly memory: MemoryUse | undefined;
}
