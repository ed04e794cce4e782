/**
 * Reads the long tables of /proc line by line, in portions: the kernel gives a page of 4,096 bytes per read, and makes it
 * only then. Each read counts against the budget of the look.
 */
import { closeSync, readSync } from 'node:fs';
import type { InPortions } from '../../../model/portions.ts';
import type { LookContext } from './context.ts';

/** The kernel's page: what one read of such a table gives. */
const READ_BYTES = 4096;
/** Chosen: no line of maps is longer: a path takes 4,096 bytes, and more only if newlines in it are escaped. */
const MOST_LINE = 2 * READ_BYTES;

export interface Reading {
  /**
   * Bytes of the longest record. A read that leaves more room was the last, and need not be followed by one that finds
   * the end: it costs 3 ms in an empty table of TCP. Absent where records have no bound.
   */
  readonly mostRecord?: number;
  /** @returns whether that is enough */
  onLine(line: string): boolean;
}

/**
 * Gives each whole line, without its end and with one character for each byte, to `onLine`.
 * @returns false if the budget was used up before the end
 * @throws {Error} like node:fs
 */
export function* eachLine(
  path: string,
  { onLine, mostRecord = READ_BYTES }: Reading,
  { files, budget }: Pick<LookContext, 'files' | 'budget'>,
): InPortions<boolean> {
  // The buffer of the source is used by others between portions.
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const fd = files.open(path);
  try {
    let rest = '';
    while (budget.spend()) {
      const length = readSync(fd, buffer, 0, READ_BYTES, null);
      const lines = (rest + buffer.toString('latin1', 0, length)).split('\n');
      rest = lines.pop()!.slice(0, MOST_LINE);
      for (const line of lines) if (onLine(line)) return true;
      if (length < Math.max(1, READ_BYTES - mostRecord)) return true;
      yield;
    }
    return false;
  } finally {
    closeSync(fd);
    files.spare.hold();
  }
}

/** The text of what was read with one character for each byte. */
export function decodeBytes(bytes: string): string {
  return /[^\0-\x7f]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString() : bytes;
}
