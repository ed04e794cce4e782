/**
 * Iterates over the pids of a /proc in the kernel's order. No array of thousands of names is made per sample, and the
 * reader can let the event loop run in between.
 */
import { type Dir, opendirSync } from 'node:fs';

/** Names per call of the kernel. Node's default of 32 would need many calls. */
const NAMES_AT_ONCE = 512;

export class PidList {
  readonly #directory: Dir;

  /** @throws {Error} the error of opendir(3) */
  constructor(procfs: string) {
    this.#directory = opendirSync(procfs, { bufferSize: NAMES_AT_ONCE });
  }

  /**
   * @returns undefined at the end
   * @throws {Error} the error of readdir(3)
   */
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
