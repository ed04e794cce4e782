/**
 * Bytes in chunks of any length -> the places of lines in them: text with newlines (LF or CRLF), and the octet-counted
 * frames of a log drain (`83 <40>1 2012-11-30T06:45:29+00:00 host app web.3 - ...`), also mixed. Where a count does not
 * lead to an end, the frame is read as text. The same bytes give the same lines however they are cut into chunks.
 * Source: RFC 6587 3.4.1; devcenter.heroku.com/articles/log-drains. Cost: one search for the newline a line, no copy
 * but of the piece that a chunk ends in.
 */
import { isDigit, LESS_THAN, NEWLINE, RETURN, SPACE, ZERO } from './ascii.ts';

/** The platform cuts lines at 10,000 bytes; what is longer than this is no line of a log, and is passed over. */
export const LONGEST_LINE = 65_536;

/** Digits of a count up to `LONGEST_LINE`. */
const MOST_DIGITS = 5;

export type TakeLine = (bytes: Buffer, from: number, to: number) => void;

/** What to do at a place where a frame may begin: it is one, it is none, or more bytes are needed to tell. */
type Frame = { readonly from: number; readonly to: number } | 'none' | 'more';

export class LineCutter {
  readonly #take: TakeLine;
  /** The beginning of a line whose end has not come yet. */
  #kept: Buffer = Buffer.alloc(0);
  /** Within a line that is too long. */
  #skipping = false;
  #overlong = 0;

  /** @param take is given each line without its end; the bytes are only good until it returns */
  constructor(take: TakeLine) {
    this.#take = take;
  }

  /** Lines that were passed over because of their length. */
  get overlong(): number {
    return this.#overlong;
  }

  push(chunk: Buffer): void {
    const bytes = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    const rest = this.#cut(bytes, false);
    // A copy: the chunk may be large, or be written over.
    this.#kept = rest < bytes.length ? Buffer.from(bytes.subarray(rest)) : Buffer.alloc(0);
  }

  /** What is left is the last line. */
  end(): void {
    this.#cut(this.#kept, true);
    this.#kept = Buffer.alloc(0);
    this.#skipping = false;
  }

  /** @returns where the piece begins that needs more bytes */
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

/** `LENGTH <`: a frame, if it ends with a newline, or where another frame, a newline or nothing follows. */
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
