/** What the server remembers of each series: asked for when a series is new, and anew now and then. */
import type { Metric } from '../../model/metrics.ts';
import type { PageReport, Point } from './report.ts';

/** The server takes 256 connections, a browser opens six to one host. */
const REQUESTS_AT_ONCE = 4;
const TIMEOUT_MS = 10_000;
/** Points of one answer, and the most samples that it may reach back. */
const MOST_POINTS = 32;
const MOST_SAMPLES = 64 * MOST_POINTS;
const LEAST_SECONDS = 60;
/** Sparklines end in the last value; after so many samples their earlier points are asked for anew. */
const RELOAD_EVERY = 15;

export class SeriesStore {
  readonly #points = new Map<string, readonly Point[]>();
  readonly #onPoints: (group: string, metric: Metric) => void;
  #wanted: (readonly [group: string, metric: Metric])[] = [];
  #asking = 0;
  #windowSeconds = LEAST_SECONDS;
  /** Time of the last sample, and how many there were since all series were asked for. */
  #t = 0;
  #samples = 0;

  /** @param onPoints told when the points of a series have come */
  constructor(onPoints: (group: string, metric: Metric) => void) {
    this.#onPoints = onPoints;
  }

  get(group: string, metric: Metric): readonly Point[] | undefined {
    return this.#points.get(keyOf(group, metric));
  }

  clear(): void {
    this.#points.clear();
  }

  /** The next sample makes it ask for all series, after the page was hidden and asked for none. */
  reloadSoon(): void {
    this.#samples = -1;
  }

  /** Asks for the series that are not known yet, now and then for all; forgets those of groups that are gone. */
  update(report: PageReport): void {
    if (report.t !== this.#t) this.#samples++;
    this.#t = report.t;
    const all = this.#samples % RELOAD_EVERY === 0;
    const present = report.groups.flatMap(({ name, series }) =>
      series.map(({ metric, value }) => ({ group: name, metric, value, key: keyOf(name, metric) })),
    );
    const keys = new Set(present.map(({ key }) => key));
    for (const key of this.#points.keys()) if (!keys.has(key)) this.#points.delete(key);
    if (document.hidden) return;
    this.#windowSeconds = windowOf(report);
    this.#wanted = present
      .filter(({ value, key }) => value !== undefined && (all || !this.#points.has(key)))
      .map(({ group, metric }) => [group, metric] as const);
    while (this.#asking < REQUESTS_AT_ONCE && this.#wanted.length > 0) this.#askNext();
  }

  async #askNext(): Promise<void> {
    const next = this.#wanted.shift();
    if (!next) return;
    const [group, metric] = next;
    this.#asking++;
    try {
      const query = new URLSearchParams({ group, metric, window: String(this.#windowSeconds) });
      const response = await fetch(`/api/v1/series?${query}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.ok) {
        const { points } = (await response.json()) as { points: readonly Point[] };
        this.#points.set(keyOf(group, metric), points);
        this.#onPoints(group, metric);
      }
    } catch {
      // The next report asks again.
      this.#wanted = [];
    }
    this.#asking--;
    this.#askNext();
  }
}

function keyOf(group: string, metric: Metric): string {
  return JSON.stringify([group, metric]);
}

/** As long as leakwatch has been running, within the bounds of what it remembers in fine steps. */
function windowOf({ self: { samplesTotal, intervalSeconds } }: PageReport): number {
  const samples = Math.min(Math.max(samplesTotal, MOST_POINTS), MOST_SAMPLES);
  return Math.max(LEAST_SECONDS, Math.round(samples * intervalSeconds));
}
