/**
 * The two alerts that speak of a limit and not of a leak: W20, it will be reached soon at the present rate, and W21, it
 * is reached. Each with hysteresis, so that a number that plays around the mark says so once; and where many groups are
 * under one limit, of that group alone which fills it.
 */
import { RESOURCES, type Resource } from '../model/metrics.ts';
import type { Bound, GroupReading, Readings } from '../model/reading.ts';
import type { Forecast } from '../trend/forecast.ts';
import type { Judge } from './judge.ts';
import type { Event } from './report.ts';

/** A limit further away than this is not yet anybody's trouble. */
const HORIZON_SECONDS = 3600;
const LEAVES_HORIZON_SECONDS = 2 * HORIZON_SECONDS;
/** Memory is reclaimed before the last page is gone, so that its limit is never quite reached. */
const REACHED_RATIO = { threads: 1, fds: 1, memory: 0.98 } as const;
const CLEARED_RATIO = 0.95;

/** W20 is withdrawn when so many readings in a row, extra ones aside, have not seen the limit near: one that slows for a minute may not. */
const PATIENCE = 15;

/** What counts as reached, as a bound: that is what W20 has to come before. */
export function reachedBound(resource: Resource, bound: Bound): Bound {
  const ratio = REACHED_RATIO[resource];
  return ratio === 1 ? bound : { ...bound, limit: ratio * bound.limit };
}

export type LimitState = 'far' | 'near' | 'reached';

export function nextLimitState(
  state: LimitState,
  resource: keyof typeof REACHED_RATIO,
  bound: Bound | undefined,
  end: Forecast | undefined,
): LimitState {
  if (!bound || bound.limit <= 0) return 'far';
  const ratio = bound.used / bound.limit;
  if (ratio >= REACHED_RATIO[resource]) return 'reached';
  if (state === 'reached' && ratio >= CLEARED_RATIO * REACHED_RATIO[resource]) return 'reached';
  const horizon = state === 'near' ? LEAVES_HORIZON_SECONDS : HORIZON_SECONDS;
  return end && end.seconds <= horizon ? 'near' : 'far';
}

/** How one group stands to one limit, from one reading to the next. */
export class LimitStanding {
  #state: LimitState = 'far';
  #doubts = 0;

  get state(): LimitState {
    return this.#state;
  }

