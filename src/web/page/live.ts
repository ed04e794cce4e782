/**
 * The connection to the server: fetches the report at the start and whenever the server says that there is a new
 * sample. Where it cannot listen to the server's events it asks once an interval.
 */
import type { NamedEvent } from '../../verdict/culprit.ts';
import type { News } from './news.ts';
import type { PageReport } from './report.ts';

const TIMEOUT_MS = 10_000;
/** Seconds between two requests where there are no events; the interval of the samples within these bounds. */
const LEAST_POLL_SECONDS = 2;
const MOST_POLL_SECONDS = 60;
const POLL_SECONDS_AT_FIRST = 5;

export interface Listener {
  /**
   * @param since.restarted leakwatch has been started anew since the report before
   * @param since.upgraded and it is another version
   */
  onReport(report: PageReport, since: { readonly restarted: boolean; readonly upgraded: boolean }): void;
  /** The server has no report yet, or does not answer. */
  onNoReport(): void;
  onEvent(event: NamedEvent): void;
}

export class Live {
  readonly #listener: Listener;
  #report: PageReport | undefined;
  #failure = '';
  #answered = false;
  /** When the report's sample was taken, milliseconds of the page's clock. */
  #sampledAtMs = 0;
  #refreshing = false;
  #refreshAgain = false;
  #source: EventSource | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  get news(): News {
    return {
      report: this.#report,
      failure: this.#failure,
      answered: this.#answered,
      ageSeconds: (performance.now() - this.#sampledAtMs) / 1000,
    };
  }

  start(): void {
    this.#listen();
    this.#poll();
    this.refresh();
  }

  /** One request at a time; any number of calls meanwhile are one more request afterwards. */
  refresh(): void {
    if (this.#refreshing) {
      this.#refreshAgain = true;
      return;
    }
    this.#refreshing = true;
    this.#fetchReport().finally(() => {
      const again = this.#refreshAgain;
      this.#refreshing = false;
      this.#refreshAgain = false;
      if (again) this.refresh();
    });
  }

  async #fetchReport(): Promise<void> {
    try {
      const response = await fetch('/api/v1/report', { signal: AbortSignal.timeout(TIMEOUT_MS) });
      this.#answered = true;
      // No sample yet.
      if (response.status === 503) {
        this.#failure = '';
        this.#listener.onNoReport();
        return;
      }
      if (!response.ok) throw new Error(`the server answers ${response.status}`);
      this.#take((await response.json()) as PageReport, response.headers.get('date') ?? '');
    } catch (error) {
      this.#failure = describeFailure(error);
      this.#listener.onNoReport();
    }
  }

  #take(report: PageReport, date: string): void {
    const before = this.#report;
    this.#failure = '';
    if (report.t !== before?.t) {
      // The first report may be old already when the page is opened; later ones come as they are taken.
      const oldMs = before ? 0 : Date.parse(date) - report.t * 1000;
      this.#sampledAtMs = performance.now() - (oldMs > 0 ? oldMs : 0);
    }
    this.#report = report;
    const restarted = before !== undefined && report.self.samplesTotal < before.self.samplesTotal;
    const upgraded = before !== undefined && report.version !== before.version;
    this.#listener.onReport(report, { restarted, upgraded });
  }

  #listen(): void {
    const source = new EventSource('/api/v1/events');
    this.#source = source;
    for (const name of ['open', 'sample', 'error']) source.addEventListener(name, () => this.refresh());
    for (const name of ['alert', 'warn', 'resolved']) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => this.#listener.onEvent(JSON.parse(data)));
    }
  }

  #poll(): void {
    const seconds = this.#report?.self.intervalSeconds ?? POLL_SECONDS_AT_FIRST;
    setTimeout(
      () => {
        if (this.#source?.readyState !== EventSource.OPEN) this.refresh();
        if (this.#source?.readyState === EventSource.CLOSED) this.#listen();
        this.#poll();
      },
      Math.max(LEAST_POLL_SECONDS, Math.min(MOST_POLL_SECONDS, seconds)) * 1000,
    );
  }
}

/** A browser reports a lost connection as a TypeError without further words. */
function describeFailure(error: unknown): string {
  if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return 'connection lost';
  return error instanceof Error ? error.message : String(error);
}
