/** Parses /proc/PID/statm, `size resident shared text lib data dt` in pages. Source: proc_pid_statm(5). */
import { type Cursor, readInteger, skipWords } from './fields.ts';

/** @returns resident pages, or undefined if the line is malformed */
export function parseResident(bytes: Uint8Array, length: number): number | undefined {
  const cursor: Cursor = { bytes, position: 0, end: length };
  skipWords(cursor, 1);
  const resident = readInteger(cursor);
  return resident >= 0 ? resident : undefined;
}

/**
 * Anonymous memory: resident pages that belong neither to a file nor to shared memory.
 * @returns pages, or undefined if the line is malformed
 */
export function parseStatm(bytes: Uint8Array, length: number): number | undefined {
  const cursor: Cursor = { bytes, position: 0, end: length };
  skipWords(cursor, 1);
  const resident = readInteger(cursor);
  const shared = readInteger(cursor);
  // The kernel reads its counters one after the other, so `shared` may exceed `resident` by a page or two.
  return resident >= 0 && shared >= 0 ? Math.max(0, resident - shared) : undefined;
}
