/**
 * Bearer tokens against SHA-256. A token is random and long, so that guesses are hopeless and a check may be quick: a
 * scraper with a token never waits. Source: RFC 6750.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Chosen: 128 bits in hex. A shorter token is never right, so that nobody can use a password as a token. */
const LEAST_LENGTH = 32;

/** @param tokens SHA-256 of 32 bytes each */
export function isKnownToken(tokens: Iterable<Buffer>, token: string): boolean {
  const digest = createHash('sha256').update(token).digest();
  let isKnown = false;
  for (const known of tokens) isKnown = timingSafeEqual(known, digest) || isKnown;
  return isKnown && token.length >= LEAST_LENGTH;
}
