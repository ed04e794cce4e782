/**
 * The verdicts of one group: a judge for each metric, the verdict that was last told, and an event when it changes.
 * More processes have more threads, descriptors and memory, so those metrics are compared with the number of processes.
 */
import type { At } from '../model/alerts.ts';
import type { LearnedGroup, LearnedSeries } from '../model/learned.ts';
import { leakNameOf, METRICS, type Metric, type MetricRow, RESOURCE_ROWS, type Resource } from '../model/metrics.ts';
import type { Bound, GroupReading, Instant } from '../model/reading.ts';
import type { GrowthEvidence } from './evidence.ts';
import { ExplainedGrowth } from './explained-growth.ts';
import { Incarnation } from './incarnation.ts';
import { Judge } from './judge.ts';
import { tellSuspicion } from './near-limit.ts';
import { type Life, Releases } from './releases.ts';
import type { Event, EventOf, GroupReport, SeriesReport, Verdict } from './report.ts';

const ZOMBIES = METRICS.findIndex(({ name }) => name === 'zombies');
/** Another leakwatch, as groups are named: it keeps one file open for each process of the host, within a bound. */
const LEAKWATCH = 'leakwatch';
const FDS = METRICS.findIndex(({ name }) => name === 'fds');

export interface GroupOptions {
  readonly name: string;
  readonly start: string;
  readonly intervalSeconds: number;
  /** Budget of each series. */
  readonly falseAlarmsPerYear: number;
  readonly release?: string | undefined;
}

export class GroupVerdicts {
  readonly name: string;
  /** One judge for each metric, in the order of `METRICS`. */
  readonly judges: readonly Judge[];
  /** Judges the descriptors of the process that is nearest to its limit: each process has a limit of its own. */
  readonly fullest: Judge;
  /** Number of the sample in which it was last seen. */
  lastSeen = 0;
  #residentGrowth: Verdict = 'learning';
  readonly #incarnation: Incarnation;
  readonly #releases: Releases;
  /** The parent of its zombies cannot be seen: a reading said so, or had nothing but zombies. */
  #isParentUnseen = false;
  /** The verdicts as last reported, in the order of `METRICS`. */
  readonly #told: Verdict[];
  /** Whether more processes explain the growth of a metric, in the same order. */
  readonly #explained: readonly ExplainedGrowth[];

  constructor({ name, start, intervalSeconds, falseAlarmsPerYear, release }: GroupOptions) {
    this.name = name;
    this.#incarnation = new Incarnation(start);
    this.#releases = new Releases(release);
    this.judges = METRICS.map((metric) => new Judge({ metric, intervalSeconds, falseAlarmsPerYear }));
    this.fullest = new Judge({ metric: METRICS[FDS]!, intervalSeconds, falseAlarmsPerYear });
    this.#told = METRICS.map((): Verdict => 'learning');
    this.#explained = METRICS.map(() => new ExplainedGrowth(intervalSeconds));
  }

  judgeOf(metric: Metric): Judge {
    return this.judges[METRICS.findIndex(({ name }) => name === metric)]!;
  }

  /** When its present root was first seen, seconds since the epoch; NaN before the first reading. */
  get since(): number {
    return this.#incarnation.since;
  }

  /** Is another metric judged in place of this one? See `MetricRow.yieldsTo`. */
  yields({ yieldsTo }: Pick<MetricRow, 'yieldsTo'>): boolean {
    return yieldsTo !== undefined && this.judgeOf(yieldsTo).isKnown;
  }

  /** Judges of the metrics that count against the limit of this resource. */
  judgesAgainst(resource: Resource): readonly Judge[] {
    return this.judges.filter(
      ({ metric }) => metric.resource === resource && metric.againstLimit !== 'part' && !this.yields(metric),
    );
  }

  /** How much of the resource the group uses. */
  useOf(resource: Resource, values: GroupReading['values']): number {
    const whole = this.judgesAgainst(resource).filter(({ metric }) => metric.againstLimit === 'whole');
    return whole.reduce((sum, { metric }) => sum + (values[metric.name] ?? 0), 0);
  }

