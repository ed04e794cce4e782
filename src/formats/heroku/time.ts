/**
 * The time at the beginning of a line, from its bytes: `2026-11-20T21:22:00.123456+00:00`, with or without a fraction,
 * with `Z` or any offset. Gives seconds since the epoch. Source: RFC 3339; heroku/logplex writes six digits and
 * `+00:00`.
 */
import { COLON, DASH, DOT, isDigit, LETTER_T, LETTER_Z, PLUS, SPACE, ZERO } from './ascii.ts';

/** The latest date and its seconds: most lines have the date of the line before. */
let knownDate = -1;
let knownSeconds = 0;

export interface Clock {
  /** Seconds since the epoch. */
  t: number;
  /** Position after the time. */
  end: number;
}

/**
 * @param clock is overwritten; unchanged if there is no time
 * @returns whether there is a time
 */
export function readTime(bytes: Uint8Array, from: number, to: number, clock: Clock): boolean {
  if (to - from < 20) return false;
  const year = digits(bytes, from, 4);
  const month = digits(bytes, from + 5, 2);
  const day = digits(bytes, from + 8, 2);
  const hour = digits(bytes, from + 11, 2);
  const minute = digits(bytes, from + 14, 2);
  const second = digits(bytes, from + 17, 2);
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second <= 60))
    return false;
  const between = bytes[from + 10];
  if (bytes[from + 4] !== DASH || bytes[from + 7] !== DASH || (between !== LETTER_T && between !== SPACE)) return false;
  if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return false;
  let at = from + 19;
  let fraction = 0;
  if (bytes[at] === DOT) {
    at++;
    for (let scale = 0.1; at < to && isDigit(bytes[at]!); at++, scale /= 10) fraction += (bytes[at]! - ZERO) * scale;
  }
  const sign = bytes[at] === PLUS ? 1 : bytes[at] === DASH ? -1 : 0;
  let offset = 0;
  if (sign !== 0) {
    const hours = digits(bytes, at + 1, 2);
    const minutes = digits(bytes, at + 4, 2);
    if (at + 6 > to || !(hours < 24 && minutes < 60) || bytes[at + 3] !== COLON) return false;
    offset = sign * (hours * 3600 + minutes * 60);
    at += 6;
  } else if (bytes[at] === LETTER_Z && at < to) at++;
  else return false;
  clock.t = secondsOf(year, month, day) + hour * 3600 + minute * 60 + second + fraction - offset;
  clock.end = at;
  return true;
}

function secondsOf(year: number, month: number, day: number): number {
  const date = (year * 100 + month) * 100 + day;
  if (date !== knownDate) {
    knownDate = date;
    knownSeconds = Date.UTC(year, month - 1, day) / 1000;
  }
  return knownSeconds;
}

/** @returns NaN, which fails every comparison, if one of them is not a digit */
function digits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    if (!isDigit(bytes[at]!)) return Number.NaN;
    value = value * 10 + bytes[at]! - ZERO;
  }
  return value;
}
