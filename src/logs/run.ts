/**
 * One life of a dyno, from a start to the next: its series, its errors, its troubles, how it ended. The same name lives
 * again after each restart, at least once a day, and two lives overlap while one takes over from the other.
 */
import type { Measure, Trouble } from '../formats/heroku/events.ts';
import { Track, type TrackReport } from './track.ts';

/** How a life ends. `cycled` is the platform's daily restart; `replaced`: only the next one was seen. */
export type End = 'restarted' | 'cycled' | 'released' | 'crashed' | 'killed' | 'stopped' | 'replaced';

export interface Tally {
  count: number;
  first: number;
  last: number;
  /** What it is, in the words of the first. */
  text: string;
}

export interface OwnAlert {
  readonly t: number;
  readonly code: string;
  readonly desc: string;
  readonly at: 'alert' | 'warn' | 'resolved';
  readonly group: string;
  readonly culprit?: string;
}

export interface RunReport {
  readonly instance?: string;
  readonly from: number;
  readonly to: number;
  /** It was seen to start. */
  readonly startSeen: boolean;
  readonly end?: { readonly t: number; readonly how: End; readonly status?: number };
  readonly tracks: readonly TrackReport[];
  /** By code, in the order of their first. */
  readonly errors: readonly (Readonly<Tally> & { readonly code: string })[];
  readonly troubles: readonly (Readonly<Tally> & { readonly trouble: Trouble })[];
  /** The last one of each code and group. */
  readonly alerts: readonly OwnAlert[];
  /** How long its memory was seen above the quota. */
  readonly overQuotaSeconds: number;
  readonly workers?: number;
}

/** Whoever writes lines must not be able to fill our memory. */
const MOST_TRACKS = 40;
const MOST_TALLIES = 40;
const MOST_ALERTS = 40;
const MOST_WORKERS = 256;
/** Workers that come up later than this after the first were started anew in the place of others. */
const WORKERS_START_SECONDS = 180;
/** Between two readings above the quota; more is a gap. */
const LONGEST_STEP_SECONDS = 60;
/** The platform measures and complains in the same moment. */
const SAME_MEASUREMENT_SECONDS = 40;

export class Run {
  instance: string | undefined;
  /** What leakwatch in the dyno calls it; off the platform it has another name for it. */
  own: string | undefined;
  readonly startSeen: boolean;
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

  /** Series in it. */
  get size(): number {
    return this.#tracks.size;
  }

  get tracks(): Iterable<Track> {
    return this.#tracks.values();
  }

  seen(t: number): void {
    if (t < this.#from && !this.startSeen) this.#from = t;
    if (t > this.#to) this.#to = t;
  }

  end(t: number, how: End): void {
    // What is known for certain is not made vaguer by what follows.
    if (this.#end && !(how === 'killed' && this.#end.how === 'crashed')) return;
    this.#end = { ...this.#end, t: this.#end?.t ?? t, how };
  }

  exited(status: number): void {
    if (this.#end) this.#end.status ??= status;
  }

  /** @returns the track, new where there is none yet; undefined where there are too many */
  track(measure: Measure, group: string | undefined, falseAlarmsPerYear: number): Track | undefined {
    const key = group === undefined ? measure : `${group}\n${measure}`;
    const known = this.#tracks.get(key);
    if (known || this.#tracks.size >= MOST_TRACKS) return known;
    const track = new Track({ measure, group, falseAlarmsPerYear });
    this.#tracks.set(key, track);
    return track;
  }

  /** Memory as the platform measures it. @returns false for a complaint about what has been measured already */
  isNewMeasurement(t: number, by: 'platform' | 'leakwatch' | 'complaint'): boolean {
    if (by === 'platform') this.#measuredAt = Math.max(this.#measuredAt, t);
    return by !== 'complaint' || t - this.#measuredAt > SAME_MEASUREMENT_SECONDS;
  }

  /** Counts the time above the quota. */
  compare(t: number, memory: number, quotaBytes: number | undefined): void {
    if (quotaBytes === undefined || memory <= quotaBytes) {
      this.#overSince = undefined;
      return;
    }
    if (this.#overSince !== undefined && t > this.#overSince)
      this.#overQuotaSeconds += Math.min(LONGEST_STEP_SECONDS, t - this.#overSince);
    this.#overSince = Math.max(t, this.#overSince ?? t);
  }

  /** @returns whether it is the first of its code in this life */
  error(t: number, code: string, desc: string): boolean {
    return tally(this.#errors, code, t, desc);
  }

  trouble(t: number, trouble: Trouble, text: string): boolean {
    return tally(this.#troubles, trouble, t, text);
  }

  /** @returns whether it is news */
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

  report(): RunReport {
    const { workers } = this;
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