  /**
   * The bound that its growth is held against. Where the group uses more than what is used of the limit, a part of it is
   * under other limits, such as replicas in containers of their own, and so is that part of its growth: the room counts
   * for more.
   */
  ahead(resource: Resource, bound: Bound, values: GroupReading['values']): Bound {
    const use = this.useOf(resource, values);
    if (RESOURCE_ROWS[resource].isPerProcess || !(use > bound.used) || bound.used <= 0) return bound;
    return { ...bound, limit: bound.used + ((bound.limit - bound.used) * use) / bound.used };
  }

  /** A growth of resident memory that more processes do not explain, whether or not it is told as a leak. */
  get residentGrowth(): Verdict {
    return this.#residentGrowth;
  }

  set falseAlarmsPerYear(perYear: number) {
    for (const judge of this.judges) judge.falseAlarmsPerYear = perYear;
  }

  /** @param events receives what has changed, the end of an old incarnation first */
  judge(reading: GroupReading, instant: Instant, events: Event[]): GroupReport {
    if (this.#incarnation.see(reading.start, instant.t)) this.end(instant.t, events);
    this.#isParentUnseen = this.#isZombieParentUnseen(reading);
    this.#push(reading, instant);
    const series: SeriesReport[] = [];
    for (let at = 0; at < METRICS.length; at++) {
      const judge = this.judges[at]!;
      const { name: metric, resource } = METRICS[at]!;
      const value = reading.values[metric];
      const bound = reading.bounds[resource];
      const evidence = this.#evidenceOf(at, bound, reading.values);
      const verdict = instant.extra ? this.#told[at]! : this.#verdictOf(at, reading, instant.t, evidence);
      series.push(
        verdict === 'learning'
          ? { metric, value, verdict, evidence, learningSamplesLeft: judge.learningSamplesLeft }
          : { metric, value, verdict, evidence },
      );
      if (verdict === this.#told[at]) continue;
      const ahead = evidence.exhaustionSeconds !== undefined && bound !== undefined && { bound };
      const told = { ...evidence, ...this.#grownSince(metric, instant.t, evidence) };
      this.#turn(at, { t: instant.t, verdict, value, evidence: told, ...ahead }, events);
    }
    return { name: this.name, start: reading.start, series };
  }

  /** The incarnation is over: its findings are resolved, and its series start anew. */
  end(t: number, events: Event[]): void {
    this.#releases.end(this.#lifeUntil(t));
    this.fullest.restart();
    for (const [at, judge] of this.judges.entries()) {
      judge.restart();
      this.#turn(at, { t, verdict: judge.verdict, value: undefined, evidence: {} }, events);
    }
    for (const explained of this.#explained) explained.clear();
    this.#residentGrowth = 'learning';
  }

  /** What a restart of the group would keep. */
  learned(lastSeen: number): LearnedGroup {
    const series = Object.fromEntries(this.judges.map((judge) => [judge.metric.name, judge.learned()]));
    const { root } = this.#incarnation;
    const releases = this.#releases.learned(this.#lifeUntil(lastSeen));
    return {
      name: this.name,
      lastSeen,
      ...(root && { start: root }),
      series: { ...series, fullest: this.fullest.learned() },
      ...(releases.length > 0 && { releases }),
    };
  }

  /**
   * To be called before the first reading, with what an earlier life of the group has taught. If it is this life, which
   * leakwatch has not watched for a while, its heights are nothing to compare it with; if it is another, its parent may
   * wait for its children.
   */
  learn({ start, series, releases = [] }: LearnedGroup): void {
    this.#releases.learn(releases);
    const isThisLife = start !== undefined && start === this.#incarnation.root;
    const taught = (learned: LearnedSeries): LearnedSeries =>
      isThisLife ? withoutLives(learned) : withoutReaping(learned);
    for (const judge of this.judges) {
      const learned = series[judge.metric.name];
      if (learned) judge.learn(taught(learned));
    }
    if (series.fullest) this.fullest.learn(taught(series.fullest));
  }

  /**
   * Extra samples are not pushed into the series: the minimum of several readings is lower than one reading, and would
   * look like a fall when samples come closer together and like a growth when they return.
   */
  #push({ values, bounds, oldestZombieSeconds }: GroupReading, { t, extra }: Instant): void {
    if (extra) {
      for (const judge of this.judges) judge.look(values[judge.metric.name]);
      this.fullest.look(bounds.fds?.used);
    } else {
      for (const judge of this.judges) judge.push(t, values[judge.metric.name], oldestZombieSeconds);
      this.fullest.push(t, bounds.fds?.used);
    }
  }

  #evidenceOf(at: number, bound: Bound | undefined, values: GroupReading['values']): GrowthEvidence {
    const judge = this.judges[at]!;
    if (at === FDS) return judge.evidence(bound, this.fullest.forecast(bound));
    const evidence = judge.evidence(bound && this.ahead(judge.metric.resource, bound, values));
    return at === ZOMBIES && this.#isParentUnseen ? { ...evidence, parentUnseen: true } : evidence;
  }

  #grownSince(metric: Metric, t: number, { since, slopePerSecond: perSecond }: GrowthEvidence) {
    if (since === undefined || perSecond === undefined) return undefined;
    const growth = { metric, perSecond, seconds: t - since, secondsBefore: since - this.since };
    const grownSince = this.#releases.grownSince(growth);
    return grownSince && { grownSince };
  }

  #lifeUntil(t: number): Life {
    const seconds = t - this.since;
    return { seconds, points: (metric) => this.judgeOf(metric).points(seconds) };
  }

