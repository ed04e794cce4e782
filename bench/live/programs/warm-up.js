/** Loads data more and more slowly for 50 minutes of the daemon's time (15 s), and then works with it. */
const LOAD_SECONDS = 15;
const LOADED_BYTES = 120 * 2 ** 20;
const TICKS_A_SECOND = 20;
/** @type {Buffer[]} */
const loaded = [];
const begun = performance.now();
let bytes = 0;

setInterval(() => {
  const left = Math.max(0, 1 - (performance.now() - begun) / 1000 / LOAD_SECONDS);
  const due = LOADED_BYTES * (1 - left ** 2) - bytes;
  if (due >= 1) loaded.push(Buffer.alloc(due, 1));
  bytes += Math.max(0, Math.floor(due));
  Buffer.alloc(256 * 1024, 1);
}, 1000 / TICKS_A_SECOND);
