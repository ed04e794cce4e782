/** Caches results under keys that never come again. MOST = number of entries, above which the oldest is dropped; without
 * it the cache has no bound. */
import { randomBytes } from 'node:crypto';

const LOOKUPS_A_SECOND = 20;
const ENTRY_BYTES = 64 * 1024;
const [most = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number).filter(Boolean);

/** Oldest first. @type {Map<string, Buffer>} */
const cache = new Map();

setInterval(() => {
  cache.set(randomBytes(16).toString('hex'), Buffer.alloc(ENTRY_BYTES, 1));
  if (cache.size > most) cache.delete(cache.keys().next().value ?? '');
}, 1000 / LOOKUPS_A_SECOND);