  #isZombieParentUnseen({ start, values: { zombies, processes }, parentUnseen = false }: GroupReading): boolean {
    if (parentUnseen) return true;
    if (zombies === 0) return false;
    // A zombie is in the group of its parent, so a group of nothing but zombies is without it.
    if (start === '' && processes === 0) return true;
    return this.#isParentUnseen && this.#incarnation.isRootless;
  }

  #verdictOf(at: number, { bounds }: GroupReading, t: number, evidence: GrowthEvidence): Verdict {
    const { metric } = this.judges[at]!;
    const verdict = this.#unexplained(at, t);
    if (metric.name === 'rss') this.#residentGrowth = verdict;
    if (this.yields(metric) && verdict !== 'learning') return 'ok';
    if (verdict !== 'suspect') return verdict;
    return tellSuspicion(this.#told[at]!, bounds[metric.resource], evidence.exhaustionSeconds);
  }

  /** The verdict on a series; `ok` where more processes explain its growth: those of the group, or of the host. */
  #unexplained(at: number, t: number): Verdict {
    const judge = this.judges[at]!;
    const { metric, verdict } = judge;
    if (verdict !== 'suspect' && verdict !== 'leak') return verdict;
    if (at === FDS && this.name === LEAKWATCH) return 'ok';
    if (metric.perProcess && this.#explained[at]!.see(judge.growth(), this.judgeOf('processes'), t)) return 'ok';
    return verdict;
  }

  /** Takes a new verdict on the series of this index, and makes the event that tells of it. */
  #turn(
    index: number,
    {
      t,
      verdict,
      value,
      evidence,
      ...bound
    }: Pick<EventOf<'growth'>, 't' | 'verdict' | 'value' | 'bound' | 'evidence'>,
    events: Event[],
  ): void {
    const previous = this.#told[index]!;
    this.#told[index] = verdict;
    const at = announcement(previous, verdict);
    if (!at) return;
    const row = METRICS[index]!;
    const naming = { code: row.code, desc: leakNameOf(row), metric: row.name, group: this.name };
    events.push({ t, at, ...naming, verdict, previous, value, evidence, ...bound });
  }
}

function withoutLives({ lives: _, ...rest }: LearnedSeries): LearnedSeries {
  return rest;
}

function withoutReaping({ reaping: _, ...rest }: LearnedSeries): LearnedSeries {
  return rest;
}

/** How a change of verdict is told; undefined if it is not. */
function announcement(previous: Verdict, verdict: Verdict): At | undefined {
  if (previous === verdict) return undefined;
  if (verdict === 'leak') return 'alert';
  if (verdict === 'suspect') return 'warn';
  return previous === 'leak' || previous === 'suspect' ? 'resolved' : undefined;
}
