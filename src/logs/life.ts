/**
 * One life of a dyno, from one start to the next: its series, errors and troubles, and how it ended. A name such as
 * web.1 gets a new life with each restart, at least once a day; two lives overlap while one takes over from the other.
 */
import { type Measure, PLATFORM_INTERVAL_SECONDS, type Trouble } from '../formats/heroku/events.ts';
import type { Metric } from '../model/metrics.ts';
import { type Ahead, QuotaWatch } from './quota-watch.ts';
import { Track, type TrackReport } from './track.ts';

/** How a life ends. `cycled`: the platform's daily restart; `replaced`: only the start of the next life was seen. */
export type End = 'restarted' | 'cycled' | 'released' | 'crashed' | 'killed' | 'stopped' | 'replaced';

export interface Tally {
  count: number;
  first: number;
  last: number;
  /** The first of them, as it was written. */
  text: string;
}

export interface OwnAlert {
  readonly t: number;
  readonly code: string;
  readonly desc: string;
  readonly at: 'alert' | 'warn' | 'resolved';
  readonly group: string;
  readonly metric?: Metric;
  readonly culprit?: string;
}

export interface LifeReport {
  readonly instance?: string;
  readonly from: number;
  readonly to: number;
  /** False if the log begins within this life. */
  readonly startSeen: boolean;
  readonly end?: { readonly t: number; readonly how: End; readonly status?: number };
  readonly tracks: readonly TrackReport[];
  /** One for each code, in the order in which they first came. */
  readonly errors: readonly (Readonly<Tally> & { readonly code: string })[];
  readonly troubles: readonly (Readonly<Tally> & { readonly trouble: Trouble })[];
  /** The latest of each code and group. */
  readonly alerts: readonly OwnAlert[];
  /** Measured time above the quota. */
  readonly overQuotaSeconds: number;
  /** The quota that its memory was on the way to when it was last measured. */
  readonly ahead?: Ahead;
  readonly workers?: number;
}

/**
 * Series of one life. Chosen, as the two below: an app can print names without end. Three series are the platform's,
 * five are those of leakwatch's line for the dyno, and six groups have five each: 38.
 */
const MOST_TRACKS = 40;
/** Codes of errors in one life. Heroku documents 34 that begin with H or R (devcenter error-codes). */
const MOST_TALLIES = 40;
/** Alerts of one life, by code and group. Chosen: six groups with six codes each are 36. */
const MOST_ALERTS = 40;
/** The limit on processes and threads of the smaller dynos (devcenter limits): no more workers fit. */
const MOST_WORKERS = 256;
/**
 * Workers that start later than this after the first replace others and are not counted again. Chosen: three times the
 * 60 s in which a web process must have booted (R10). Apps that preload slowly start their last worker within that.
 */
const WORKERS_START_SECONDS = 180;
/** Longest time between two readings that both count as above the quota: two of them may be lost. */
export const LONGEST_STEP_SECONDS = 3 * PLATFORM_INTERVAL_SECONDS;
/** A complaint this soon after a measurement belongs to it: one of them may be lost. */
const SAME_MEASUREMENT_SECONDS = 2 * PLATFORM_INTERVAL_SECONDS;

export class Life {
  instance: string | undefined;
  /** The id that leakwatch in the dyno uses; off the platform it is another one. */
  ownInstance: string | undefined;
  readonly startSeen: boolean;
  readonly #quota = new QuotaWatch();
  readonly #tracks = new Map<string, Track>();
  readonly #errors = new Map<string, Tally>();
  readonly #troubles = new Map<Trouble, Tally>();
  readonly #alerts = new Map<string, OwnAlert>();
  readonly #workers = new Set<string>();
  #workersSince = 0;
  #workerCount: number | undefined;
  #from: number;
  #to: number;
  #end: { t: number; how: End; status?: number } | undefined;
  #overQuotaSeconds = 0;
  #overSince: number | undefined;
  #quotaBound: { readonly least: number; readonly count: number } | undefined;
  #measuredAt = Number.NEGATIVE_INFINITY;

  constructor(t: number, { startSeen }: { readonly startSeen: boolean }) {
    this.#from = t;
    this.#to = t;
    this.startSeen = startSeen;
  }

