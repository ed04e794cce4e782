/**
 * Reads decimal numbers from the bytes of a kernel file without making strings: this runs for every process at every
 * sample.
 */

const SPACE = 0x20;
const NEWLINE = 0x0a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** A cursor over the first `end` bytes of a buffer. */
export interface Cursor {
  bytes: Uint8Array;
  position: number;
  end: number;
}

/**
 * Reads the decimal integer at the cursor, and moves the cursor past it and the space or newline that must follow: a
 * number at the very end of the bytes may have been cut off.
 * @returns NaN if there is no whole number, or if it is larger than 2^53 and so not exact
 */
export function readInteger(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let at = cursor.position;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  const first = at;
  let value = 0;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) break;
    value = value * 10 + (byte - ZERO);
  }
  const closed = at < end && (bytes[at] === SPACE || bytes[at] === NEWLINE);
  cursor.position = at + 1;
  if (at === first || !closed || value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  return negative ? -value : value;
}

/** Moves the cursor past `count` words, each with the space that follows it. */
export function skipWords(cursor: Cursor, count: number): void {
  const { bytes, end } = cursor;
  let at = cursor.position;
  for (let left = count; left > 0 && at < end; at++) if (bytes[at] === SPACE) left--;
  cursor.position = at;
}
