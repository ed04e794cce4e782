/**
 * Splits bytes into lines: text with newlines (LF or CRLF), and the octet-counted frames of a log drain
 * (`83 <40>1 2012-11-30T06:45:29+00:00 host app web.3 - ...`), also mixed. If a count does not lead to the end of a
 * line, the frame is read as text. The same bytes give the same lines however they are cut into chunks.
 * Source: RFC 6587 3.4.1; devcenter.heroku.com/articles/log-drains. Cost: one search for a newline per line; only the
 * unfinished line at the end of a chunk is copied.
 */
import { isDigit, LESS_THAN, NEWLINE, RETURN, SPACE, ZERO } from './ascii.ts';

/**
 * In bytes; longer lines are skipped and counted. Heroku splits lines at 10,000 bytes (devcenter limits). Chosen: the
 * size of a UDP datagram, the most that a receiver of syslog gets at once.
 */
export const LONGEST_LINE = 65_536;

/** Digits of a count up to `LONGEST_LINE`. */
const MOST_DIGITS = 5;

export type TakeLine = (bytes: Buffer, from: number, to: number) => void;

/** Result of looking for a frame at a position: the frame, `none`, or `more` if there are too few bytes to tell. */
type Frame = { readonly from: number; readonly to: number } | 'none' | 'more';

export class LineCutter {
  readonly #take: TakeLine;
  /** The beginning of a line whose end is not there yet. */
  #kept: Buffer = Buffer.alloc(0);
  /** The rest of a line that is too long is being skipped. */
  #skipping = false;
  #overlong = 0;

  /** @param take gets each line without its end; the bytes are valid only until it returns */
  constructor(take: TakeLine) {
    this.#take = take;
  }

  /** Number of lines that were skipped because of their length. */
  get overlong(): number {
    return this.#overlong;
  }

  push(chunk: Buffer): void {
    const bytes = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    const rest = this.#cut(bytes, false);
    // A copy, because the chunk may be large, and its owner may overwrite it.
    this.#kept = rest < bytes.length ? Buffer.from(bytes.subarray(rest)) : Buffer.alloc(0);
  }

  /** Takes what is left as the last line. */
  end(): void {
    this.#cut(this.#kept, true);
    this.#kept = Buffer.alloc(0);
    this.#skipping = false;
  }

  /** @returns the position from which more bytes are needed */
  #cut(bytes: Buffer, last: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      const frame = this.#skipping ? 'none' : frameAt(bytes, at, last);
      if (frame === 'more') return at;
      if (frame !== 'none') {
        this.#emit(bytes, frame.from, frame.to);
        at = frame.to;
        continue;
      }
      const newline = bytes.indexOf(NEWLINE, at);
      if (newline < 0 && !last) {
        if (!this.#skipping && bytes.length - at <= LONGEST_LINE) return at;
        this.#skip();
        return bytes.length;
      }
      const end = newline < 0 ? bytes.length : newline;
      if (this.#skipping) this.#skipping = false;
      else if (end - at > LONGEST_LINE) this.#overlong++;
      else this.#emit(bytes, at, end);
      at = end + 1;
    }
    return at;
  }

  #skip(): void {
    if (!this.#skipping) this.#overlong++;
    this.#skipping = true;
  }

  #emit(bytes: Buffer, from: number, end: number): void {
    let to = end;
    while (to > from && (bytes[to - 1] === NEWLINE || bytes[to - 1] === RETURN)) to--;
    this.#take(bytes, from, to);
  }
}

/**
 * `LENGTH <` begins a frame if that length ends with a newline, or if a newline, another frame or nothing follows it.
 */
function frameAt(bytes: Buffer, start: number, last: boolean): Frame {
  const opening = openingAt(bytes, start, last);
  if (typeof opening === 'string') return opening;
  const { from, length } = opening;
  const to = from + length;
  if (length === 0 || length > LONGEST_LINE) return 'none';
  if (to > bytes.length) return last ? 'none' : 'more';
  if (bytes[to - 1] === NEWLINE) return { from, to };
  if (to === bytes.length) return last ? { from, to } : 'more';
  if (bytes[to] === NEWLINE || bytes[to] === RETURN) return { from, to };
  const next = openingAt(bytes, to, last);
  return typeof next === 'string' ? next : { from, to };
}

function openingAt(bytes: Buffer, start: number, last: boolean): { from: number; length: number } | 'none' | 'more' {
  let at = start;
  let length = 0;
  while (at < bytes.length && at - start < MOST_DIGITS && isDigit(bytes[at]!))
    length = length * 10 + bytes[at++]! - ZERO;
  if (at === start) return 'none';
  if (at === bytes.length) return last ? 'none' : 'more';
  if (bytes[at] !== SPACE) return 'none';
  if (at + 1 === bytes.length) return last ? 'none' : 'more';
  return bytes[at + 1] === LESS_THAN ? { from: at + 1, length } : 'none';
}
