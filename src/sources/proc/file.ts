/**
 * Reads small files synchronously into one buffer that is used again and again. Synchronous, because an asynchronous
 * read needs libuv's thread pool, which cannot be made once the host is out of threads; and reads of /proc do not wait.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type MissReason, missReason } from '../miss.ts';

/** A few kernel files grow with the host (a status with many groups, a mountinfo); none that we read needs more. */
const CAPACITY = 1 << 18;

export class FileReader {
  readonly buffer: Buffer = Buffer.allocUnsafe(CAPACITY);

  /** Why the last read failed. */
  reason: MissReason = 'failed';

  /**
   * @param options.most bytes that are wanted: a command line may be megabytes long
   * @param options.toTheEnd the file has many records (mountinfo), which the kernel gives about a page at a time; one of
   * a single record comes whole
   * @returns bytes now in `buffer`, or -1 with `reason` set
   */
  read(path: string, { most = CAPACITY, toTheEnd = false } = {}): number {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      this.reason = missReason(error);
      return -1;
    }
    try {
      let length = readSync(fd, this.buffer, 0, most, null);
      for (let more = length; toTheEnd && more > 0; length += more) {
        more = readSync(fd, this.buffer, length, most - length, null);
      }
      return length;
    } catch (error) {
      this.reason = missReason(error);
      return -1;
    } finally {
      closeSync(fd);
    }
  }

  /** @returns the whole content, or undefined with `reason` set */
  text(path: string, { toTheEnd = false } = {}): string | undefined {
    const length = this.read(path, { toTheEnd });
    return length < 0 ? undefined : this.buffer.toString('utf8', 0, length);
  }
}
