/**
 * Keeps /proc/PID/stat open from sample to sample, so that a process costs one system call instead of three.
 * An open file of /proc stays with the process it was opened for: when that has gone, reading fails with ESRCH, even if
 * the pid is in use again. It can also be read when the host has no descriptor left.
 * Each open file pins kernel memory, so their number is bounded; and they are given back where descriptors are short.
 */
import { closeSync, readSync } from 'node:fs';
import { type MissReason, missReason } from '../miss.ts';
import type { FileReader } from './file.ts';
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
  readonly #files: FileReader;
  readonly #kept = new Set<StatOwner>();
  #most = 0;
  #nofile = Number.POSITIVE_INFINITY;

  /** Reason of the last read that failed. */
  reason: MissReason = 'failed';

  /** @param files its buffer receives the content; its spare gets one of the kept descriptors if it has none left */
  constructor(files: FileReader) {
    this.#files = files;
    files.spare.giveUp = () => this.#giveUp();
  }

  get size(): number {
    return this.#kept.size;
  }

  /**
   * Sets the bound, and gives back what exceeds it. A descriptor whose number is not below the limit, because the limit was
   * lowered, takes nothing of it and can be read as before: it stays.
   * @param most number of files that may be open
   * @param nofile RLIMIT_NOFILE
   */
  bound({ most, nofile }: { readonly most: number; readonly nofile: number }): void {
    this.#most = most;
    this.#nofile = nofile;
    let isLess = true;
    while (this.#kept.size > most && isLess) isLess = this.#giveUp();
  }

  /** @returns number of bytes in the buffer, or -1 with `reason` set */
  read(owner: StatOwner): number {
    if (owner.statFd !== NOT_OPEN) {
      try {
        return readSync(owner.statFd, this.#files.buffer, 0, MOST_STAT_BYTES, 0);
      } catch (error) {
        // The process has gone. Another may have its pid by now, so the file is opened again below.
        this.release(owner);
        if (missReason(error) !== 'vanished') return this.#failed(error);
      }
    }
    let fd: number;
    try {
      fd = this.#files.open(`${owner.directory}/stat`);
    } catch (error) {
      return this.#failed(error);
    }
    let length = -1;
    try {
      length = readSync(fd, this.#files.buffer, 0, MOST_STAT_BYTES, 0);
    } catch (error) {
      this.#failed(error);
    }
    if (length > 0 && this.#kept.size < this.#most && this.#files.spare.isHeld) {
      owner.statFd = fd;
      this.#kept.add(owner);
    } else {
      closeSync(fd);
      this.#files.spare.hold();
    }
    return length;
  }

  /** The file of one owner becomes that of another, which describes the same process. */
  handOver(from: StatOwner, to: StatOwner): void {
    if (!this.#kept.delete(from)) return;
    to.statFd = from.statFd;
    from.statFd = NOT_OPEN;
    this.#kept.add(to);
  }

  release(owner: StatOwner): void {
    if (owner.statFd === NOT_OPEN) return;
    const fd = owner.statFd;
    owner.statFd = NOT_OPEN;
    this.#kept.delete(owner);
    closeSync(fd);
  }

  #giveUp(): boolean {
    for (const owner of this.#kept) {
      if (owner.statFd >= this.#nofile) continue;
      this.release(owner);
      return true;
    }
    return false;
  }

  #failed(error: unknown): -1 {
    this.reason = missReason(error);
    return -1;
  }
}
