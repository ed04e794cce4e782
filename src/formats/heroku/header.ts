/**
 * The header of a log line, from its bytes, in every form that Heroku's logs come in:
 *   2026-11-20T21:22:00.123456+00:00 heroku[web.1]: MESSAGE              heroku logs
 *   <45>1 2026-11-20T21:22:00.123456+00:00 host heroku web.1 - MESSAGE   drain, with or without its octet count
 *   2026-11-20T21:22:00+00:00 shop heroku/web.1: MESSAGE                 as log services save it
 * Gives positions and no strings, because most lines are never needed as text.
 * Source: heroku/logplex logplex_utils:format, README.http_drains.md.
 */
import { CLOSE_BRACKET, COLON, DASH, GREATER_THAN, LESS_THAN, OPEN_BRACKET, SLASH, SPACE } from './ascii.ts';
import { type Clock, readTime } from './time.ts';

/** Positions in the bytes of a line: `from` is the first byte, `to` is after the last. */
export interface Header extends Clock {
  /** The host name of a frame: `host`, or the token of the drain. Empty in text. */
  hostFrom: number;
  hostTo: number;
  /** `heroku` or `app`. */
  nameFrom: number;
  nameTo: number;
  /** `web.1`, `router`, `api` ... */
  processFrom: number;
  processTo: number;
  messageFrom: number;
}

export function newHeader(): Header {
  const nowhere = { hostFrom: 0, hostTo: 0, nameFrom: 0, nameTo: 0, processFrom: 0, processTo: 0, messageFrom: 0 };
  return { t: Number.NaN, end: 0, ...nowhere };
}

/**
 * @param header is overwritten
 * @returns whether the line has a header
 */
export function readHeader(bytes: Uint8Array, from: number, to: number, header: Header): boolean {
  const priority = afterPriority(bytes, from, to);
  if (!readTime(bytes, priority ?? from, to, header)) return false;
  if (bytes[header.end] !== SPACE) return false;
  const first = header.end + 1;
  const firstEnd = wordEnd(bytes, first, to);
  header.hostFrom = first;
  header.hostTo = first;
  if (priority === undefined && readBrackets(bytes, first, firstEnd, to, header)) return true;
  header.hostTo = firstEnd;
  const second = firstEnd + 1;
  const secondEnd = wordEnd(bytes, second, to);
  if (second >= to) return false;
  return readSlash(bytes, second, secondEnd, to, header) || readSyslog(bytes, second, secondEnd, to, header);
}

/** `heroku[web.1]: ` */
function readBrackets(bytes: Uint8Array, from: number, end: number, to: number, header: Header): boolean {
  if (bytes[end - 1] !== COLON || bytes[end - 2] !== CLOSE_BRACKET) return false;
  const open = find(bytes, from, end, OPEN_BRACKET);
  if (open < 0 || open === from) return false;
  header.nameFrom = from;
  header.nameTo = open;
  header.processFrom = open + 1;
  header.processTo = end - 2;
  header.messageFrom = Math.min(to, end + 1);
  return true;
}

/** `heroku/web.1: `, after the name of the app */
function readSlash(bytes: Uint8Array, from: number, end: number, to: number, header: Header): boolean {
  const slash = find(bytes, from, end, SLASH);
  if (slash <= from) return false;
  header.nameFrom = from;
  header.nameTo = slash;
  header.processFrom = slash + 1;
  header.processTo = bytes[end - 1] === COLON ? end - 1 : end;
  header.messageFrom = afterSpaces(bytes, end, to);
  return true;
}

/** `heroku web.1 - `, after the host. Some receivers add empty structured data, which is another dash. */
function readSyslog(bytes: Uint8Array, from: number, end: number, to: number, header: Header): boolean {
  const process = end + 1;
  const processEnd = wordEnd(bytes, process, to);
  const id = processEnd + 1;
  if (process >= to || bytes[id] !== DASH) return false;
  header.nameFrom = from;
  header.nameTo = end;
  header.processFrom = process;
  header.processTo = processEnd;
  header.messageFrom = Math.min(to, id + 2);
  if (bytes[id + 2] === DASH && bytes[id + 3] === SPACE) header.messageFrom = Math.min(to, id + 4);
  return true;
}

/** @returns the position after `<45>1 `, which may follow a wrong octet count; undefined if there is none */
function afterPriority(bytes: Uint8Array, from: number, to: number): number | undefined {
  let at = from;
  if (bytes[at] !== LESS_THAN) {
    const space = wordEnd(bytes, at, Math.min(to, at + 8));
    if (bytes[space + 1] !== LESS_THAN) return undefined;
    at = space + 1;
  }
  const close = find(bytes, at, Math.min(to, at + 6), GREATER_THAN);
  if (close < 0) return undefined;
  const version = wordEnd(bytes, close, Math.min(to, close + 4));
  return bytes[version] === SPACE ? version + 1 : undefined;
}

function wordEnd(bytes: Uint8Array, from: number, to: number): number {
  const end = find(bytes, from, to, SPACE);
  return end < 0 ? to : end;
}

function afterSpaces(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] === SPACE) at++;
  return at;
}

/** @returns -1 if there is none */
function find(bytes: Uint8Array, from: number, to: number, byte: number): number {
  for (let at = from; at < to; at++) if (bytes[at] === byte) return at;
  return -1;
}
