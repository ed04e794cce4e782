/**
 * Reads fields of a parsed JSON text: each function returns the value with its type, or throws `Malformed` with the
 * path of the field. Paths are relative; `within` puts the name of the enclosing object before them, so that a path
 * is only built if something is wrong.
 */
import { hostText } from './l2met.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A double holds every whole number up to here, and skips some beyond. */
export const MAX_NUMBER = 2 ** 53;

/** A wrong field of a JSON text; the message is `path: what`. */
export class Malformed extends Error {
  readonly path: string;
  readonly what: string;

  constructor(path: string, what: string) {
    super(path === '' ? what : `${path}: ${what}`);
    this.path = path;
    this.what = what;
  }
}

/**
 * Reads the part `parent.key`. An error in it gets `parent.key` before its path. The key may be any text from the file.
 */
export function within<T>(parent: string, key: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const path = `${parent}.${hostText(key)}`;
    throw new Malformed(error.path === '' ? path : `${path}.${error.path}`, error.what);
  }
}

/** A field that may be left out: absent and null are undefined, everything else goes to `read`. */
export function optional<T>(read: (json: unknown, path: string) => T, json: unknown, path: string): T | undefined {
  return json === undefined || json === null ? undefined : read(json, path);
}

export function readObject(json: unknown, path: string): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Malformed(path, 'not an object');
  return json as Json;
}

export function readList(json: unknown, path: string, most: number): readonly unknown[] {
  if (!Array.isArray(json)) throw new Malformed(path, 'not a list');
  if (json.length > most) throw new Malformed(path, `more than ${most} entries`);
  return json;
}

export function isQuantity(json: unknown): json is number {
  return typeof json === 'number' && json >= 0 && json <= MAX_NUMBER;
}

/** A count, bytes or seconds. */
export function readQuantity(json: unknown, path: string): number {
  if (!isQuantity(json)) throw new Malformed(path, 'not a number from 0 to 2^53');
  return json;
}

export function readText(json: unknown, path: string): string {
  if (typeof json !== 'string') throw new Malformed(path, 'not a string');
  return json;
}

export function readFlag(json: unknown, path: string): boolean {
  if (typeof json !== 'boolean') throw new Malformed(path, 'not true or false');
  return json;
}

/**
 * A JSON text on one line that means the same, of printable ASCII: so many characters, so many bytes, and nothing that
 * a terminal obeys.
 * @example asAscii('"é"') // => '"\\u00e9"'
 */
export function asAscii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
