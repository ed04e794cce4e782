/**
 * The lines of a file or of standard input, one at a time, in bounded memory. A line longer than the bound is given as
 * undefined, so that it can be counted; its rest is skipped.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK = 1 << 20;
const LONGEST_LINE = 1 << 20;
const NEWLINE = 0x0a;

/**
 * @param path a file, or '-' for standard input
 * @throws the file system's error if the file cannot be opened or read
 */
export function* readLines(path: string): Generator<string | undefined> {
  const fd = path === '-' ? 0 : openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(CHUNK);
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
        if (bytes > LONGEST_LINE) yield undefined;
        else yield whole ?? Buffer.concat([...kept, chunk.subarray(from, end)]).toString('utf8');
        kept = [];
        keptBytes = 0;
        from = end + 1;
      }
      keptBytes += length - from;
      if (keptBytes <= LONGEST_LINE) kept.push(Buffer.from(chunk.subarray(from, length)));
    }
    if (keptBytes > LONGEST_LINE) yield undefined;
    else if (keptBytes > 0) yield Buffer.concat(kept).toString('utf8');
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

/** Standard input may be a terminal or a pipe without data yet, and says so with EAGAIN where it does not wait. */
function readSome(fd: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, chunk, 0, CHUNK, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
