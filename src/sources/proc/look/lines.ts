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
  /**
   * @param lines whole ones, each with its end, and with one character for each byte
   * @returns whether that is enough
   */
  onLines(lines: string): boolean;
}

/**
 * Gives a table to `onLines`, some lines at a time.
 * @returns false if the budget was used up before the end
 * @throws {Error} like node:fs
 */
export function* readLines(
  path: string,
  { onLines, mostRecord = READ_BYTES }: Reading,
  { files, budget }: Pick<LookContext, 'files' | 'budget'>,
): InPortions<boolean> {
  // The buffer of the source is used by others between portions.
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const fd = files.open(path);
  try {
    let rest = '';
    while (budget.spend()) {
      const length = readSync(fd, buffer, 0, READ_BYTES, null);
      const text = rest + buffer.toString('latin1', 0, length);
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end).slice(0, MOST_LINE);
      if (end > 0 && onLines(text.slice(0, end))) return true;
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
