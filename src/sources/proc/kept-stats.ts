/**
 * Keeps /proc/PID/stat open from sample to sample, so that a process costs one system call instead of three.
 * An open file of /proc stays with the process it was opened for: when that has gone, reading fails with ESRCH, even if
 * the pid is in use again. It can also be read when the host has no descriptor left.
 * Each open file pins kernel memory, so their number is bounded.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type MissReason, missReason } from '../miss.ts';
import { MOST_STAT_BYTES } from './stat.ts';

/** A process whose stat file can be kept open. */
export interface StatOwner {
  /** /proc/PID; its `stat` is the file. */
  readonly directory: string;
  /** Descriptor of the open file, or NOT_OPEN. */
  statFd: number;
}

export const NOT_OPEN = -1;

export class KeptStats {
  readonly #buffer: Buffer;
  readonly #most: number;
  #kept = 0;

  /** Reason of the last read that failed. */
  reason: MissReason = 'failed';

  /**
   * @param options.buffer receives the content
   * @param options.most number of files that may be open
   */
  constructor(options: { readonly buffer: Buffer; readonly most: number }) {
    this.#buffer = options.buffer;
    this.#most = options.most;
  }

  get size(): number {
    return this.#kept;
  }

  /** @returns number of bytes in the buffer, or -1 with `reason` set */
  read(owner: StatOwner): number {
    if (owner.statFd !== NOT_OPEN) {
      try {
        return readSync(owner.statFd, this.#buffer, 0, MOST_STAT_BYTES, 0);
      } catch (error) {
        // The process has gone. Another may have its pid by now, so the file is opened again below.
        this.release(owner);
        if (missReason(error) !== 'vanished') return this.#failed(error);
      }
    }
    let fd: number;
    try {
      fd = openSync(`${owner.directory}/stat`, 'r');
    } catch (error) {
      return this.#failed(error);
    }
    let length = -1;
    try {
      length = readSync(fd, this.#buffer, 0, MOST_STAT_BYTES, 0);
    } catch (error) {
      this.#failed(error);
    }
    if (length > 0 && this.#kept < this.#most) {
      owner.statFd = fd;
      this.#kept++;
    } else closeSync(fd);
    return length;
  }

  release(owner: StatOwner): void {
    if (owner.statFd === NOT_OPEN) return;
    const fd = owner.statFd;
    owner.statFd = NOT_OPEN;
    this.#kept--;
    closeSync(fd);
  }

  #failed(error: unknown): -1 {
    this.reason = missReason(error);
    return -1;
  }
}
