/**
 * Keeps /proc/PID/stat open from sample to sample: one system call a process instead of three. An open file of /proc
 * stays with the process it was opened for (once that is gone it says ESRCH, whoever has the pid by then), and reads even
 * when the host has no descriptor left to give. Each one pins kernel memory, so their number is bounded.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type MissReason, missReason } from '../miss.ts';

/** Longer than any stat line: 52 numbers and a name. */
const STAT_BYTES = 2048;

/** Who keeps a file. */
export interface Keeper {
  /** `DIRECTORY/stat` is the file. */
  readonly directory: string;
  /** Its open descriptor, or NONE. */
  statFd: number;
}

export const NONE = -1;

export class KeptStats {
  readonly #buffer: Buffer;
  readonly #most: number;
  #kept = 0;

  /** Why the last read failed. */
  reason: MissReason = 'failed';

  /** @param options.buffer where what is read is put */
  constructor(options: { readonly buffer: Buffer; readonly most: number }) {
    this.#buffer = options.buffer;
    this.#most = options.most;
  }

  get size(): number {
    return this.#kept;
  }

  /** @returns bytes now in the buffer, or -1 with `reason` set */
  read(keeper: Keeper): number {
    if (keeper.statFd !== NONE) {
      try {
        return readSync(keeper.statFd, this.#buffer, 0, STAT_BYTES, 0);
      } catch (error) {
        // That process is gone; another may have its pid.
        this.release(keeper);
        if (missReason(error) !== 'vanished') return this.#failed(error);
      }
    }
    let fd: number;
    try {
      fd = openSync(`${keeper.directory}/stat`, 'r');
    } catch (error) {
      return this.#failed(error);
    }
    let length = -1;
    try {
      length = readSync(fd, this.#buffer, 0, STAT_BYTES, 0);
    } catch (error) {
      this.#failed(error);
    }
    if (length > 0 && this.#kept < this.#most) {
      keeper.statFd = fd;
      this.#kept++;
    } else closeSync(fd);
    return length;
  }

  release(keeper: Keeper): void {
    if (keeper.statFd === NONE) return;
    const fd = keeper.statFd;
    keeper.statFd = NONE;
    this.#kept--;
    closeSync(fd);
  }

  #failed(error: unknown): -1 {
    this.reason = missReason(error);
    return -1;
  }
}
