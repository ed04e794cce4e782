/**
 * Parsers for the values of options: text in; the value or a problem out. A problem is the end of a sentence that
 * begins with the name of the flag, variable or key: `must be ...`.
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { GroupPattern } from '../model/grouping.ts';
import { LinearPattern, NotLinearError, WHY_LINEAR } from '../model/linear-pattern.ts';
import { quote } from '../text/printable.ts';
import type { ListenAddress, PushTarget } from './config.ts';

export type Parsed<T> = { readonly value: T } | { readonly problem: string };

const SECONDS = new Map([
  ['', 1],
  ['ms', 0.001],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
]);

/** PATH_MAX of Linux (include/uapi/linux/limits.h): most texts are paths. */
const MAX_TEXT_LENGTH = 4096;
/** Longest domain name in text form: RFC 1035, 2.3.4, less the final dot and the length byte. */
const MAX_HOST_LENGTH = 253;

/**
 * A time such as `20s`, `500ms`, `1m` or `1h`; a plain number is seconds.
 * @returns seconds
 * @example duration({ least: '100ms', most: '1h' })('500ms') // => { value: 0.5 }
 */
export function duration({ least, most }: { least: string; most: string }): (text: string) => Parsed<number> {
  const leastSeconds = toSeconds(least) ?? 0;
  const mostSeconds = toSeconds(most) ?? Number.POSITIVE_INFINITY;
  return (text) => {
    const seconds = toSeconds(text);
    return seconds !== undefined && seconds >= leastSeconds && seconds <= mostSeconds
      ? { value: seconds }
      : { problem: `must be a time from ${least} to ${most}, such as 20s, 500ms or 1m, not ${quote(text)}` };
  };
}

function toSeconds(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|[smh]|)$/.exec(text) ?? [];
  const factor = SECONDS.get(unit ?? '');
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** A whole number from `least` to `most`. */
export function wholeNumber({ least, most }: { least: number; most: number }): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most
      ? { value }
      : { problem: `must be a whole number from ${least} to ${most}, not ${quote(text)}` };
  };
}

/** A decimal number greater than 0 and at most `most`. */
export function positiveNumber({ most }: { most: number }): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^(\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
    return value > 0 && value <= most
      ? { value }
      : { problem: `must be a number greater than 0 and at most ${most}, not ${quote(text)}` };
  };
}

/**
 * A share of a whole, such as `1%` or `0.5%`: more than 0 and at most `100%`.
 * @example percentage('1%') // => { value: 0.01 }
 */
export function percentage(text: string): Parsed<number> {
  const percent = /^(\d+(?:\.\d*)?|\.\d+)%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  return percent > 0 && percent <= 100
    ? { value: percent / 100 }
    : { problem: `must be a percentage greater than 0% and at most 100%, such as 1%, not ${quote(text)}` };
}

/** One of a few words. */
export function choice<const T extends string>(values: readonly T[]): (text: string) => Parsed<T> {
  return (text) => {
    const value = values.find((candidate) => candidate === text);
    return value === undefined ? { problem: `must be one of ${values.join(', ')}, not ${quote(text)}` } : { value };
  };
}

/** `on` or `off`; also `true` or `false`, as people write in YAML. */
export function parseSwitch(text: string): Parsed<boolean> {
  if (text === 'on' || text === 'true') return { value: true };
  if (text === 'off' || text === 'false') return { value: false };
  return { problem: `must be on or off, not ${quote(text)}` };
}

/** Text that names something on this host: not empty, no control characters. Whether it exists is not checked here. */
export function plainText(what: string): (text: string) => Parsed<string> {
  return (text) =>
    text !== '' && text.length <= MAX_TEXT_LENGTH && !/\p{Cc}/u.test(text)
      ? { value: text }
      : {
          problem: `must be ${what} of at most ${MAX_TEXT_LENGTH} characters without control characters, not ${quote(text)}`,
        };
}

/**
 * `host:port`, `[::1]:port`, `:port` for every interface, or `off`.
 * @example parseListen('[::1]:9917') // => { value: { host: '::1', port: 9917 } }
 */
export function parseListen(text: string): Parsed<ListenAddress | undefined> {
  if (text === 'off') {
    return { value: undefined };
  }
  const [, inBrackets, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = inBrackets ?? plain ?? '';
  const isHost = inBrackets === undefined ? host === '' || isHostName(host) : isIPv6(inBrackets);
  const port = Number(digits);
  return isHost && port <= 65_535
    ? { value: { host, port } }
    : { problem: `must be HOST:PORT, [IPV6]:PORT, :PORT for every interface, or off, not ${quote(text)}` };
}

function isHostName(host: string): boolean {
  // Digits and dots alone are meant as an address: a mistyped one must not be looked up as a name.
  return /^[\d.]+$/.test(host) ? isIPv4(host) : host.length <= MAX_HOST_LENGTH && /^\w[\w.-]*$/.test(host);
}

/** `NAME=REGEX`, split at the first `=`. The name goes into log lines and labels, so few characters are allowed. */
export function parseGroup(text: string): Parsed<GroupPattern> {
  const at = text.indexOf('=');
  if (at < 0) {
    return { problem: `must be NAME=REGEX, not ${quote(text)}` };
  }
  const name = text.slice(0, at);
  const source = text.slice(at + 1);
  if (!/^[\w.:/@+-]{1,64}$/.test(name)) {
    return { problem: `must have a NAME of 1 to 64 of the characters A-Z a-z 0-9 _ . : / @ + -, not ${quote(name)}` };
  }
  if (source === '') {
    return { problem: `must have a regular expression after ${quote(`${name}=`)}` };
  }
  try {
    const pattern = new RegExp(source);
    new LinearPattern(pattern);
    return { value: { name, pattern } };
  } catch (error) {
    if (error instanceof NotLinearError)
      return { problem: `must have no ${error.message} in ${quote(source)}: ${WHY_LINEAR}` };
    return { problem: `must have a valid regular expression for ${quote(name)}, not ${quote(source)}` };
  }
}

/**
 * The address of a page, to which a path or `#...` can be added. A problem never repeats the URL: it may contain a
 * password.
 * @example parseLink('https://wiki.example/leakwatch/') // => { value: 'https://wiki.example/leakwatch' }
 */
export function parseLink(text: string): Parsed<string> {
  const parsed = parsePushTarget(text);
  return 'value' in parsed && parsed.value.authorization === undefined
    ? { value: parsed.value.url }
    : { problem: 'must be a URL such as https://host/path, without a name, a password, ? or #' };
}

/**
 * `http://host:9091`, `https://name:password@host/path`. A problem never repeats the URL: it may contain a password.
 * @example parsePushTarget('http://push.example:9091/') // => { value: { url: 'http://push.example:9091' } }
 */
export function parsePushTarget(text: string): Parsed<PushTarget> {
  const url =
    text.length <= MAX_TEXT_LENGTH && !/[\s\p{Cc}]/u.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    return { problem: 'must be a URL such as http://host:9091 or https://name:password@host/path, without ? or #' };
  }
  const name = decode(url.username);
  const password = decode(url.password);
  if (name === undefined || password === undefined || name.includes(':')) {
    return { problem: 'must have special characters in its name and password written as %XX' };
  }
  const value = { url: url.origin + url.pathname.replace(/(?<!\/)\/+$/, '') };
  if (name === '' && password === '') return { value };
  return { value: { ...value, authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` } };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
