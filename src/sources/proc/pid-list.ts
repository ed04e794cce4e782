/**
 * Iterates over the pids of a /proc in the kernel's order. No array of thousands of names is made per sample, and the
 * reader can let the event loop run in between.
 */
import { type Dir, opendirSync, readdirSync } from 'node:fs';
import type { Spare } from './spare.ts';

/** Names per call of the kernel. Node's default of 32 would need many calls. */
const NAMES_AT_ONCE = 512;

export class PidList {
  readonly #procfs: string;
  readonly #spare: Spare | undefined;
  /** Undefined if there was no descriptor to hold it open. */
  readonly #directory: Dir | undefined;
  #last = 0;
  /** The names that are left, once the directory could not be read on. */
  #rest: IterableIterator<number> | undefined;

  /**
   * @param spare for a directory that cannot be opened for lack of a descriptor. All names are then listed at once, so that
   *   the files of the processes can be read with the same descriptor.
   * @throws {Error} the error of opendir(3)
   */
  constructor(procfs: string, spare?: Spare) {
    this.#procfs = procfs;
    this.#spare = spare;
    try {
      this.#directory = opendirSync(procfs, { bufferSize: NAMES_AT_ONCE });
    } catch (error) {
      if (!spare) throw error;
      this.#rest = this.#afterLast(spare.retry(error, () => readdirSync(procfs)));
      spare.hold();
    }
  }

  /**
   * @returns undefined at the end
   * @throws {Error} the error of readdir(3)
   */
  next(): number | undefined {
    const directory = this.#directory;
    if (this.#rest || !directory) return this.#rest?.next().value;
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        const pid = pidOf(entry.name);
        if (pid === undefined) continue;
        this.#last = pid;
        return pid;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#rest = this.#listRest();
      return this.#rest.next().value;
    }
    return undefined;
  }

  close(): void {
    this.#directory?.closeSync();
    this.#spare?.hold();
  }

  /**
   * The kernel gives no type for a process that ends while it is listed. Node then asks lstat for the type, fails, and
   * drops all names that it had read beside it. Without types it asks nothing. The kernel lists pids in ascending order.
   */
  #listRest(): IterableIterator<number> {
    try {
      return this.#afterLast(readdirSync(this.#procfs));
    } catch (error) {
      if (!this.#spare) throw error;
      return this.#afterLast(this.#spare.retry(error, () => readdirSync(this.#procfs)));
    }
  }

  #afterLast(names: readonly string[]): IterableIterator<number> {
    return names
      .flatMap((name) => pidOf(name) ?? [])
      .filter((pid) => pid > this.#last)
      .values();
  }
}

function pidOf(name: string): number | undefined {
  const first = name.charCodeAt(0);
  if (first < 0x31 || first > 0x39) return undefined;
  const pid = Number(name);
  return Number.isSafeInteger(pid) ? pid : undefined;
}
