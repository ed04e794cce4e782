/** Reads a small text file. Of a larger or endless one it reads one byte more than the limit. */
import { Input } from './input.ts';

/** Chosen: a command in `<(command)` may ask a server for a secret, and a start that takes longer has failed. */
const SILENCE_MS = 10_000;

/**
 * @returns the text as UTF-8
 * @throws {Error} like node:fs, with code EFBIG if the file has more than `maxBytes`, and if nobody writes to a pipe
 */
export function readTextFile(path: string, maxBytes: number): string {
  const input = new Input(path, { silenceMs: SILENCE_MS });
  const buffer = Buffer.alloc(maxBytes + 1);
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = input.read(buffer.subarray(length));
    }
    if (length > maxBytes) {
      throw Object.assign(new Error(`EFBIG: more than ${maxBytes} bytes, read '${path}'`), { code: 'EFBIG' });
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    input.close();
  }
}
