/**
 * One name of an app's formation (`web.1`) through all its lives: takes the events of its lines in, and knows when one
 * life ends and the next begins. Two lives are kept open, for one may still write while the next one starts; older ones
 * are kept as reports, as many as fit.
 */
import type { LogEvent, Measure, SampleEvent, Trouble } from '../formats/heroku/events.ts';
import type { Verdict } from '../verdict/report.ts';
import { Curve, type Point } from './curve.ts';
import { MEASURES } from './measures.ts';
import type { End, OwnAlert, RunReport } from './run.ts';
import { Run } from './run.ts';

/** Lives that are remembered; a crash loop has more of them than anybody would read. */
const MOST_RUNS = 60;
const MOST_CURVES = 48;
const CHART = { capacity: 360, widthSeconds: 20 };
/** Beside the codes of the platform: what the system said to the app. */
const TROUBLE_NAMES: Readonly<Record<Trouble, string>> = {
  threads: 'EAGAIN',
  perhaps: 'EAGAIN',
  fds: 'EMFILE',
  memory: 'ENOMEM',
};
/** A start that is told twice, as a state and as a command, is one. */
const SAME_START_SECONDS = 120;
/** What announces a restart comes shortly before it. */
const CAUSE_SECONDS = 180;

/** Something that a person who looks on wants to know at once. */
export type News = { readonly t: number; readonly dyno: string } & (
  | {
      readonly kind: 'verdict';
      readonly measure: Measure;
      readonly group?: string;
      readonly verdict: Verdict;
      readonly value: number;
    }
  | { readonly kind: 'error'; readonly code: string; readonly desc: string }
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'end'; readonly how: End }
  | { readonly kind: 'alert'; readonly alert: OwnAlert }
);

/** What all dynos of a log share. */
export interface Surroundings {
  readonly falseAlarmsPerYear: () => number;
  readonly tell: (news: News) => void;
  /** When a release or a deploy was last seen. */
  readonly releasedAt: () => number | undefined;
}

export interface ChartReport {
  /** `memory`, `group_threads of web`; a code of errors. */
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
  readonly runs: readonly RunReport[];
  /** Lives before those, which are not remembered. */
  readonly earlierRuns: number;
  readonly charts: readonly ChartReport[];
  readonly errorCharts: readonly ChartReport[];
}

export class Dyno {
  readonly name: string;
  readonly drain: string;
  appId: string | undefined;
  /** Of a log without times: seconds since its beginning. */
  virtualSeconds = 0;
  lastSeen = Number.NEGATIVE_INFINITY;
  readonly #surroundings: Surroundings;
  readonly #closed: RunReport[] = [];
  #earlierRuns = 0;
  #previous: Run | undefined;
  #current: Run | undefined;
  #quotaBytes: number | undefined;
  #threadLimit: number | undefined;
  #cause: { readonly t: number; readonly how: End } | undefined;
  readonly #charts = new Map<
    string,
    { readonly group: string | undefined; readonly name: string; readonly curve: Curve }
  >();
  readonly #errorCharts = new Map<string, Curve>();

  constructor(options: { readonly name: string; readonly drain: string; readonly surroundings: Surroundings }) {
    this.name = options.name;
    this.drain = options.drain;
    this.#surroundings = options.surroundings;
  }

