/** Reads a small text file. Of a larger or endless one it reads one byte more than the limit. */
import { closeSync, openSync, readSync } from 'node:fs';

/**
 * @returns the text as UTF-8
 * @throws {Error} like node:fs, and with code EFBIG if the file has more than `maxBytes`
 */
export function readTextFile(path: string, maxBytes: number): string {
  const buffer = Buffer.alloc(maxBytes + 1);
  const fd = openSync(path, 'r');
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    if (length > maxBytes) {
      throw Object.assign(new Error(`EFBIG: more than ${maxBytes} bytes, read '${path}'`), { code: 'EFBIG' });
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
}
