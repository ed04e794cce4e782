/**
 * Cuts one JSON document of records into its records: `[{...}, {...}]`, `{"events": [{...}]}`, with or without newlines
 * in them, in chunks of any length. A record is an object that stands in an array or by itself; of objects within each
 * other the innermost that its reader takes is one. Keeps no more than the longest line. Cost: each byte is looked at once,
 * and an object is parsed once for each level of arrays that it is in.
 */
import { LONGEST_LINE } from './lines.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Chosen: no service has more than eight levels; deeper ones are not looked at. */
const MOST_DEPTH = 64;
/** Position of an object that is too long, or that holds a record. */
const NOWHERE = -1;

/** @returns whether the text is a record */
export type TakeRecord = (text: string) => boolean;

export class DocumentCutter {
  readonly #take: TakeRecord;
  #kept: Buffer = Buffer.alloc(0);
  /** Positions of the open objects in `#kept`; of an array, NOWHERE. */
  readonly #starts: number[] = [];
  readonly #areArrays: boolean[] = [];
  #tooDeep = 0;
  #inString = false;
  #escaped = false;
  #failed = 0;

  constructor(take: TakeRecord) {
    this.#take = take;
  }

  /** Number of outermost objects in which there was no record. */
  get failed(): number {
    return this.#failed;
  }

  push(chunk: Buffer): void {
    const bytes = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    for (let at = this.#kept.length; at < bytes.length; at++) this.#look(bytes, at);
    for (const [level, start] of this.#starts.entries())
      if (start !== NOWHERE && bytes.length - start > LONGEST_LINE) this.#starts[level] = NOWHERE;
    const first = Math.min(...this.#starts.filter((start) => start !== NOWHERE), bytes.length);
    this.#kept = Buffer.from(bytes.subarray(first));
    for (const [level, start] of this.#starts.entries()) if (start !== NOWHERE) this.#starts[level] = start - first;
  }

  #look(bytes: Buffer, at: number): void {
    const byte = bytes[at]!;
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (byte === QUOTE) this.#inString = this.#starts.length > 0;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(byte === OPEN_ARRAY, at);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#close(bytes, at + 1);
  }

  #open(isArray: boolean, at: number): void {
    if (this.#starts.length >= MOST_DEPTH) this.#tooDeep++;
    else {
      this.#starts.push(isArray ? NOWHERE : at);
      this.#areArrays.push(isArray);
    }
  }

  #close(bytes: Buffer, end: number): void {
    if (this.#tooDeep > 0) {
      this.#tooDeep--;
      return;
    }
    const start = this.#starts.pop();
    const isArray = this.#areArrays.pop();
    if (start === undefined || isArray !== false) return;
    const isElement = this.#areArrays.at(-1) ?? true;
    const isShort = start !== NOWHERE && end - start <= LONGEST_LINE;
    if (isElement && isShort && this.#take(bytes.toString('utf8', start, end))) this.#starts.fill(NOWHERE);
    else if (this.#starts.length === 0 && start !== NOWHERE) this.#failed++;
  }
}
