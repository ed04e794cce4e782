/** /proc/PID/statm: `size resident shared text lib data dt` in pages, proc_pid_statm(5). */
import { type Cursor, readInteger, skipWords } from './fields.ts';

/** Resident pages; undefined if the line is not of the form. */
export function parseResident(bytes: Uint8Array, length: number): number | undefined {
  const cursor: Cursor = { bytes, position: 0, end: length };
  skipWords(cursor, 1);
  const resident = readInteger(cursor);
  return resident >= 0 ? resident : undefined;
}

/**
 * Anonymous memory: resident pages that no file and no shared memory stands behind.
 * @returns pages, or undefined if the line is not of the form
 */
export function parseStatm(bytes: Uint8Array, length: number): number | undefined {
  const cursor: Cursor = { bytes, position: 0, end: length };
  skipWords(cursor, 1);
  const resident = readInteger(cursor);
  const shared = readInteger(cursor);
  // The kernel reads its counters one after the other, so that shared may be ahead by a page or two.
  return resident >= 0 && shared >= 0 ? Math.max(0, resident - shared) : undefined;
}
