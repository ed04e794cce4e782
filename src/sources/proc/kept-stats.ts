/**
 * Keeps /proc/PID/stat open from sample to sample: one system call a process instead of three. An open file of /proc
 * stays with the process it was opened for (once that is gone it says ESRCH, whoever has the pid by then), and reads even
 * when the host has no descriptor left to give. Each one pins a few KB of kernel memory, so their number is bounded.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type MissReason, missReason } from '../miss.ts';

/** Longer than any stat line: 52 numbers and a name. */
const STAT_BYTES = 2048;

export class KeptStats {
  readonly #buffer: Buffer;
  readonly #most: number;
  readonly #fds = new Map<number, number>();

  /** Why the last read failed. */
  reason: MissReason = 'failed';

  /** @param options.buffer where what is read is put */
  constructor(options: { readonly buffer: Buffer; readonly most: number }) {
    this.#buffer = options.buffer;
    this.#most = options.most;
  }

  get size(): number {
    return this.#fds.size;
  }

  /** @returns bytes now in the buffer, or -1 with `reason` set */
  read(pid: number, path: string): number {
    const kept = this.#fds.get(pid);
    if (kept !== undefined) {
      try {
        return readSync(kept, this.#buffer, 0, STAT_BYTES, 0);
      } catch (error) {
        // That process is gone; another may have its pid.
        this.forget(pid);
        if (missReason(error) !== 'vanished') return this.#failed(error);
      }
    }
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      return this.#failed(error);
    }
    let length = -1;
    try {
      length = readSync(fd, this.#buffer, 0, STAT_BYTES, 0);
    } catch (error) {
      this.#failed(error);
    }
    if (length > 0 && this.#fds.size < this.#most) this.#fds.set(pid, fd);
    else closeSync(fd);
    return length;
  }

  forget(pid: number): void {
    const fd = this.#fds.get(pid);
    if (fd === undefined) return;
    this.#fds.delete(pid);
    closeSync(fd);
  }

  #failed(error: unknown): -1 {
    this.reason = missReason(error);
    return -1;
  }
}
