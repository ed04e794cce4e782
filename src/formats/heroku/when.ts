/**
 * Times as people and log services write them: text in, the parts of the first time in it out. A year or a date that is
 * missing is completed by `Calendar`; without a zone it is UTC. Source: RFC 3339, RFC 3164, RFC 9110 (dates of the web),
 * strftime(3) with its usual formats. The time of a plain line is read by time.ts, which is faster.
 */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const MONTH =
  '(?<name>Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)(?:uary|ruary|ch|il|ust|tember|ober|ember)?';
const CLOCK =
  '(?<hour>\\d{1,2}):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?)?(?:\\s?(?<half>[AaPp])\\.?[Mm]\\b\\.?)?';
const ZONE = '(?:\\s?(?<zone>Z|UTC|GMT|[+-]\\d\\d(?::?\\d\\d)?)(?![\\w:.]))?';

/** The first that matches counts: each one would match a part of what those above it match. */
const FORMS: readonly RegExp[] = [
  // 2026-01-08T08:55:11.100Z, 2026/01/08 08:55:11,100 +0000
  `(?<year>\\d{4})[-/.](?<month>\\d{1,2})[-/.](?<day>\\d{1,2})(?:T|,?\\s+)${CLOCK}${ZONE}`,
  // 20260108T085511Z
  `(?<year>\\d{4})-?(?<month>\\d\\d)-?(?<day>\\d\\d)T(?<hour>\\d\\d):?(?<minute>\\d\\d):?(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?${ZONE}`,
  // Jan  8 08:55:11, Jan 8, 2026 @ 08:55:11.100, Thu Jan 08 08:55:11 UTC 2026, January 8, 2026 at 8:55:11 AM
  `${MONTH}\\.?\\s+(?<day>\\d{1,2})(?:,?\\s+(?<year>\\d{4}))?,?(?:\\s+(?:at|@))?\\s+${CLOCK}${ZONE}(?:\\s(?<late>\\d{4})\\b)?`,
  // 08/Jan/2026:08:55:11 +0000, 8 Jan 2026 08:55:11, 8 Jan 08:55:11
  `(?<day>\\d{1,2})[ /-]${MONTH}(?:[ /-](?<year>\\d{4}))?[ :,T]+${CLOCK}${ZONE}`,
  // 1/8/2026, 8:55:11 AM
  `(?<month>\\d{1,2})/(?<day>\\d{1,2})/(?<year>\\d{4}),?\\s+${CLOCK}${ZONE}`,
  // 08:55:11
  `(?:^|[\\s[(])${CLOCK}${ZONE}`,
].map((source) => new RegExp(source));

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, of the years from 2001 to 2286. */
const EPOCH = /^\W*(\d{10})(?:(\.\d{1,9})|(\d{3}|\d{6}|\d{9}))?\W*$/;

const DAY_SECONDS = 86_400;
/** A date without a year may be of another zone, and so up to a day after the time at which the log was saved. */
const SLACK_SECONDS = DAY_SECONDS;
/** 29 February comes back after at most this many years, as in 1896 and 1904. */
const MOST_YEARS_BACK = 8;

export interface FoundTime {
  readonly year?: number;
  /** Absent if there is only a time of day. */
  readonly month?: number;
  readonly day?: number;
  /** Since midnight UTC of that day; may be negative or more than a day, because of the zone. */
  readonly seconds: number;
  /** Position of the first letter. */
  readonly from: number;
  /** Position after the last letter. */
  readonly to: number;
}

/** @returns the first time in the text; undefined if there is none */
export function findTime(text: string): FoundTime | undefined {
  if (!/\d[:T]\d/.test(text)) return undefined;
  for (const form of FORMS) {
    const match = form.exec(text);
    const time = match && partsOf(match);
    if (time) return time;
  }
  return undefined;
}

