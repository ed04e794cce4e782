/**
 * Follows one dyno name (`web.1`) through all its lives: takes the events of its log lines, and decides where one life
 * ends and the next begins. Two lives are kept open, because the old one may still write while the new one starts.
 * Older lives are kept as reports.
 */
import {
  type LogEvent,
  type Measure,
  PLATFORM_INTERVAL_SECONDS,
  type SampleEvent,
  type Trouble,
} from '../formats/heroku/events.ts';
import type { Verdict } from '../verdict/report.ts';
import { Curve, type Point } from './curve.ts';
import { type End, Life, type LifeReport, type OwnAlert } from './life.ts';
import { MEASURES } from './measures.ts';
import type { Ahead } from './quota-watch.ts';

/** Number of closed lives that are kept. Chosen: two months of daily restarts. Nobody reads more of a crash loop. */
const MOST_LIVES = 60;
/** Most charts of series, and of error codes, in a dyno: more than the 40 of one life, because groups come and go. */
const MOST_CHARTS = 48;
/** Buckets of a chart. Each covers about three of the page's 1,000 columns (logs-report/chart.ts). */
const CHART_BUCKETS = 360;
/** Buckets of a chart of a dyno in brief: two for each column of the table's small chart (logs-report/table.ts). */
const BRIEF_CHART_BUCKETS = 48;
/** Names of troubles in the charts. They stand beside the platform's error codes. */
const TROUBLE_NAMES: Readonly<Record<Trouble, string>> = {
  threads: 'EAGAIN',
  perhaps: 'EAGAIN',
  fds: 'EMFILE',
  memory: 'ENOMEM',
};
/** The end of a life, for each of the platform's words for a stop. */
const END_OF_STOP = { cycling: 'cycled', restarting: 'restarted', idling: 'stopped', killed: 'killed' } as const;
/**
 * A start is logged twice, as a state and as a command, and the old life may still log its exit. All these lines come
 * within twice the 60 s that a boot may take (R10). The old life has 30 s to exit after SIGTERM (R12).
 */
const SAME_START_SECONDS = 120;
/**
 * A release, a deploy or the daily cycle explains a restart that follows it within this time. With preboot the old
 * dynos stop about three minutes after the deploy (devcenter.heroku.com/articles/preboot).
 */
const CAUSE_SECONDS = 180;

/**
 * From this many complaints on, a life may raise the quota of earlier lives. Chosen: a minute of R14. At one complaint
 * the disk cache may be as large as a dyno, but seldom at all of them.
 */
const LEAST_BOUNDS = 3;

/** Something that a person who follows the log wants to know at once. */
export type News = { readonly t: number; readonly dyno: string } & (
  | {
      readonly kind: 'verdict';
      readonly measure: Measure;
      readonly group?: string;
      readonly verdict: Verdict;
      readonly value: number;
    }
  | { readonly kind: 'ahead'; readonly ahead: Ahead }
  | { readonly kind: 'error'; readonly code: string; readonly desc: string }
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'end'; readonly how: End }
  | { readonly kind: 'alert'; readonly alert: OwnAlert }
);

/** The parts of the whole log that a dyno needs. */
export interface LogContext {
  readonly falseAlarmsPerYear: () => number;
  readonly tell: (news: News) => void;
  /** Time of the latest release or deploy. */
  readonly releasedAt: () => number | undefined;
}

export interface ChartReport {
  /** A measure (`memory`), or an error code. */
  readonly name: string;
  readonly group?: string;
  readonly widthSeconds: number;
  readonly points: readonly Point[];
}

export interface DynoState {
  readonly name: string;
  readonly appId?: string;
  readonly drain: string;
  readonly quotaBytes?: number;
  readonly threadLimit?: number;
  /** Oldest first. */
  readonly lives: readonly LifeReport[];
  /** Number of older lives, which were dropped. */
  readonly earlierLives: number;
  readonly charts: readonly ChartReport[];
  readonly errorCharts: readonly ChartReport[];
}

