/** Parses /proc/PID/statm, `size resident shared text lib data dt` in pages. Source: proc_pid_statm(5). */
import { type Cursor, readInteger, skipWords } from './fields.ts';

/** @returns resident pages, or undefined if the line is malformed */
export function parseResident(bytes: Uint8Array, length: number): number | undefined {
  return parsePages(bytes, length, 1);
}

/** @returns resident pages of files and of shared memory; the rest are anonymous. Undefined if the line is malformed */
export function parseShared(bytes: Uint8Array, length: number): number | undefined {
  return parsePages(bytes, length, 2);
}

function parsePages(bytes: Uint8Array, length: number, skipped: number): number | undefined {
  const cursor: Cursor = { bytes, position: 0, end: length };
  skipWords(cursor, skipped);
  const pages = readInteger(cursor);
  return pages >= 0 ? pages : undefined;
}