function partsOf({ groups = {}, index, 0: { length } }: RegExpExecArray): FoundTime | undefined {
  const { name, half, zone, fraction = '' } = groups;
  const month = name === undefined ? numberOf(groups.month) : MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
  const day = numberOf(groups.day);
  const year = numberOf(groups.year ?? groups.late);
  const clock = Number(groups.hour);
  const hour = half === undefined ? clock : (clock % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const minute = Number(groups.minute);
  const second = Number(groups.second ?? 0);
  if (hour > 23 || minute > 59 || second > 60 || !isIn(month, 12) || !isIn(day, 31)) return undefined;
  const seconds = hour * 3600 + minute * 60 + second + Number(`0.${fraction}0`) - offsetOf(zone);
  return {
    ...(year !== undefined && { year }),
    ...(month !== undefined && { month }),
    ...(day !== undefined && { day }),
    seconds,
    from: index,
    to: index + length,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function isIn(value: number | undefined, most: number): boolean {
  return value === undefined || (value >= 1 && value <= most);
}

/** `+05:30`, `-0800`, `+01`, `Z`; in seconds */
function offsetOf(zone: string | undefined): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/**
 * @returns seconds since 1970; undefined if the text is no number of them
 * @example epochOf('1767862511100') // => 1767862511.1
 */
export function epochOf(text: string): number | undefined {
  const [, whole, decimals, digits] = EPOCH.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return Number(whole) + Number(decimals ?? `0.${digits ?? '0'}`);
}

/**
 * Gives times their years and dates. The first time without a year gets the latest year in which it is not after the
 * log was saved, and each later one the year in which it is nearest to the line before, so that a log may pass a New
 * Year.
 */
export class Calendar {
  readonly #savedAt: number | undefined;
  #last: number | undefined;
  #inferred: { from: number; to: number } | undefined;

  /** @param savedAt seconds since 1970; without it, only lines with a year before them can have a time */
  constructor(savedAt: number | undefined) {
    this.#savedAt = savedAt;
  }

  /** The first and the last year that was inferred. */
  get inferred(): { readonly from: number; readonly to: number } | undefined {
    return this.#inferred;
  }

  /** @returns seconds since 1970; undefined if the year cannot be told, or has no such day */
  secondsOf(time: FoundTime): number | undefined {
    const t = time.year === undefined ? this.#infer(time) : secondsIn(time.year, time);
    if (t === undefined) return undefined;
    this.#last = t;
    if (time.year === undefined) {
      const year = new Date(t * 1000).getUTCFullYear();
      this.#inferred ??= { from: year, to: year };
      if (year < this.#inferred.from) this.#inferred.from = year;
      if (year > this.#inferred.to) this.#inferred.to = year;
    }
    return t;
  }

  #infer(time: FoundTime): number | undefined {
    const known = this.#last ?? this.#savedAt;
    if (known === undefined) return undefined;
    if (time.month === undefined) return this.#nearestDay(time.seconds, known);
    const year = new Date(known * 1000).getUTCFullYear();
    if (this.#last === undefined) {
      for (let back = 0; back <= MOST_YEARS_BACK; back++) {
        const t = secondsIn(year - back, time);
        if (t !== undefined && t <= known + SLACK_SECONDS) return t;
      }
      return undefined;
    }
    const candidates = [year, year + 1, year - 1].flatMap((one) => secondsIn(one, time) ?? []);
    return candidates.sort((a, b) => Math.abs(a - known) - Math.abs(b - known))[0];
  }

  #nearestDay(seconds: number, known: number): number {
    const t = Math.floor(known / DAY_SECONDS) * DAY_SECONDS + seconds;
    if (this.#last === undefined) return t > known + SLACK_SECONDS ? t - DAY_SECONDS : t;
    return t - Math.round((t - known) / DAY_SECONDS) * DAY_SECONDS;
  }
}

function secondsIn(year: number, { month = 1, day = 1, seconds }: FoundTime): number | undefined {
  const midnight = Date.UTC(year, month - 1, day);
  return new Date(midnight).getUTCDate() === day ? midnight / 1000 + seconds : undefined;
}
