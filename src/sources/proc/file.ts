/**
 * Reads small files synchronously into one buffer that is reused. An asynchronous read would need libuv's thread pool,
 * which cannot start once the host has no thread left; and reads of /proc do not wait for a disk.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type MissReason, missReason } from '../miss.ts';
import { Spare } from './spare.ts';

/** Bytes. The longest file that is read is mountinfo, with a line of 100 to 200 bytes per mount. */
const CAPACITY = 1 << 18;
/** In a copy of a /proc anything may be there: opening a pipe that nobody writes to would wait for ever. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

export class FileReader {
  readonly buffer: Buffer = Buffer.allocUnsafe(CAPACITY);
  readonly spare = new Spare();

  /** Reason of the last read that failed. */
  reason: MissReason = 'failed';

  /**
   * @param options.most bytes to read at most: a command line may be megabytes long
   * @param options.toTheEnd read until the end: the kernel gives a file with many records (mountinfo) about a page per
   * read, and a file with a single record in one read
   * @returns number of bytes in `buffer`, or -1 with `reason` set
   */
  read(path: string, { most = CAPACITY, toTheEnd = false } = {}): number {
    let fd: number;
    try {
      fd = this.open(path);
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
      this.spare.hold();
    }
  }

  /**
   * Opens a file, also if no descriptor is left: then `spare.hold()` has to follow when it is closed.
   * @throws {Error} like node:fs
   */
  open(path: string): number {
    try {
      return openSync(path, READ);
    } catch (error) {
      return this.spare.retry(error, () => openSync(path, READ));
    }
  }

  /** @returns the content of the file, or undefined with `reason` set */
  text(path: string, { toTheEnd = false } = {}): string | undefined {
    const length = this.read(path, { toTheEnd });
    return length < 0 ? undefined : this.buffer.toString('utf8', 0, length);
  }
}
