/**
 * The verdicts of a host: a judge for each metric of each group, the watch over the limits, and the events when any of
 * them turns. Its memory is bounded by the number of groups that the readings may hold.
 */
import { type Learned, type LearnedGroup, MOST_LEARNED } from '../model/learned.ts';
import { METRICS, type Metric, type MetricRow } from '../model/metrics.ts';
import { finish, type InPortions } from '../model/portions.ts';
import type { GroupReading, Readings } from '../model/reading.ts';
import { scaleOf } from '../series/scale.ts';
import type { GrowthLine } from '../trend/growth-line.ts';
import { AbsentGroups } from './absent-groups.ts';
import { CrashLoops } from './crash-loops.ts';
import { Judge } from './judge.ts';
import { LimitsWatch, type Watched } from './limits-watch.ts';
import { tellSuspicion } from './near-limit.ts';
import { OrphansWatch } from './orphans.ts';
import { OvercommitWatch } from './overcommit.ts';
import type { At, Event, Evidence, GroupReport, Report, SeriesReport, Verdict } from './report.ts';

/** A group that is absent for this many intervals is forgotten; until then it may only be restarting. */
const FORGOTTEN_AFTER = 15;
/** Series may number this many at the most, whatever a recording holds; the groups beyond are counted, not judged. */
const MOST_GROUPS = 1000;

const MONTHS_PER_YEAR = 12;
const FDS = METRICS.find(({ name }) => name === 'fds')!;
const PROCESSES = METRICS.findIndex(({ name }) => name === 'processes');
const RSS = METRICS.findIndex(({ name }) => name === 'rss');

/** Growth that more processes explained a while ago is still theirs: both breathe, and not in step. */
const EXPLAINED_HOURS = 1;

export interface HostOptions {
  readonly intervalSeconds: number;
  /** Over all series of the host together. */
  readonly falseAlarmsPerMonth: number;
}

type Instant = Pick<Readings, 't' | 'extra'>;

interface GroupState {
  start: string;
  /** In the order of `METRICS`. */
  readonly judges: readonly Judge[];
  /** Descriptors of the process that is nearest to its limit: the group's sum says nothing of when it gets there. */
  readonly fullest: Judge;
  /** The verdicts as last reported, in the same order. */
  readonly told: Verdict[];
  /** When more processes last explained the growth of a metric, in the same order. */
  readonly explainedAt: Float64Array;
  lastSeen: number;
}

