/**
 * The pids of a /proc, one after the other as the kernel lists them: no array of thousands is made at each sample, and
 * whoever reads them may give way in between.
 */
import { type Dir, opendirSync } from 'node:fs';

/** Names asked of the kernel at once; the library's own 32 would be many calls. */
const NAMES_AT_ONCE = 512;

export class PidList {
  readonly #directory: Dir;

  /** @throws as opendir(3) does */
  constructor(procfs: string) {
    this.#directory = opendirSync(procfs, { bufferSize: NAMES_AT_ONCE });
  }

  /** @returns undefined at the end. @throws as readdir(3) does */
  next(): number | undefined {
    for (let entry = this.#directory.readSync(); entry !== null; entry = this.#directory.readSync()) {
      const pid = pidOf(entry.name);
      if (pid !== undefined) return pid;
    }
    return undefined;
  }

  close(): void {
    this.#directory.closeSync();
  }
}

function pidOf(name: string): number | undefined {
  const first = name.charCodeAt(0);
  if (first < 0x31 || first > 0x39) return undefined;
  const pid = Number(name);
  return Number.isSafeInteger(pid) ? pid : undefined;
}
