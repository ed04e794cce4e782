/**
 * The verdicts of a host: a judge for each metric of each group, the watch over the limits, and the events when any of
 * them turns. Its memory is bounded by the number of groups that the readings may hold.
 */
import { METRICS, type Metric, type MetricRow } from '../model/metrics.ts';
import type { GroupReading, Readings } from '../model/reading.ts';
import type { Growth } from '../trend/slope.ts';
import { Judge } from './judge.ts';
import { LimitsWatch, type Watched } from './limits-watch.ts';
import type { At, Event, Evidence, GroupReport, Report, SeriesReport, Verdict } from './report.ts';

/** A group that is absent for this many readings is forgotten; until then it may only be restarting. */
const FORGOTTEN_AFTER = 15;
/** Series may number this many at the most, whatever a recording holds; the groups beyond are counted, not judged. */
const MOST_GROUPS = 1000;

const MONTHS_PER_YEAR = 12;
const FDS = METRICS.find(({ name }) => name === 'fds')!;

export interface HostOptions {
  readonly intervalSeconds: number;
  /** Over all series of the host together. */
  readonly falseAlarmsPerMonth: number;
}

interface GroupState {
  start: string;
  readonly judges: ReadonlyMap<Metric, Judge>;
  /** Descriptors of the process that is nearest to its limit: the group's sum says nothing of when it gets there. */
  readonly fullest: Judge;
  /** The verdicts as last reported. */
  readonly told: Map<Metric, Verdict>;
  lastSeen: number;
}

export class HostVerdicts {
  readonly #options: HostOptions;
  readonly #groups = new Map<string, GroupState>();
  readonly #limits = new LimitsWatch();
  #count = 0;
  #budgetedGroups = 0;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /** Judges one instant. @returns a report that shares nothing with later ones */
  judge(readings: Readings): Report {
    this.#count++;
    const events: Event[] = [];
    this.#forgetAbsent(readings, events);
    const groups: GroupReport[] = [];
    const watched: Watched[] = [];
    // In an order of their own: a recording does not keep that of the live run.
    for (const [name, reading] of [...readings.groups].sort(byName)) {
      const state = this.#stateOf(name, reading);
      if (!state) continue;
      if (state.start !== reading.start) this.#restart(name, state, reading, readings.t, events);
      state.lastSeen = this.#count;
      groups.push(this.#judgeGroup(name, state, reading, readings.t, events));
      watched.push({ group: name, reading, judges: state.judges, fullest: state.fullest });
    }
    const limits = this.#limits.watch(watched, readings.t);
    this.#shareBudget();
    return {
      t: readings.t,
      groups,
      bounds: readings.bounds,
      exhaustionSeconds: limits.exhaustion,
      events: [...events, ...limits.events],
    };
  }

  /** Floors of one series, oldest first; undefined if there is no such series. */
  points(group: string, metric: Metric, windowSeconds: number): { t: number; v: number }[] | undefined {
    return this.#groups.get(group)?.judges.get(metric)?.points(windowSeconds);
  }

  /** Series being judged now. */
  get series(): number {
    return this.#groups.size * METRICS.length;
  }

  #stateOf(name: string, reading: GroupReading): GroupState | undefined {
    const known = this.#groups.get(name);
    if (known || this.#groups.size >= MOST_GROUPS) return known;
    const { intervalSeconds } = this.#options;
    const falseAlarmsPerYear = this.#budget();
    const judges = new Map(
      METRICS.map((metric) => [metric.name, new Judge({ metric, intervalSeconds, falseAlarmsPerYear })] as const),
    );
    const fullest = new Judge({ metric: FDS, intervalSeconds, falseAlarmsPerYear });
    const state = { start: reading.start, judges, fullest, told: new Map(), lastSeen: this.#count };
    this.#groups.set(name, state);
    return state;
  }

  #judgeGroup(name: string, state: GroupState, reading: GroupReading, t: number, events: Event[]): GroupReport {
    for (const [metric, judge] of state.judges) judge.push(t, reading.values[metric], reading.oldestZombieSeconds);
    state.fullest.push(t, reading.bounds.fds?.used);
    const series: SeriesReport[] = [];
    for (const row of METRICS) {
      const judge = state.judges.get(row.name)!;
      const value = reading.values[row.name];
      const previous = state.told.get(row.name) ?? 'learning';
      const verdict = this.#verdictOf(state, row, reading);
      const bound = reading.bounds[row.resource];
      const evidence = row === FDS ? judge.evidence(bound, state.fullest.forecast(bound)) : judge.evidence(bound);
      const left = judge.learningSamplesLeft;
      series.push({
        metric: row.name,
        value,
        verdict,
        evidence,
        ...(verdict === 'learning' && { learningSamplesLeft: left }),
      });
      state.told.set(row.name, verdict);
      const at = announcement(previous, verdict);
      if (at) events.push({ t, at, ...naming(row), group: name, verdict, previous, value, evidence });
    }
    return { name, start: reading.start, series };
  }

  /** More processes have more threads, descriptors and memory: where that explains a growth, the processes are accused. */
  #verdictOf(state: GroupState, row: MetricRow, reading: GroupReading): Verdict {
    const judge = state.judges.get(row.name)!;
    const { verdict } = judge;
    const accused = verdict === 'suspect' || verdict === 'leak';
    if (!accused || !row.perProcess) return verdict;
    return isExplained(
      judge.growth(),
      state.judges.get('processes')!,
      reading.values[row.name],
      reading.values.processes,
    )
      ? 'ok'
      : verdict;
  }

