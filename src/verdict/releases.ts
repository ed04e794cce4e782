/**
 * Since which release a group grows. For each release it keeps how long the longest life under it was watched, and what
 * each metric rose by in a second. When something grows, an earlier release in which it did not is named:
 *
 *   v42  ____~__~____~___     v43  __/‾‾/‾‾      since v43; v42 did not grow
 *        a quarter | half            grown for
 *
 * What it cannot see: whether the load was the same, and what else was deployed with the release.
 */
import { type LearnedRelease, MOST_RELEASES } from '../model/learned.ts';
import { METRICS, type Metric } from '../model/metrics.ts';
import { printable } from '../text/printable.ts';

/** Between which releases the growth began. */
export interface GrownSince {
  /** The first that may have brought it; another than `last` if one in between was watched for too short a time. */
  readonly first: string;
  /** The present one. */
  readonly last: string;
  /** The newest of those before that did not grow. */
  readonly steady: string;
}

/** A life of a group, until now or until its end. */
export interface Life {
  readonly seconds: number;
  /** Readings of it in order, as far as they are kept; see `Series.points`. */
  readonly points: (metric: Metric) => readonly { readonly t: number; readonly v: number }[];
}

export interface Growth {
  readonly metric: Metric;
  readonly perSecond: number;
  /** How long it has been seen. */
  readonly seconds: number;
  /** How long its group was watched before. */
  readonly secondsBefore: number;
}

/**
 * A release that rose by less than this share of the growth did not grow. Chosen: far from what another load makes of
 * the same leak, and above what noise makes of none, because it had as long as the growth took to be found.
 */
const STILL_SHARE = 0.1;

export class Releases {
  readonly #present: string | undefined;
  /** The longest life under the present release that has ended. */
  #ended: LearnedRelease | undefined;
  /** The other releases, the newest first. */
  #earlier: readonly LearnedRelease[] = [];

  /** @param present absent = nobody says what is deployed */
  constructor(present: string | undefined) {
    this.#present = present;
  }

  /** What was learned before. */
  learn(releases: readonly LearnedRelease[]): void {
    this.#ended = releases.find(({ release }) => release === this.#present);
    this.#earlier = releases.filter(({ release }) => release !== this.#present);
  }

  /** A life under the present release has ended. */
  end(life: Life): void {
    this.#ended = this.#longest(life);
  }

  /** With the life that goes on; the newest release first, `MOST_RELEASES` at most. */
  learned(life: Life): readonly LearnedRelease[] {
    const present = this.#longest(life);
    return [...(present ? [present] : []), ...this.#earlier].slice(0, MOST_RELEASES);
  }

  /** @returns undefined where that cannot be said */
  grownSince({ metric, perSecond, seconds, secondsBefore }: Growth): GrownSince | undefined {
    // A growth that began late, or not in an earlier life under the same release, did not come with the release.
    if (this.#present === undefined || secondsBefore > seconds) return undefined;
    const wasWatched = (one: LearnedRelease): boolean => one.seconds >= seconds && one.rises[metric] !== undefined;
    const didNotGrow = (one: LearnedRelease): boolean => one.rises[metric]! < STILL_SHARE * perSecond;
    if (this.#ended && wasWatched(this.#ended) && didNotGrow(this.#ended)) return undefined;
    const at = this.#earlier.findIndex(wasWatched);
    const steady = this.#earlier[at];
    if (!steady || !didNotGrow(steady)) return undefined;
    return { first: this.#earlier[at - 1]?.release ?? this.#present, last: this.#present, steady: steady.release };
  }

  /** The longer of this life and those that have ended: a longer one says more. */
  #longest({ seconds, points }: Life): LearnedRelease | undefined {
    if (this.#present === undefined || !(seconds > (this.#ended?.seconds ?? 0))) return this.#ended;
    const rises = METRICS.flatMap(({ name }) => {
      const rise = riseOf(points(name));
      return rise === undefined ? [] : [[name, rise]];
    });
    return { release: this.#present, seconds, rises: Object.fromEntries(rises) };
  }
}

/** @example inWords({ first: 'v43', last: 'v43', steady: 'v42' }) // => 'since v43; v42 did not grow' */
export function inWords({ first, last, steady }: GrownSince): string {
  const since = first === last ? printable(last) : `one of ${printable(first)} to ${printable(last)}`;
  return `since ${since}; ${printable(steady)} did not grow`;
}

/**
 * What a life rose by in a second: from the least value of its second quarter to the least of its fourth, because in the
 * first a program warms up, and peaks pass.
 * @returns 0 if it fell; undefined if a quarter has no value
 */
function riseOf(points: readonly { readonly t: number; readonly v: number }[]): number | undefined {
  const begun = points[0]?.t ?? 0;
  const seconds = (points.at(-1)?.t ?? 0) - begun;
  const leastFrom = (from: number): number =>
    Math.min(
      ...points
        .filter(({ t }) => t - begun >= from * seconds && t - begun <= (from + 1 / 4) * seconds)
        .map(({ v }) => v),
    );
  const rise = (leastFrom(3 / 4) - leastFrom(1 / 4)) / (seconds / 2);
  return Number.isFinite(rise) ? Math.max(0, rise) : undefined;
}