/**
 * How much is kept of a dyno. `brief`: charts are coarser, and swap has no series, because it is a part of memory.
 * Findings are the same.
 */
export type Detail = 'full' | 'brief';

export class Dyno {
  readonly name: string;
  readonly drain: string;
  appId: string | undefined;
  /** The clock of a log without times: seconds since its beginning. */
  virtualSeconds = 0;
  lastSeen = Number.NEGATIVE_INFINITY;
  readonly #context: LogContext;
  readonly #closed: LifeReport[] = [];
  #earlierLives = 0;
  #previous: Life | undefined;
  #current: Life | undefined;
  #quotaBytes: number | undefined;
  #quotaMeasured = false;
  #threadLimit: number | undefined;
  #cause: { readonly t: number; readonly how: End } | undefined;
  readonly #charts = new Map<
    string,
    { readonly group: string | undefined; readonly name: string; readonly curve: Curve }
  >();
  readonly #errorCharts = new Map<string, Curve>();
  readonly #detail: Detail;

  constructor(options: {
    readonly name: string;
    readonly drain: string;
    readonly context: LogContext;
    readonly detail?: Detail;
  }) {
    this.#detail = options.detail ?? 'full';
    this.name = options.name;
    this.drain = options.drain;
    this.#context = options.context;
  }