  /** The limits outlive an incarnation: what they say of the next one is seen in the same instant. */
  #restart(name: string, state: GroupState, reading: GroupReading, t: number, events: Event[]): void {
    state.start = reading.start;
    this.#end(name, state, t, events);
  }

  #forgetAbsent(readings: Readings, events: Event[]): void {
    for (const [name, state] of this.#groups) {
      if (readings.groups.has(name) || this.#count - state.lastSeen <= FORGOTTEN_AFTER) continue;
      this.#end(name, state, readings.t, events);
      events.push(...this.#limits.forget({ group: name, judges: state.judges, fullest: state.fullest }, readings.t));
      this.#groups.delete(name);
    }
  }

  /** An incarnation is over: what was said of it is withdrawn. */
  #end(group: string, state: GroupState, t: number, events: Event[]): void {
    state.fullest.restart();
    for (const judge of state.judges.values()) {
      judge.restart();
      const previous = state.told.get(judge.metric.name) ?? 'learning';
      const { verdict } = judge;
      const at = announcement(previous, verdict);
      const evidence: Evidence = {};
      if (at) events.push({ t, at, ...naming(judge.metric), group, verdict, previous, value: undefined, evidence });
    }
    state.told.clear();
  }

  #budget(): number {
    return (this.#options.falseAlarmsPerMonth * MONTHS_PER_YEAR) / Math.max(1, this.series);
  }

  #shareBudget(): void {
    if (this.#groups.size === this.#budgetedGroups) return;
    this.#budgetedGroups = this.#groups.size;
    const perYear = this.#budget();
    for (const { judges } of this.#groups.values())
      for (const judge of judges.values()) judge.falseAlarmsPerYear = perYear;
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What a new process brings may be this many times what is usual. */
const USUAL_SHARE = 1.25;

/** Did as many processes come as bring this growth with them, at what is usual for a process? */
function isExplained(
  growth: Growth | undefined,
  processes: Judge,
  value: number | undefined,
  count: number | undefined,
): boolean {
  const countBefore = growth && processes.floorAt(growth.since);
  if (!growth || countBefore === undefined || !value || !count || count <= countBefore) return false;
  // One or two say little of what is usual: the parent of many workers is not one of them.
  const usual = countBefore < 3 ? value / count : (growth.floor - growth.rise) / countBefore;
  return growth.rise / (count - countBefore) <= USUAL_SHARE * usual;
}

function naming(row: MetricRow): { code: string; desc: string; metric: Metric } {
  return { code: row.code, desc: row.desc, metric: row.name };
}

/** Is a change of verdict worth telling, and as what? */
function announcement(previous: Verdict, verdict: Verdict): At | undefined {
  if (previous === verdict) return undefined;
  if (verdict === 'leak') return 'alert';
  if (verdict === 'suspect') return 'warn';
  return previous === 'leak' || previous === 'suspect' ? 'resolved' : undefined;
}