  /** @param end until what counts as reached, see `reachedBound` */
  next(resource: Resource, bound: Bound | undefined, end: Forecast | undefined, extra = false): LimitState {
    const next = nextLimitState(this.#state, resource, bound, end);
    const isDoubt = bound !== undefined && this.#state === 'near' && next === 'far';
    this.#doubts = isDoubt ? this.#doubts + (extra ? 0 : 1) : 0;
    if (!isDoubt || this.#doubts >= PATIENCE) this.#state = next;
    return this.#state;
  }
}

const TOLD = {
  near: { at: 'warn', code: 'W20', desc: 'limit_forecast' },
  reached: { at: 'alert', code: 'W21', desc: 'limit_reached' },
} as const;

/** What a change of state is told as: the end of what was, then what is. */
export function turnOfLimit(before: LimitState, now: LimitState): Pick<Event, 'at' | 'code' | 'desc'>[] {
  if (before === now) return [];
  return [
    ...(before === 'far' ? [] : [{ ...TOLD[before], at: 'resolved' as const }]),
    ...(now === 'far' ? [] : [TOLD[now]]),
  ];
}

/** A group as far as its limits go. */
export interface Watched {
  readonly group: string;
  readonly reading: GroupReading;
  readonly judges: readonly Judge[];
  /** Of the descriptors of the process that is nearest to its limit. */
  readonly fullest: Judge;
}

/** A group under a limit, with the metric that brings it there first. */
interface Candidate {
  readonly watched: Watched;
  readonly judge: Judge;
  readonly slope: number;
  /** What the group has of the resource. */
  readonly share: number;
  /** Of each of its metrics that grows and counts against the limit: until the limit, and until what counts as that. */
  readonly ends: readonly Forecast[];
  readonly endsOfReach: readonly Forecast[];
}

export class LimitsWatch {
  /** By resource: the groups of which something was told. */
  readonly #told: Readonly<Record<Resource, Map<string, LimitStanding>>> = {
    threads: new Map(),
    memory: new Map(),
    fds: new Map(),
  };

  /**
   * @param groups all that are there now
   * @returns the events of this instant, and the seconds to the end of each resource where one is in sight
   */
  watch(
    groups: readonly Watched[],
    { t, extra }: Pick<Readings, 't' | 'extra'>,
  ): { events: Event[]; exhaustion: Partial<Record<Resource, number>> } {
    const events: Event[] = [];
    const exhaustion: Partial<Record<Resource, number>> = {};
    for (const resource of RESOURCES) {
      for (const candidates of sharedLimits(groups, resource)) {
        const end = together(candidates.flatMap(({ ends }) => ends));
        if (end) exhaustion[resource] = Math.min(end.seconds, exhaustion[resource] ?? Number.POSITIVE_INFINITY);
        const told = candidates.filter(({ watched }) => this.#told[resource].has(watched.group));
        const accused = told[0] ?? candidates.reduce(nearer);
        const { group, reading } = accused.watched;
        const standing = this.#told[resource].get(group) ?? new LimitStanding();
        const before = standing.state;
        const reach = together(candidates.flatMap(({ endsOfReach }) => endsOfReach));
        const now = standing.next(resource, reading.bounds[resource], reach, extra);
        if (now === 'far') this.#told[resource].delete(group);
        else this.#told[resource].set(group, standing);
        if (before !== now) events.push(...eventsOf(accused, resource, [before, now], t, end));
        // Two that stood apart have come under one limit: one of them speaks for it.
        for (const other of told.slice(1)) this.#withdraw(other, resource, t, events);
      }
    }
    return { events, exhaustion };
  }

  /** The group is gone, and what was told of it is over. */
  forget(watched: Omit<Watched, 'reading'>, t: number): Event[] {
    const events: Event[] = [];
    const reading: GroupReading = { start: '', values: {}, bounds: {} };
    for (const resource of RESOURCES) {
      if (this.#told[resource].has(watched.group)) {
        this.#withdraw(candidate({ ...watched, reading }, resource), resource, t, events);
      }
    }
    return events;
  }

  #withdraw(of: Candidate, resource: Resource, t: number, events: Event[]): void {
    const { group } = of.watched;
    const standing = this.#told[resource].get(group);
    if (!standing) return;
    this.#told[resource].delete(group);
    events.push(...eventsOf(of, resource, [standing.state, 'far'], t, together(of.ends)));
  }
}

function eventsOf(
  { watched, judge }: Candidate,
  resource: Resource,
  [before, now]: readonly [LimitState, LimitState],
  t: number,
  end: Forecast | undefined,
): Event[] {
  const { group, reading } = watched;
  const { metric, verdict } = judge;
  const value = reading.values[metric.name];
  const bound = reading.bounds[resource];
  const standing = { group, metric: metric.name, verdict, previous: verdict, value };
  return turnOfLimit(before, now).map((words) => ({
    t,
    ...words,
    ...standing,
    evidence: judge.evidence(bound, end),
    ...(bound && { bound }),
  }));
}

/** The groups by the limit that holds them; descriptors are limited by process, so that each group has its own. */
function sharedLimits(groups: readonly Watched[], resource: Resource): Candidate[][] {
  if (resource === 'fds') return groups.map((watched) => [candidate(watched, resource)]);
  const shared = new Map<unknown, Candidate[]>();
  for (const watched of groups) {
    const bound = watched.reading.bounds[resource];
    // A recording may not say what a limit is of: then those that were given the same one have the same object.
    const key = bound === undefined ? watched : (bound.of ?? bound);
    const found = candidate(watched, resource);
    const same = shared.get(key);
    if (same) same.push(found);
    else shared.set(key, [found]);
  }
  return [...shared.values()];
}

function candidate(watched: Watched, resource: Resource): Candidate {
  const bound = watched.reading.bounds[resource];
  const ends: Forecast[] = [];
  const endsOfReach: Forecast[] = [];
  let fastest: Judge | undefined;
  let fastestSlope = 0;
  let share = 0;
  for (const own of watched.judges) {
    const { name, resource: eaten } = own.metric;
    // Anonymous memory is part of what is resident, and a process of its threads: the limit counts the whole.
    if (eaten !== resource || name === 'anon') continue;
    if (name !== 'processes') share += watched.reading.values[name] ?? 0;
    const judge = name === 'fds' ? watched.fullest : own;
    const end = judge.forecast(bound);
    const slope = end?.slope ?? 0;
    if (bound && end && (name !== 'processes' || ends.length === 0)) {
      ends.push(end);
      endsOfReach.push(judge.forecast(reachedBound(resource, bound)) ?? end);
    }
    if (fastest && !(slope > fastestSlope)) continue;
    fastest = judge;
    fastestSlope = slope;
  }
  return { watched, judge: fastest!, slope: fastestSlope, share, ends, endsOfReach };
}

/** When all of them are on the way to it, the limit is nearer than to any of them: what they bring adds up. */
function together(ends: readonly Forecast[]): Forecast | undefined {
  if (ends.length <= 1) return ends[0];
  const sooner = (of: (end: Forecast) => number) => 1 / ends.reduce((sum, end) => sum + 1 / of(end), 0);
  return {
    seconds: sooner(({ seconds }) => seconds),
    low: sooner(({ low }) => low),
    high: sooner(({ high }) => high),
    slope: ends.reduce((sum, { slope }) => sum + slope, 0),
  };
}

/** Who fills the limit: whose growth towards it is the fastest; where none grows, who has the most. */
function nearer(a: Candidate, b: Candidate): Candidate {
  if (a.slope !== b.slope) return a.slope > b.slope ? a : b;
  return b.share > a.share ? b : a;
}