  /** Number of series that are being judged. */
  get series(): number {
    return (this.#previous?.size ?? 0) + (this.#current?.size ?? 0);
  }

  /** @param t seconds since the epoch */
  take(event: LogEvent, t: number): void {
    if (t > this.lastSeen) this.lastSeen = t;
    switch (event.kind) {
      case 'sample':
        this.#sample(event, t);
        break;
      case 'error':
        this.#error(event, t);
        break;
      case 'state':
        this.#state(event.to, t);
        break;
      case 'start':
        this.#start(t);
        if (event.workers !== undefined) this.#lifeAt(t).worker(t, undefined, event.workers);
        break;
      case 'exit':
        (this.#isStarting(t) ? this.#previous : this.#current)?.exited(event.status);
        break;
      case 'stop':
        this.#stop(event.how, t);
        break;
      case 'trouble':
        if (event.limit !== undefined) this.#threadLimit ??= event.limit;
        if (this.#lifeAt(t).trouble(t, event.trouble, event.text) && event.trouble !== 'perhaps')
          this.#tell({ t, kind: 'trouble', text: event.text });
        if (event.trouble !== 'perhaps') this.#mark(TROUBLE_NAMES[event.trouble], t);
        break;
      case 'worker':
        this.#lifeAt(t).worker(t, event.id, event.count);
        break;
      case 'alert': {
        const { kind: _, ...alert } = event;
        if (this.#lifeAt(t).alert({ t, ...alert })) this.#tell({ t, kind: 'alert', alert: { t, ...alert } });
        break;
      }
      case 'release':
      case 'lost':
        break;
    }
  }

  report(): DynoState {
    return {
      name: this.name,
      drain: this.drain,
      ...(this.appId !== undefined && { appId: this.appId }),
      ...(this.#quotaBytes !== undefined && { quotaBytes: this.#quotaBytes }),
      ...(this.#threadLimit !== undefined && { threadLimit: this.#threadLimit }),
      lives: [...this.#closed, ...this.#open().map((life) => life.report())],
      earlierLives: this.#earlierLives,
      charts: [...this.#charts.values()].map(({ name, group, curve }) => ({
        name,
        ...(group !== undefined && { group }),
        widthSeconds: curve.widthSeconds,
        points: curve.points(),
      })),
      errorCharts: [...this.#errorCharts].map(([name, curve]) => ({
        name,
        widthSeconds: curve.widthSeconds,
        points: curve.points(),
      })),
    };
  }

  #open(): Life[] {
    return [this.#previous, this.#current].filter((life) => life !== undefined);
  }

  #sample(sample: SampleEvent, t: number): void {
    if (sample.appId !== undefined) this.appId ??= sample.appId;
    if (sample.threadLimit !== undefined) this.#threadLimit = sample.threadLimit;
    const life = this.#lifeOf(sample, t);
    const falseAlarmsPerYear = this.#context.falseAlarmsPerYear();
    if (sample.quotaBytes !== undefined) this.#learnQuota(sample.quotaBytes, sample.by, life);
    life.seen(t);
    if (sample.values.memory !== undefined) {
      life.compare(t, sample.values.memory, this.#quotaBytes);
      if (!life.isNewMeasurement(t, sample.by)) return;
    }
    for (const { name: measure } of MEASURES) {
      const value = sample.values[measure];
      if (value === undefined || (measure === 'swap' && this.#detail === 'brief')) continue;
      const track = life.track(measure, sample.group, falseAlarmsPerYear);
      if (!track) continue;
      track.falseAlarmsPerYear = falseAlarmsPerYear;
      const before = track.verdict;
      // The kernel takes the cache back when memory is short, so its growth is no leak.
      const judged = measure === 'memory' ? Math.max(0, value - (sample.cacheBytes ?? 0)) : value;
      track.push(t, value, judged);
      this.#chart(measure, sample.group, t, value);
      const quotaBytes = measure === 'memory' && track.to === t ? this.#quotaBytes : undefined;
      if (quotaBytes !== undefined && life.lookAhead(track, t, judged, quotaBytes) && life.ahead)
        this.#tell({ t, kind: 'ahead', ahead: life.ahead });
      const { verdict } = track;
      // Swap is a part of memory, and the verdict on memory is told.
      if (measure === 'swap' || !isNews(verdict, before)) continue;
      const group = sample.group === undefined ? {} : { group: sample.group };
      this.#tell({ t, kind: 'verdict', measure, ...group, verdict, value });
    }
  }

  /**
   * A measurement names the quota. A complaint only gives an upper bound, because its memory includes some disk cache:
   * the least bound of a life counts. After LEAST_BOUNDS complaints it also replaces a smaller quota of an earlier
   * life, which may have run on a smaller dyno.
   */
  #learnQuota(quotaBytes: number, by: SampleEvent['by'], life: Life): void {
    if (by !== 'complaint') {
      this.#quotaBytes = quotaBytes;
      this.#quotaMeasured = true;
    } else if (!this.#quotaMeasured) {
      const bound = life.boundQuota(quotaBytes);
      if (this.#quotaBytes === undefined || bound.least < this.#quotaBytes || bound.count >= LEAST_BOUNDS)
        this.#quotaBytes = bound.least;
    }
  }

  #error({ code, desc }: { readonly code: string; readonly desc: string }, t: number): void {
    // R12 (an exit that took too long) is logged when the next life is already starting.
    const life = code === 'R12' && this.#isStarting(t) && this.#previous ? this.#previous : this.#lifeAt(t);
    life.seen(t);
    this.#mark(code, t);
    if (life.error(t, code, desc)) this.#tell({ t, kind: 'error', code, desc });
    if (code === 'R15') this.#cause = { t, how: 'killed' };
  }

  #state(to: string, t: number): void {
    if (to === 'starting') this.#start(t);
    else if (to === 'crashed') this.#end(t, this.#causeAt(t) ?? 'crashed');
    else if (to === 'down' || to === 'complete') this.#end(t, this.#causeAt(t) ?? 'stopped');
  }

  #stop(how: keyof typeof END_OF_STOP, t: number): void {
    // The platform kills a dyno that stops too slowly. The end then has the cause of the stop, not the kill.
    if (how !== 'killed' || this.#causeAt(t) === undefined) this.#cause = { t, how: END_OF_STOP[how] };
  }

  #causeAt(t: number): End | undefined {
    return this.#cause && Math.abs(t - this.#cause.t) <= CAUSE_SECONDS ? this.#cause.how : undefined;
  }

  /** Begins the next life, and ends the one before if it has not ended yet. */
  #start(t: number): void {
    if (this.#isStarting(t)) return;
    const releasedAt = this.#context.releasedAt();
    const released = releasedAt !== undefined && t - releasedAt >= 0 && t - releasedAt <= CAUSE_SECONDS;
    this.#end(t, this.#causeAt(t) ?? (released ? 'released' : 'restarted'));
    this.#begin(t, { startSeen: true });
  }

  #end(t: number, how: End): void {
    const life = this.#current;
    if (!life || life.ended) return;
    life.seen(t);
    life.end(t, how);
    this.#cause = undefined;
    this.#tell({ t, kind: 'end', how });
  }

  /** True if the current life began just now, so that lines of the previous one may still come. */
  #isStarting(t: number): boolean {
    const life = this.#current;
    return life?.startSeen === true && !life.ended && t - life.from <= SAME_START_SECONDS;
  }

