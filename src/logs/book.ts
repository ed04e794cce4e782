/**
 * Everything that a log has told so far: events in, a state of bounded size that can be read at any time. Decides which
 * dyno a line is about if several apps write into one log, and shares the budget of false alarms among all series.
 */
import { type LineOrigin, type LogEvent, PLATFORM_INTERVAL_SECONDS } from '../formats/heroku/events.ts';
import { Dyno, type DynoState, type News } from './dyno.ts';

export interface BookOptions {
  /** 10,000 if absent; 300 of them are kept in full. */
  readonly mostDynos?: number;
  /** From all series of the log together. */
  readonly falseAlarmsPerMonth: number;
}

export interface Release {
  readonly t: number;
  readonly text: string;
}

export interface BookState {
  readonly dynos: readonly DynoState[];
  /** Number of silent dynos that were dropped because there were too many. */
  readonly forgottenDynos: number;
  /** Number of events of dynos that were not followed, as none of the others was silent. Absent if there are none. */
  readonly leftOut?: number;
  readonly releases: readonly Release[];
  /** Number of lines that the log itself reports as missing (L10 to L13). */
  readonly lostLines: number;
  /** The log has no times: seconds count from its beginning, one platform interval for each measurement. */
  readonly untimed: boolean;
}

/** Chosen: 100 types of processes with the 100 dynos that each may have (devcenter.heroku.com/articles/limits). */
const MOST_DYNOS = 10_000;
/**
 * Dynos that are kept in full; further ones are kept in brief. Chosen: three process types of the largest size. A dyno in
 * full takes about 100 KB, and one in brief half of it.
 */
const MOST_IN_FULL = 300;
/**
 * A dyno that was silent for as long gives its place to a new one if there are too many. Chosen: a dyno that runs is
 * measured every 20 seconds; without measurements it may be silent for some minutes. One-off dynos (`run.4711`) come
 * without end, each with a new name.
 */
const SILENT_SECONDS = 3600;
/** Chosen: more than the timeline of one report shows (MOST_STORIES of logs-report/table.ts). */
const MOST_RELEASES = 100;
/** News that are kept until they are fetched, once a second. Chosen: more than a terminal shows or anybody reads. */
const MOST_NEWS = 500;
const MONTHS_PER_YEAR = 12;
/** Stands in place of a dyno for errors of requests that reached none. */
export const ROUTER = 'router';
/** Stands in place of a dyno for output without a header. */
const NAMELESS = 'app';

export class Book {
  readonly #options: BookOptions;
  readonly #dynos = new Map<string, Dyno>();
  /** The latest dyno of each name, for lines that do not say which app they are from. */
  readonly #byName = new Map<string, Dyno>();
  readonly #releases: Release[] = [];
  #news: News[] = [];
  /** No dyno is silent for long enough before this time. */
  #nextLookAt = Number.NEGATIVE_INFINITY;
  #forgotten = 0;
  #leftOut = 0;
  #lostLines = 0;
  #series = 0;
  #latest: number | undefined;
  #untimed = false;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  take(event: LogEvent, origin: LineOrigin): void {
    if (event.kind === 'lost') this.#lostLines += event.lines;
    else if (event.kind === 'release') this.#release(event.text, origin);
    else {
      const dyno = this.#dynoOf(event, origin);
      if (!dyno) {
        this.#leftOut++;
        return;
      }
      const before = dyno.series;
      dyno.take(event, this.#timeOf(event, origin, dyno));
      this.#series += dyno.series - before;
    }
  }

  /** The news since the last call, oldest first. */
  takeNews(): readonly News[] {
    const news = this.#news;
    this.#news = [];
    return news;
  }

