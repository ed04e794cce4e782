/** What a snapshot could not read: how many times, by what it was and why (`fds:denied`, `stat:malformed`). */

/** Counts by `what:reason`, the key under which reports show them. Made by `missKey`, read by `splitMissKey`. */
export type Misses = ReadonlyMap<string, number>;

/** @example missKey('fds', 'denied') // => 'fds:denied' */
export function missKey(what: string, reason: string): string {
  return `${what}:${reason}`;
}

/** @example splitMissKey('fds:denied') // => { what: 'fds', reason: 'denied' } */
export function splitMissKey(key: string): { readonly what: string; readonly reason: string } {
  const colon = key.lastIndexOf(':');
  return { what: key.slice(0, colon), reason: key.slice(colon + 1) };
}
