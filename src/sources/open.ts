/** Chooses the source for this host: /proc where there is one, else the portable one. */
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

/** @throws {Error} in one sentence, if a directory was named that is no proc file system */
export function openSource(options: OpenOptions): Source {
  const { procfs } = options;
  if (existsSync(`${procfs}/loadavg`) || existsSync(`${procfs}/1/stat`) || existsSync(`${procfs}/self/stat`)) {
    return new ProcSource(options);
  }
  if (procfs !== DEFAULT_PROCFS) throw new Error(`${procfs} is not a proc file system: it holds no processes`);
  return new PsSource();
}