  get state(): BookState {
    const dynos = [...this.#dynos.values()].map((dyno) => dyno.report());
    return {
      dynos: dynos.sort(byName),
      forgottenDynos: this.#forgotten,
      ...(this.#leftOut > 0 && { leftOut: this.#leftOut }),
      releases: [...this.#releases],
      lostLines: this.#lostLines,
      untimed: this.#untimed,
    };
  }

  #release(text: string, { t }: LineOrigin): void {
    if (Number.isNaN(t)) return;
    this.#releases.push({ t, text });
    if (this.#releases.length > MOST_RELEASES) this.#releases.shift();
  }

  #timeOf(event: LogEvent, { t }: LineOrigin, dyno: Dyno): number {
    if (!Number.isNaN(t)) {
      this.#latest = t;
      return t;
    }
    if (this.#latest !== undefined) return this.#latest;
    this.#untimed = true;
    const isTick = event.kind === 'sample' && event.group === undefined && event.values.load === undefined;
    if (isTick) dyno.virtualSeconds += PLATFORM_INTERVAL_SECONDS;
    return dyno.virtualSeconds;
  }

  /** @returns undefined if there are too many dynos */
  #dynoOf(event: LogEvent, { t, drain, process }: LineOrigin): Dyno | undefined {
    const name = process || this.#nameFor(event, drain);
    const nameKey = `${drain}\n${name}`;
    const appId = event.kind === 'sample' ? event.appId : undefined;
    const last = this.#byName.get(nameKey);
    if (last && (appId === undefined || last.appId === undefined || last.appId === appId)) return last;
    const key = `${nameKey}\n${appId ?? ''}`;
    const dyno = this.#dynos.get(key) ?? (this.#hasRoom(t) ? this.#newDyno(key, name, drain) : undefined);
    if (dyno) this.#byName.set(nameKey, dyno);
    return dyno;
  }

  /** The name for a line without one: an error of the router's belongs to the only web dyno, if there is just one. */
  #nameFor(event: LogEvent, drain: string): string {
    if (event.kind !== 'error') return NAMELESS;
    let found: string | undefined;
    for (const dyno of this.#dynos.values()) {
      if (dyno.drain !== drain || !dyno.name.startsWith('web.') || dyno.name === found) continue;
      if (found !== undefined) return ROUTER;
      found = dyno.name;
    }
    return found ?? ROUTER;
  }

  #newDyno(key: string, name: string, drain: string): Dyno {
    const dyno = new Dyno({
      detail: this.#dynos.size < MOST_IN_FULL ? 'full' : 'brief',
      name,
      drain,
      context: {
        falseAlarmsPerYear: () => this.#budget(),
        tell: (news) => {
          this.#news.push(news);
          if (this.#news.length > MOST_NEWS) this.#news.shift();
        },
        releasedAt: () => this.#releases.at(-1)?.t,
      },
    });
    this.#dynos.set(key, dyno);
    return dyno;
  }

  /** Makes room for one more dyno at this time, if it must and can. */
  #hasRoom(t: number): boolean {
    if (this.#dynos.size < (this.#options.mostDynos ?? MOST_DYNOS)) return true;
    // Looking through all of them for each line of a dyno that is left out would take too long.
    if (t < this.#nextLookAt) return false;
    let oldest: readonly [string, Dyno] | undefined;
    for (const entry of this.#dynos) if (!oldest || entry[1].lastSeen < oldest[1].lastSeen) oldest = entry;
    const silentUntil = (oldest?.[1].lastSeen ?? t) + SILENT_SECONDS;
    this.#nextLookAt = silentUntil;
    if (!oldest || !(t >= silentUntil)) return false;
    const [key, dyno] = oldest;
    this.#dynos.delete(key);
    for (const [name, one] of this.#byName) if (one === dyno) this.#byName.delete(name);
    this.#series -= dyno.series;
    this.#forgotten++;
    return true;
  }

  /** Each series has an equal part. */
  #budget(): number {
    return shareOfBudget(this.#options.falseAlarmsPerMonth, this.#series);
  }
}

/**
 * @returns false alarms a year that each of so many series may give
 * @example shareOfBudget(1, 3) // => 4
 */
export function shareOfBudget(falseAlarmsPerMonth: number, series: number): number {
  return (falseAlarmsPerMonth * MONTHS_PER_YEAR) / Math.max(1, series);
}

/** web.2 before web.10. */
function byName(a: DynoState, b: DynoState): number {
  const [typeA, numberA] = parts(a.name);
  const [typeB, numberB] = parts(b.name);
  if (typeA !== typeB) return typeA < typeB ? -1 : 1;
  return numberA - numberB || (a.appId ?? '').localeCompare(b.appId ?? '');
}

function parts(name: string): [string, number] {
  const [, type = name, number] = /^(.*)\.(\d{1,9})$/.exec(name) ?? [];
  return [type, number === undefined ? -1 : Number(number)];
}
