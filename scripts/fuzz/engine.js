/**
 * Looks for an input on which a function throws, never returns or takes too long. It changes known inputs at random and
 * keeps each one that reached a block for the first time, or reached it more often than any before: so it comes deeper
 * step by step. The same seed gives the same inputs. Source: the counters and mutations are those of AFL (Zalewski,
 * "Technical whitepaper for afl-fuzz").
 */
import { Script } from 'node:vm';

/** Chosen: a run takes microseconds, so that a batch is a fraction of a second, and its end is soon told. */
const BATCH = 200;
const HANGS_MS = 20_000;
const SHORTENS_MS = 10_000;
/** Chosen: more than the longest line (64 KB) takes on a slow machine, and less than an attack on time would. */
const MOST_MS = 150;
/** One more than the longest line of a log, which is where parsers stop. */
const MOST_BYTES = 65_537;
const TEXTS = [
  '0',
  '-1',
  '1e309',
  'NaN',
  '00',
  '0x10',
  '.5',
  '4294967296',
  '9007199254740993',
  '18446744073709551616',
].concat([
  '999999999999999',
  '\u2028',
  '\u0085',
  '\\ud800',
  '\u001b[31m',
  '\r\n',
  '\0',
  '__proto__',
  '\\u0000',
  '\uffff',
  '"',
  "'",
]);

/**
 * @typedef {object} Result
 * @property {number} runs
 * @property {number} blocks reached
 * @property {number} corpus inputs that were kept
 * @property {{ input: Buffer, error: unknown } | undefined} finding the first, made as short as can be
 */

/**
 * @param {{ run: (input: Buffer) => void, seeds: readonly Buffer[], hits: Uint8Array }} target
 * @param {{ seed: number, runs?: number, seconds?: number, hangsMs?: number, onProgress?: (result: Result) => void }} options
 * @returns {Result}
 */
export function fuzz(
  { run, seeds, hits },
  { seed, runs: mostRuns = Infinity, seconds = Infinity, hangsMs = HANGS_MS, onProgress },
) {
  const random = randomOf(seed);
  const words = new Uint32Array(hits.buffer);
  const seen = new Uint8Array(hits.length);
  const tokens = [...new Set(seeds.flatMap((one) => one.toString('latin1').match(/\w+|[^\w\s]+/g) ?? []))]
    .map((text) => Buffer.from(text, 'latin1'))
    .concat(TEXTS.map((text) => Buffer.from(text)));
  /** @type {Buffer[]} */
  const corpus = [];
  const until = performance.now() + seconds * 1000;
  let runs = 0;
  /** @type {Buffer} */
  let current = Buffer.alloc(0);
  /** @type {Result['finding']} */
  let finding;

  const batch = limited(() => {
    for (let left = BATCH; left > 0 && runs < mostRuns; left--) {
      current = seeds[runs] ?? mutate(corpus, tokens, random);
      runs++;
      hits.fill(0);
      const error = failureOf(run, current);
      if (error !== undefined) throw error;
      if (isNew(words, hits, seen)) corpus.push(current);
    }
  }, hangsMs);
  while (runs < mostRuns && performance.now() < until && !finding) {
    try {
      batch();
    } catch (error) {
      finding = { input: shortest(current, error, run), error };
    }
    onProgress?.(result());
  }
  return result();

  /** @returns {Result} */
  function result() {
    return { runs, blocks: seen.reduce((count, one) => count + (one > 0 ? 1 : 0), 0), corpus: corpus.length, finding };
  }
}

/** Ends it by an exception when it hangs. @param {() => void} work @param {number} hangsMs */
function limited(work, hangsMs) {
  const script = new Script('globalThis.fuzzed()');
  return () => {
    Object.assign(globalThis, { fuzzed: work });
    script.runInThisContext({ timeout: hangsMs });
  };
}

/**
 * Runs it once, or three times if it is slow.
 * @param {(input: Buffer) => void} run
 * @param {Buffer} input
 * @returns {unknown} what it threw, or an error that says how long it took; undefined if it did neither
 */
