/** Chooses the source for this host: /proc if it is there, else the portable one, which asks ps. */
import { existsSync } from 'node:fs';
import { ProcSource } from './proc/proc-source.ts';
import { PsSource } from './ps/ps-source.ts';
import type { Source } from './source.ts';

export interface OpenOptions {
  readonly procfs: string;
  readonly everyCommandLine: boolean;
  /** See `Snapshot`. */
  readonly besidePid?: number | undefined;
}

const DEFAULT_PROCFS = '/proc';

/** @throws {Error} with a message for people if `procfs` is not the default and is not a proc file system */
export function openSource(options: OpenOptions): Source {
  const { procfs } = options;
  if (existsSync(`${procfs}/loadavg`) || existsSync(`${procfs}/1/stat`) || existsSync(`${procfs}/self/stat`)) {
    return new ProcSource(options);
  }
  if (procfs !== DEFAULT_PROCFS) throw new Error(`${procfs} is not a proc file system: it holds no processes`);
  return new PsSource();
}
