/** Names and addresses that no other test of this machine uses, not even one of another checkout that is tested now. */
import { randomInt } from 'node:crypto';

/** Five letters (names of threads have their digits folded): with nine bytes before it a name fits into a comm. */
export const MARK = Array.from({ length: 5 }, () => String.fromCharCode(97 + randomInt(26))).join('');

/** @example uniqueName('app') // 'app-kxvqo' */
export function uniqueName(base: string): string {
  return `${base}-${MARK}`;
}

/** Of the loopback network 127.0.0.0/8, which Linux has as a whole: a port that is free here stays free. */
export const OWN_LOOPBACK = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