export function failureOf(run, input) {
  // The compiler, the collector of garbage and other processes make one run slow, and not all.
  for (let tries = 0; tries < 3; tries++) {
    const begun = performance.now();
    const used = tries === 0 ? undefined : process.cpuUsage();
    try {
      run(input);
    } catch (error) {
      return error;
    }
    // Asking for the time of the processor is slow itself.
    const { user, system } = used ? process.cpuUsage(used) : { user: 1000 * (performance.now() - begun), system: 0 };
    if (user + system <= 1000 * MOST_MS) return undefined;
  }
  return new Error(`took more than ${MOST_MS} ms for ${input.length} bytes`);
}

/** Has a block been reached for the first time, or twice, four, eight times as often as before? */
function isNew(/** @type {Uint32Array} */ words, /** @type {Uint8Array} */ hits, /** @type {Uint8Array} */ seen) {
  let isFirst = false;
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) continue;
    for (let at = 4 * word; at < 4 * word + 4; at++) {
      const bit = hits[at] === 0 ? 0 : 1 << (31 - Math.clz32(/** @type {number} */ (hits[at])));
      if ((bit & ~(/** @type {number} */ (seen[at]))) === 0) continue;
      seen[at] = /** @type {number} */ (seen[at]) | bit;
      isFirst = true;
    }
  }
  return isFirst;
}

/** @typedef {(below: number) => number} Random a whole number from 0 */

/** @param {readonly Buffer[]} corpus @param {readonly Buffer[]} tokens @param {Random} random */
function mutate(corpus, tokens, random) {
  const pick = (/** @type {readonly Buffer[]} */ list) => list[random(list.length)] ?? Buffer.alloc(0);
  // The latest are the deepest.
  let bytes = Buffer.from(random(2) === 0 ? pick(corpus.slice(-16)) : pick(corpus));
  for (let steps = 1 << random(4); steps > 0; steps--) {
    const from = random(bytes.length + 1);
    const to = Math.min(bytes.length, from + 1 + random(1 << random(9)));
    const splice = (/** @type {readonly Buffer[]} */ ...parts) =>
      Buffer.concat([bytes.subarray(0, from), ...parts, bytes.subarray(to)]);
    const kind = random(10);
    if (kind === 0) bytes[from] = (bytes[from] ?? 0) ^ (1 << random(8));
    else if (kind <= 2) bytes[from] = random(256);
    else if (kind === 3) bytes = splice();
    else if (kind === 4) bytes = splice(pick(tokens));
    else if (kind === 5) bytes = Buffer.concat([bytes.subarray(0, from), pick(tokens), bytes.subarray(from)]);
    else if (kind === 6) bytes = splice(...Array(1 + random(1 << random(6))).fill(bytes.subarray(from, to)));
    else if (kind === 7) bytes = Buffer.concat([bytes.subarray(0, from), pick(corpus).subarray(random(64))]);
    else if (kind === 8) bytes = Buffer.from(bytes.subarray(0, random(32) === 0 ? from : bytes.length));
    else if (random(64) === 0) bytes = splice(...Array(random(1 << 14)).fill(bytes.subarray(from, to)));
    if (bytes.length > MOST_BYTES) bytes = bytes.subarray(0, MOST_BYTES);
  }
  return bytes;
}

/** Leaves out parts of the input for as long as it fails with the same message. */
function shortest(/** @type {Buffer} */ input, /** @type {any} */ error, /** @type {(input: Buffer) => void} */ run) {
  const messageOf = (/** @type {any} */ one) => String(one?.message).replace(/\d+/g, '');
  if (error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return input;
  let bytes = input;
  const until = performance.now() + SHORTENS_MS;
  for (let size = 1 << (31 - Math.clz32(input.length)); size >= 1; size >>= 1)
    for (let at = 0; at < bytes.length && performance.now() < until; ) {
      const less = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
      const other = failureOf(run, less);
      if (other !== undefined && messageOf(other) === messageOf(error)) bytes = less;
      else at += size;
    }
  return bytes;
}

/** mulberry32. @param {number} seed @returns {Random} */
function randomOf(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) % below;
  };
}