  #begin(t: number, how: { readonly startSeen: boolean }): Life {
    if (this.#previous) this.#closed.push(this.#previous.report());
    if (this.#closed.length > MOST_LIVES) {
      this.#closed.shift();
      this.#earlierLives++;
    }
    this.#previous = this.#current;
    this.#current = new Life(t, how);
    return this.#current;
  }

  /** The life of a line that does not say which life it belongs to: the current one. */
  #lifeAt(t: number): Life {
    const life = this.#current ?? this.#begin(t, { startSeen: false });
    life.seen(t);
    return life;
  }

  /** The life of a sample, by its id if it has one. */
  #lifeOf(sample: SampleEvent, t: number): Life {
    const { instance, by } = sample;
    if (instance === undefined) return this.#lifeAt(t);
    const known = this.#open().find((life) => life.instance === instance || life.ownInstance === instance);
    if (known) return known;
    const life = this.#lifeAt(t);
    if (by === 'leakwatch') {
      // A new id of leakwatch begins a life only if the platform gives no id.
      if (life.ownInstance === undefined || life.instance !== undefined) {
        life.ownInstance = instance;
        return life;
      }
    } else if (life.instance === undefined) {
      life.instance = instance;
      return life;
    }
    this.#end(Math.min(t, this.lastSeen), this.#causeAt(t) ?? 'replaced');
    // The line about this start may come a moment later: `isStarting` takes it for the same start.
    const next = this.#begin(t, { startSeen: true });
    if (by === 'leakwatch') next.ownInstance = instance;
    else next.instance = instance;
    return next;
  }

  #chart(name: string, group: string | undefined, t: number, value: number): void {
    const key = group === undefined ? name : `${group}\n${name}`;
    let chart = this.#charts.get(key);
    if (!chart) {
      if (this.#charts.size >= MOST_CHARTS) return;
      chart = { name, group, curve: this.#newChart() };
      this.#charts.set(key, chart);
    }
    chart.curve.push(t, value);
  }

  #mark(code: string, t: number): void {
    let curve = this.#errorCharts.get(code);
    if (!curve) {
      if (this.#errorCharts.size >= MOST_CHARTS) return;
      curve = this.#newChart();
      this.#errorCharts.set(code, curve);
    }
    curve.push(t, 1);
  }

  #newChart(): Curve {
    const capacity = this.#detail === 'full' ? CHART_BUCKETS : BRIEF_CHART_BUCKETS;
    return new Curve({ capacity, widthSeconds: PLATFORM_INTERVAL_SECONDS });
  }

  #tell(news: DistributiveOmit<News, 'dyno'>): void {
    this.#context.tell({ ...news, dyno: this.name } as News);
  }
}

/** True for a new leak, a new suspicion, and the end of a leak. */
function isNews(verdict: Verdict, before: Verdict): boolean {
  if (verdict === before) return false;
  return verdict === 'leak' || verdict === 'suspect' || before === 'leak';
}

/** `Omit` for each member of a union by itself. */
type DistributiveOmit<T, K extends keyof never> = T extends unknown ? Omit<T, K> : never;