export class HostVerdicts {
  readonly #options: HostOptions;
  readonly #groups = new Map<string, GroupState>();
  readonly #absent = new AbsentGroups();
  readonly #limits = new LimitsWatch();
  /** What is told of processes, and not of series: it outlives an incarnation. */
  readonly #processWatches: readonly (CrashLoops | OrphansWatch)[];
  readonly #overcommit: OvercommitWatch;
  readonly #explainedSeconds: number;
  /** The groups of the last reading, sorted. */
  #names: readonly string[] = [];
  #count = 0;
  /** Of the last reading, seconds since the epoch. */
  #now = Number.NaN;
  #budgetedGroups = 0;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#processWatches = [new CrashLoops(options), new OrphansWatch(options)];
    this.#overcommit = new OvercommitWatch(options);
    this.#explainedSeconds = EXPLAINED_HOURS * scaleOf(options.intervalSeconds).hour * options.intervalSeconds;
  }

  /**
   * Judges one instant. One that is extra is held against the limits alone: all else counts in intervals.
   * @returns a report that shares nothing with later ones
   */
  judge(readings: Readings): Report {
    return finish(this.judgeInPortions(readings));
  }

  /** The same, a group at a time. Until it has ended no other instant may be judged, nor what was learned be asked for. */
  *judgeInPortions(readings: Readings): InPortions<Report> {
    const { extra = false } = readings;
    const events: Event[] = [];
    this.#now = readings.t;
    if (!extra) {
      this.#count++;
      this.#forgetAbsent(readings, events);
    }
    const groups: GroupReport[] = [];
    const watched: Watched[] = [];
    for (const name of this.#inOrder(readings.groups)) {
      const reading = readings.groups.get(name)!;
      const state = this.#stateOf(name, reading);
      if (!state) continue;
      if (state.start !== reading.start) this.#restart(name, state, reading, readings.t, events);
      state.lastSeen = this.#count;
      groups.push(this.#judgeGroup(name, state, reading, readings, events));
      if (!extra) {
        for (const watch of this.#processWatches) events.push(...watch.see(name, reading, readings.t));
        events.push(...this.#overcommit.see(name, reading, readings.t, state.judges[RSS]!));
      }
      watched.push({ group: name, reading, judges: state.judges, fullest: state.fullest });
      yield;
    }
    for (const watch of extra ? [] : [...this.#processWatches, this.#overcommit])
      events.push(...watch.forgetAbsent(readings.t));
    const limits = this.#limits.watch(watched, readings);
    this.#shareBudget();
    return {
      t: readings.t,
      ...(extra && { extra }),
      groups,
      bounds: readings.bounds,
      exhaustionSeconds: limits.exhaustion,
      events: [...events, ...limits.events],
    };
  }

  /** Floors of one series, oldest first; undefined if there is no such series. */
  points(group: string, metric: Metric, windowSeconds: number): { t: number; v: number }[] | undefined {
    return this.#groups
      .get(group)
      ?.judges.find((judge) => judge.metric.name === metric)
      ?.points(windowSeconds);
  }

  /** What would be kept if everything began anew now. Nothing is changed by asking. */
  learned(): Learned {
    const present = [...this.#groups].map(([name, state]) => learnedOf(name, state, this.#now));
    return {
      intervalSeconds: this.#options.intervalSeconds,
      groups: [...present, ...this.#absent.list(this.#now)].slice(0, MOST_LEARNED),
    };
  }

  /** Before the first reading: what another life of leakwatch, with the same interval, has learned. */
  learn({ groups }: Learned): void {
    for (const group of groups.toReversed()) this.#absent.add(group);
  }

  /** Series being judged now. */
  get series(): number {
    return this.#groups.size * METRICS.length;
  }

  /** Sorted: a recording does not keep the order of the live run. Almost always they are those of last time. */
  #inOrder(groups: Readings['groups']): readonly string[] {
    if (this.#names.length !== groups.size || !this.#names.every((name) => groups.has(name)))
      this.#names = [...groups.keys()].sort();
    return this.#names;
  }

  #stateOf(name: string, reading: GroupReading): GroupState | undefined {
    const known = this.#groups.get(name);
    if (known || this.#groups.size >= MOST_GROUPS) return known;
    const { intervalSeconds } = this.#options;
    const falseAlarmsPerYear = this.#budget();
    const judges = METRICS.map((metric) => new Judge({ metric, intervalSeconds, falseAlarmsPerYear }));
    const fullest = new Judge({ metric: FDS, intervalSeconds, falseAlarmsPerYear });
    const told = METRICS.map((): Verdict => 'learning');
    const explainedAt = new Float64Array(METRICS.length).fill(Number.NEGATIVE_INFINITY);
    const state = { start: reading.start, judges, fullest, told, explainedAt, lastSeen: this.#count };
    const learned = this.#absent.take(name, this.#now);
    if (learned) learn(state, learned);
    this.#groups.set(name, state);
    return state;
  }

  #judgeGroup(name: string, state: GroupState, reading: GroupReading, at: Instant, events: Event[]): GroupReport {
    const { t, extra } = at;
    pushTo(state, reading, at);
    const series: SeriesReport[] = [];
    for (let index = 0; index < METRICS.length; index++) {
      const judge = state.judges[index]!;
      const row = judge.metric;
      const value = reading.values[row.name];
      const previous = state.told[index]!;
      const bound = reading.bounds[row.resource];
      const evidence = row === FDS ? judge.evidence(bound, state.fullest.forecast(bound)) : judge.evidence(bound);
      const verdict = extra ? previous : this.#verdictOf(state, index, reading, t, evidence);
      series.push(
        verdict === 'learning'
          ? { metric: row.name, value, verdict, evidence, learningSamplesLeft: judge.learningSamplesLeft }
          : { metric: row.name, value, verdict, evidence },
      );
      if (verdict === previous) continue;
      state.told[index] = verdict;
      const as = announcement(previous, verdict);
      if (as) events.push({ t, at: as, ...naming(row), group: name, verdict, previous, value, evidence });
    }
    return { name, start: reading.start, series };
  }

  /** More processes have more threads, descriptors and memory: where that explains a growth, the processes are accused. */
  #verdictOf(state: GroupState, at: number, reading: GroupReading, t: number, evidence: Evidence): Verdict {
    const { metric, verdict } = state.judges[at]!;
    if (verdict !== 'suspect' && verdict !== 'leak') return verdict;
    if (metric.perProcess) {
      const wasExplained = t - state.explainedAt[at]! < this.#explainedSeconds;
      const explained = isExplained(state.judges[at]!.growth(), state.judges[PROCESSES]!) ?? wasExplained;
      if (explained) state.explainedAt[at] = t;
      if (explained || wasExplained) return 'ok';
    }
    if (verdict === 'leak') return verdict;
    return tellSuspicion(state.told[at]!, reading.bounds[metric.resource], evidence.exhaustionSeconds);
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
      // Jobs of minutes, each by another name, have taught nothing.
      const learned = learnedOf(name, state, readings.t);
      if (learned.series.threads!.slots >= scaleOf(this.#options.intervalSeconds).hour) this.#absent.add(learned);
    }
  }

  /** An incarnation is over: what was said of it is withdrawn. */
  #end(group: string, state: GroupState, t: number, events: Event[]): void {
    state.fullest.restart();
    for (const [at, judge] of state.judges.entries()) {
      judge.restart();
      const previous = state.told[at]!;
      const { verdict } = judge;
      const as = announcement(previous, verdict);
      const evidence: Evidence = {};
      if (as) events.push({ t, at: as, ...naming(judge.metric), group, verdict, previous, value: undefined, evidence });
    }
    state.told.fill('learning');
    state.explainedAt.fill(Number.NEGATIVE_INFINITY);
  }

  #budget(): number {
    return (this.#options.falseAlarmsPerMonth * MONTHS_PER_YEAR) / Math.max(1, this.series);
  }

  #shareBudget(): void {
    if (this.#groups.size === this.#budgetedGroups) return;
    this.#budgetedGroups = this.#groups.size;
    const perYear = this.#budget();
    for (const { judges } of this.#groups.values()) for (const judge of judges) judge.falseAlarmsPerYear = perYear;
  }
}

/** A slot has one reading, whatever the pace: the least of many is less than one, and that would look like a fall. */
function pushTo({ judges, fullest }: GroupState, reading: GroupReading, { t, extra }: Instant): void {
  const { values, bounds, oldestZombieSeconds } = reading;
  if (extra) {
    for (const judge of judges) judge.look(values[judge.metric.name]);
    fullest.look(bounds.fds?.used);
  } else {
    for (const judge of judges) judge.push(t, values[judge.metric.name], oldestZombieSeconds);
    fullest.push(t, bounds.fds?.used);
  }
}

function learnedOf(name: string, { judges, fullest }: GroupState, lastSeen: number): LearnedGroup {
  const series = Object.fromEntries(judges.map((judge) => [judge.metric.name, judge.learned()]));
  return { name, lastSeen, series: { ...series, fullest: fullest.learned() } };
}

function learn({ judges, fullest }: GroupState, { series }: LearnedGroup): void {
  for (const judge of judges) {
    const learned = series[judge.metric.name];
    if (learned) judge.learn(learned);
  }
  if (series.fullest) fullest.learn(series.fullest);
}

/** What a new process brings may be this many times what is usual. */
const USUAL_SHARE = 1.25;

/**
 * Did as many processes come as bring this growth with them, at what is usual for a process? Their floors are those of the
 * same blocks: both fall in the same moments.
 * @returns undefined where that cannot be told: no line, or a rise by less than processes differ by
 */
function isExplained(growth: GrowthLine | undefined, processes: Judge): boolean | undefined {
  if (!growth) return undefined;
  const { level, lowest, back, floor, rise } = growth;
  const before = processes.floor(level, lowest);
  const now = processes.floor(level, back);
  // One or two say little of what is usual: the parent of many workers is not one of them.
  const usual = before < 3 ? floor / now : (floor - rise) / before;
  if (Number.isNaN(usual) || rise < (USUAL_SHARE - 1) * usual) return undefined;
  return now > before && rise <= USUAL_SHARE * usual * (now - before);
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
