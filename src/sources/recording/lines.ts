/**
 * The lines of a file or of standard input, one at a time, in bounded memory. In place of a line longer than 1 MB the
 * caller gets undefined, and can count it.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;
/** Ten times a line with 500 groups, the most that can be configured: 50 groups take about 10 KB. */
const MOST_LINE_BYTES = 1 << 20;
const NEWLINE = 0x0a;
/** Wait between two attempts to read from a terminal or pipe that has no data yet. */
const RETRY_MS = 10;

/**
 * @param path a file, or '-' for standard input
 * @throws the file system's error if the file cannot be opened or read
 */
export function* readLines(path: string): Generator<string | undefined> {
  const fd = path === '-' ? 0 : openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let kept: Buffer[] = [];
  let keptBytes = 0;
  try {
    for (;;) {
      const length = readSome(fd, chunk);
      if (length === 0) break;
      let from = 0;
      for (;;) {
        const end = chunk.indexOf(NEWLINE, from);
        if (end < 0 || end >= length) break;
        const bytes = keptBytes + end - from;
        const whole = kept.length === 0 ? chunk.toString('utf8', from, end) : undefined;
        if (bytes > MOST_LINE_BYTES) yield undefined;
        else yield whole ?? Buffer.concat([...kept, chunk.subarray(from, end)]).toString('utf8');
        kept = [];
        keptBytes = 0;
        from = end + 1;
      }
      keptBytes += length - from;
      if (keptBytes <= MOST_LINE_BYTES) kept.push(Buffer.from(chunk.subarray(from, length)));
    }
    if (keptBytes > MOST_LINE_BYTES) yield undefined;
    else if (keptBytes > 0) yield Buffer.concat(kept).toString('utf8');
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

/**
 * Waits for data. Non-blocking standard input without data (a terminal, a pipe) fails with EAGAIN instead of waiting.
 */
function readSome(fd: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, chunk, 0, CHUNK_BYTES, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
