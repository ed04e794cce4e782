/**
 * Turns ordered pairs into one log line in the l2met convention (`source=web.1 sample#rss=512.33MB ...`), and back.
 * All parsers of the convention accept this form: one physical line, no quotes, plain non-negative decimals with units
 * of letters (some parsers read -1 as 1 and 1e-7 as 1). Text from the host is reduced so that it cannot break the line.
 * Source: github.com/ryandotsmith/l2met/wiki/Usage; devcenter.heroku.com/articles/log-runtime-metrics.
 */

/** A pair without a value, or with a number that the form cannot hold, is left out, because unknown is not 0. */
export type Pair = readonly [name: string, value: string | number | undefined];

/** Heroku splits lines at 10,000 bytes, newline included (devcenter limits). Two of them are for CR and LF. */
const MAX_LINE_BYTES = 9_998;
/** In characters: twice the longest name of a group that can be configured (config/values.ts). */
const MAX_TEXT_LENGTH = 128;
const NAME = /^(?:(?:sample|count|measure)#)?[A-Za-z]\w*$/;
/** Some clients match the platform's names by suffix: one of ours that ends like them would replace their numbers. */
const PLATFORM_NAME = /(?:memory_(?:total|rss|cache|swap|pgpgin|pgpgout|quota)|load_avg_\w{1,100})$/;
/** `toFixed` writes an exponent from here on (ECMAScript, Number.prototype.toFixed). */
const TOO_LARGE = 1e21;
const BYTES_PER_MB = 1024 * 1024;
/** The last second of the year 9999: ISO 8601 writes later years with a sign and more digits. */
const LAST_SECOND = 253_402_300_799;

/**
 * @param pairs in the order of the line; text is reduced with `hostText`, whole numbers are written without
 * decimals and others with two (`decimal` for another precision)
 * @returns the line without its newline; the last pairs are left out if line and newline would exceed 10,000 bytes
 * @throws {RangeError} if a name is not a letter and then letters, digits or `_`, after an optional `sample#`,
 * `count#` or `measure#`; or if it ends like a name of the platform's own metrics
 * @example encodeLine([['source', 'web.1'], ['sample#threads', 59], ['comm', 'a "b"'], ['zombies', undefined]]) // => 'source=web.1 sample#threads=59 comm=a__b_'
 */
export function encodeLine(pairs: readonly Pair[]): string {
  let line = '';
  for (const [name, value] of pairs) {
    if (!NAME.test(name)) throw new RangeError(`not a name for a log line: ${name}`);
    if (PLATFORM_NAME.test(name)) throw new RangeError(`a name that clients take for the platform's own: ${name}`);
    const text = typeof value === 'number' ? decimal(value, Number.isInteger(value) ? 0 : 2) : value;
    if (text === undefined) continue;
    const pair = `${line && ' '}${name}=${hostText(text)}`;
    if (line.length + pair.length > MAX_LINE_BYTES) break;
    line += pair;
  }
  return line;
}

/**
 * The pairs of a line that `encodeLine` made, or of any other line without quotes. Words without `=` are ignored; if a
 * name comes twice, the last value counts.
 * @example [...decodeLine('source=web.1 sample#rss=512.33MB')] // => [['source', 'web.1'], ['sample#rss', '512.33MB']]
 */
export function decodeLine(line: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const word of line.split(' ')) {
    const equals = word.indexOf('=');
    if (equals > 0) pairs.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return pairs;
}

/**
 * Text of the host, reduced for a log line: letters, digits and `_ . : / @ + -` stay, every other character becomes
 * `_`.
 * @returns 1 to 128 characters of ASCII; `_` for no text
 * @example hostText('ruby [worker] é') // => 'ruby__worker___'
 * @example hostText('') // => '_'
 */
export function hostText(text: string): string {
  // Cut first, because the text may be of any length.
  return text.slice(0, MAX_TEXT_LENGTH).replace(/[^\w.:/@+-]/gu, '_') || '_';
}

/**
 * @returns the number with this many decimals; undefined if it is unknown, negative, infinite or 1e21 and more
 * @example decimal(114, 2) // => '114.00'
 * @example decimal(-1, 2) // => undefined
 */
export function decimal(value: number | undefined, digits: number): string | undefined {
  if (value === undefined || !(value >= 0 && value < TOO_LARGE)) return undefined;
  return value.toFixed(digits);
}

/**
 * @returns megabytes of 1024 * 1024 bytes, as Heroku writes them: two decimals and the unit
 * @example megabytes(536870912) // => '512.00MB'
 */
export function megabytes(bytes: number | undefined): string | undefined {
  const number = bytes === undefined ? undefined : decimal(bytes / BYTES_PER_MB, 2);
  return number === undefined ? undefined : `${number}MB`;
}

/**
 * @returns ISO 8601 in UTC, whole seconds; undefined for a time before 1970 or after the year 9999
 * @example isoSeconds(1795209720.9) // => '2026-11-20T21:22:00Z'
 */
export function isoSeconds(epochSeconds: number | undefined): string | undefined {
  if (epochSeconds === undefined || !(epochSeconds >= 0 && epochSeconds <= LAST_SECOND)) return undefined;
  return `${new Date(Math.floor(epochSeconds) * 1000).toISOString().slice(0, 19)}Z`;
}