  get from(): number {
    return this.#from;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Number of series. */
  get size(): number {
    return this.#tracks.size;
  }

  seen(t: number): void {
    if (t < this.#from && !this.startSeen) this.#from = t;
    if (t > this.#to) this.#to = t;
  }

  end(t: number, how: End): void {
    this.#end ??= { t, how };
  }

  exited(status: number): void {
    if (this.#end) this.#end.status ??= status;
  }

  /** @returns the series, a new one if there is none yet; undefined if there are too many */
  track(measure: Measure, group: string | undefined, falseAlarmsPerYear: number): Track | undefined {
    const key = group === undefined ? measure : `${group}\n${measure}`;
    const known = this.#tracks.get(key);
    if (known || this.#tracks.size >= MOST_TRACKS) return known;
    const track = new Track({ measure, group, falseAlarmsPerYear });
    this.#tracks.set(key, track);
    return track;
  }

  /** @returns false for a complaint about memory that has been measured already */
  isNewMeasurement(t: number, by: 'platform' | 'leakwatch' | 'complaint'): boolean {
    if (by === 'platform') this.#measuredAt = Math.max(this.#measuredAt, t);
    return by !== 'complaint' || t - this.#measuredAt > SAME_MEASUREMENT_SECONDS;
  }

  /** Takes an upper bound of the quota. @returns the least of this life, and how many there were */
  boundQuota(bytes: number): { readonly least: number; readonly count: number } {
    const known = this.#quotaBound;
    this.#quotaBound = { least: Math.min(known?.least ?? bytes, bytes), count: (known?.count ?? 0) + 1 };
    return this.#quotaBound;
  }

  /** The quota that its memory is on the way to. */
  get ahead(): Ahead | undefined {
    return this.#quota.ahead;
  }

  /** Compares memory that the track has taken with the quota ahead. @returns whether there is news, see `QuotaWatch` */
  lookAhead(track: Track, t: number, used: number, quotaBytes: number): boolean {
    return this.#quota.see(track, { t, used, quotaBytes, since: this.#from });
  }

  /** Adds up the time above the quota. */
  compare(t: number, memory: number, quotaBytes: number | undefined): void {
    if (quotaBytes === undefined || memory <= quotaBytes) {
      this.#overSince = undefined;
      return;
    }
    if (this.#overSince !== undefined && t > this.#overSince)
      this.#overQuotaSeconds += Math.min(LONGEST_STEP_SECONDS, t - this.#overSince);
    this.#overSince = Math.max(t, this.#overSince ?? t);
  }

  /** @returns whether it is the first of this code */
  error(t: number, code: string, desc: string): boolean {
    return tally(this.#errors, code, t, desc);
  }

  trouble(t: number, trouble: Trouble, text: string): boolean {
    return tally(this.#troubles, trouble, t, text);
  }

  /**
   * One alert for each code and group, whatever its metric: leakwatch tells of several metrics with one code once, and its
   * `resolved` may be about another one of them. @returns whether it differs from the latest of its code and group
   */
  alert(alert: OwnAlert): boolean {
    const key = `${alert.code}\n${alert.group}`;
    const known = this.#alerts.get(key);
    if (!known && this.#alerts.size >= MOST_ALERTS) return false;
    this.#alerts.set(key, alert);
    return known?.at !== alert.at;
  }

  worker(t: number, id: string | undefined, count: number | undefined): void {
    if (count !== undefined) this.#workerCount = count;
    if (id === undefined || this.#workers.size >= MOST_WORKERS) return;
    if (this.#workers.size === 0) this.#workersSince = t;
    if (t - this.#workersSince <= WORKERS_START_SECONDS) this.#workers.add(id);
  }

  get workers(): number | undefined {
    return this.#workers.size > 0 ? this.#workers.size : this.#workerCount;
  }

  report(): LifeReport {
    const { workers, ahead } = this;
    return {
      ...(this.instance !== undefined && { instance: this.instance }),
      from: this.#from,
      to: this.#to,
      startSeen: this.startSeen,
      ...(this.#end && { end: { ...this.#end } }),
      tracks: [...this.#tracks.values()].map((track) => track.report()),
      errors: inOrder(this.#errors).map(([code, one]) => ({ code, ...one })),
      troubles: inOrder(this.#troubles).map(([trouble, one]) => ({ trouble, ...one })),
      alerts: [...this.#alerts.values()],
      overQuotaSeconds: this.#overQuotaSeconds,
      ...(ahead && { ahead }),
      ...(workers !== undefined && { workers }),
    };
  }
}

function tally<K>(tallies: Map<K, Tally>, key: K, t: number, text: string): boolean {
  const known = tallies.get(key);
  if (known) {
    known.count++;
    if (t < known.first) known.first = t;
    if (t > known.last) known.last = t;
    return false;
  }
  if (tallies.size < MOST_TALLIES) tallies.set(key, { count: 1, first: t, last: t, text });
  return true;
}

function inOrder<K>(tallies: ReadonlyMap<K, Tally>): [K, Tally][] {
  return [...tallies].sort(([, a], [, b]) => a.first - b.first);
}