  /** Series that are being judged. */
  get series(): number {
    let count = 0;
    for (const run of this.#live()) count += run.size;
    return count;
  }

  shareBudget(falseAlarmsPerYear: number): void {
    for (const run of this.#live()) for (const track of run.tracks) track.falseAlarmsPerYear = falseAlarmsPerYear;
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
        if (event.workers !== undefined) this.#run(t).worker(t, undefined, event.workers);
        break;
      case 'exit':
        (this.#isStarting(t) ? this.#previous : this.#current)?.exited(event.status);
        break;
      case 'stop':
        this.#stop(event.how, t);
        break;
      case 'trouble':
        if (event.limit !== undefined) this.#threadLimit ??= event.limit;
        if (this.#run(t).trouble(t, event.trouble, event.text) && event.trouble !== 'perhaps')
          this.#tell({ t, kind: 'trouble', text: event.text });
        if (event.trouble !== 'perhaps') this.#mark(TROUBLE_NAMES[event.trouble], t);
        break;
      case 'worker':
        this.#run(t).worker(t, event.id, event.count);
        break;
      case 'alert': {
        const { kind: _, ...alert } = event;
        if (this.#run(t).alert({ t, ...alert })) this.#tell({ t, kind: 'alert', alert: { t, ...alert } });
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
      runs: [...this.#closed, ...this.#live().map((run) => run.report())],
      earlierRuns: this.#earlierRuns,
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

  #live(): Run[] {
    return [this.#previous, this.#current].filter((run) => run !== undefined);
  }

  #sample(sample: SampleEvent, t: number): void {
    if (sample.appId !== undefined) this.appId ??= sample.appId;
    if (sample.quotaBytes !== undefined && (sample.by !== 'complaint' || this.#quotaBytes === undefined))
      this.#quotaBytes = sample.quotaBytes;
    if (sample.threadLimit !== undefined) this.#threadLimit = sample.threadLimit;
    const run = this.#runOf(sample, t);
    run.seen(t);
    if (sample.values.memory !== undefined) {
      run.compare(t, sample.values.memory, this.#quotaBytes);
      if (!run.isNewMeasurement(t, sample.by)) return;
    }
    for (const { name: measure } of MEASURES) {
      const value = sample.values[measure];
      if (value === undefined) continue;
      const track = run.track(measure, sample.group, this.#surroundings.falseAlarmsPerYear());
      if (!track) continue;
      const before = track.verdict;
      // The cache is given back where memory is short: its growth is no leak.
      const judged = measure === 'memory' ? Math.max(0, value - (sample.cacheBytes ?? 0)) : value;
      track.push(t, value, judged);
      this.#chart(measure, sample.group, t, value);
      const { verdict } = track;
      // Swap is a part of memory.
      if (
        measure === 'swap' ||
        verdict === before ||
        (verdict !== 'leak' && verdict !== 'suspect' && before !== 'leak')
      )
        continue;
      const group = sample.group === undefined ? {} : { group: sample.group };
      this.#tell({ t, kind: 'verdict', measure, ...group, verdict, value });
    }
  }

  #error({ code, desc }: { readonly code: string; readonly desc: string }, t: number): void {
    // The exit that took too long is that of the life before.
    const run = code === 'R12' && this.#isStarting(t) && this.#previous ? this.#previous : this.#run(t);
    run.seen(t);
    this.#mark(code, t);
    if (run.error(t, code, desc)) this.#tell({ t, kind: 'error', code, desc });
    if (code === 'R15') this.#cause = { t, how: 'killed' };
  }

  #state(to: string, t: number): void {
    if (to === 'starting') this.#start(t);
    else if (to === 'crashed') this.#end(t, this.#causeAt(t) ?? 'crashed');
    else if (to === 'down' || to === 'complete') this.#end(t, this.#causeAt(t) ?? 'stopped');
  }

  #stop(how: 'cycling' | 'restarting' | 'idling' | 'killed', t: number): void {
    const cause: End =
      how === 'cycling' ? 'cycled' : how === 'idling' ? 'stopped' : how === 'killed' ? 'killed' : 'restarted';
    // Killed at the end of a stop that took too long, it was stopped for another reason.
    if (cause !== 'killed' || this.#causeAt(t) === undefined) this.#cause = { t, how: cause };
  }

  #causeAt(t: number): End | undefined {
    return this.#cause && Math.abs(t - this.#cause.t) <= CAUSE_SECONDS ? this.#cause.how : undefined;
  }

  /** The next life begins, and the one before ends if it has not yet. */
  #start(t: number): void {
    if (this.#isStarting(t)) return;
    const releasedAt = this.#surroundings.releasedAt();
    const released = releasedAt !== undefined && t - releasedAt >= 0 && t - releasedAt <= CAUSE_SECONDS;
    this.#end(t, this.#causeAt(t) ?? (released ? 'released' : 'restarted'));
    this.#begin(t, { startSeen: true });
  }

  #end(t: number, how: End): void {
    const run = this.#current;
    if (!run || run.ended) return;
    run.seen(t);
    run.end(t, how);
    this.#cause = undefined;
    this.#tell({ t, kind: 'end', how });
  }

  /** Has the current life just begun, so that the one before may still be heard of? */
  #isStarting(t: number): boolean {
    const run = this.#current;
    return run?.startSeen === true && !run.ended && t - run.from <= SAME_START_SECONDS;
  }

  #begin(t: number, how: { readonly startSeen: boolean }): Run {
    if (this.#previous) this.#closed.push(this.#previous.report());
    if (this.#closed.length > MOST_RUNS) {
      this.#closed.shift();
      this.#earlierRuns++;
    }
    this.#previous = this.#current;
    this.#current = new Run(t, how);
    return this.#current;
  }

  /** Of a line that does not say which life it is of. */
  #run(t: number): Run {
    const run = this.#current ?? this.#begin(t, { startSeen: false });
    run.seen(t);
    return run;
  }

  /** The life that a sample is of: by its id, where it has one. */
  #runOf(sample: SampleEvent, t: number): Run {
    const { instance, by } = sample;
    if (instance === undefined) return this.#run(t);
    const known = this.#live().find((run) => run.instance === instance || run.own === instance);
    if (known) return known;
    const run = this.#run(t);
    if (by === 'leakwatch') {
      // The platform knows best which life this is.
      if (run.own === undefined || run.instance !== undefined) {
        run.own = instance;
        return run;
      }
    } else if (run.instance === undefined) {
      run.instance = instance;
      return run;
    }
    this.#end(Math.min(t, this.lastSeen), this.#causeAt(t) ?? 'replaced');
    // Its start is told as well, perhaps a moment later.
    const next = this.#begin(t, { startSeen: true });
    if (by === 'leakwatch') next.own = instance;
    else next.instance = instance;
    return next;
  }

  #chart(name: string, group: string | undefined, t: number, value: number): void {
    const key = group === undefined ? name : `${group}\n${name}`;
    let chart = this.#charts.get(key);
    if (!chart) {
      if (this.#charts.size >= MOST_CURVES) return;
      chart = { name, group, curve: new Curve(CHART) };
      this.#charts.set(key, chart);
    }
    chart.curve.push(t, value);
  }

  #mark(code: string, t: number): void {
    let curve = this.#errorCharts.get(code);
    if (!curve) {
      if (this.#errorCharts.size >= MOST_CURVES) return;
      curve = new Curve(CHART);
      this.#errorCharts.set(code, curve);
    }
    curve.push(t, 1);
  }

  #tell(news: DistributiveOmit<News, 'dyno'>): void {
    this.#surroundings.tell({ ...news, dyno: this.name } as News);
  }
}

type DistributiveOmit<T, K extends keyof never> = T extends unknown ? Omit<T, K> : never;
