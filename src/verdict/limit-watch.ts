/**
 * The two alerts about a limit: W20, it will be reached soon at the present rate, and W21, it is reached. Both have
 * hysteresis, so that a number that hovers around the mark is told once. Where several groups share a limit, only the
 * group that fills it is named.
 */
import { ALERTS } from '../model/alerts.ts';
import { isPartlySeen } from '../model/bounds.ts';
import { RESOURCE_ROWS, RESOURCES, type Resource } from '../model/metrics.ts';
import type { Bound, GroupReading, Instant } from '../model/reading.ts';
import type { Forecast } from '../trend/forecast.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import type { Judge } from './judge.ts';
import type { Event, EventOf } from './report.ts';
import { NO_EVENTS, type Watch } from './watch.ts';

/**
 * W20 is told an hour ahead: long enough to react, and short enough that most forecasts hold
 * (docs/detection-results.md).
 */
const HORIZON_SECONDS = 3600;
/** Twice as far away, so that a forecast that wavers around an hour is told once. */
const LEAVES_HORIZON_SECONDS = 2 * HORIZON_SECONDS;
/** W21 is over below this share of what counts as reached: 5 % of a limit of 256 threads are 12 threads of room. */
const CLEARED_RATIO = 0.95;
/**
 * Regular samples in a row without a limit in sight that withdraw W20: five minutes at 20 s. A growth that pauses for a
 * minute has not ended.
 */
const PATIENCE = 15;

/**
 * Tasks of a user that may be outside of a user namespace: those that made it and wait for it, such as `unshare` or
 * `conmon` with a parent and its helpers for storage and network. With so few left, the limit counts as reached.
 */
const UNSEEN = 4;
/**
 * Regular samples in a row in which a limit was not enforced any more that end W21: 100 s at 20 s. Chosen: a program that
 * runs into its limit tries again within a minute, and people who made room want to see that it helped.
 */
const QUIET = 5;

/** The bound that counts as reached. W20 forecasts this one, so that it comes before W21. */
export function reachedBound(resource: Resource, bound: Bound): Bound {
  const ratio = RESOURCE_ROWS[resource].reachedRatio;
  return ratio === 1 ? bound : { ...bound, limit: ratio * bound.limit };
}

export type LimitState = 'far' | 'near' | 'reached';

export function nextLimitState(
  state: LimitState,
  resource: Resource,
  bound: Bound | undefined,
  end: Forecast | undefined,
): LimitState {
  if (!bound) return 'far';
  if (bound.refused) return 'reached';
  // A limit of 0 forbids new tasks on purpose, in a sandbox: nothing runs into it.
  if (bound.limit <= 0) return 'far';
  const ratio = bound.used / bound.limit;
  const { reachedRatio } = RESOURCE_ROWS[resource];
  if (ratio >= reachedRatio) return 'reached';
  if (isPartlySeen(bound.of) && bound.limit - bound.used <= UNSEEN) return 'reached';
  if (state === 'reached' && ratio >= CLEARED_RATIO * reachedRatio) return 'reached';
  const horizon = state === 'near' ? LEAVES_HORIZON_SECONDS : HORIZON_SECONDS;
  return end && end.seconds <= horizon ? 'near' : 'far';
}

/** The state of one group towards one limit, followed from reading to reading. */
export class LimitStanding {
  #state: LimitState = 'far';
  #doubts = 0;
  /** Samples since the limit was last enforced. */
  #quiet = QUIET;

  get state(): LimitState {
    return this.#state;
  }

  /** @param end forecast of the bound that counts as reached, see `reachedBound` */
  next(resource: Resource, bound: Bound | undefined, end: Forecast | undefined, extra = false): LimitState {
    this.#quiet = bound?.refused ? 0 : this.#quiet + (extra ? 0 : 1);
    // Between two refused forks a sample may see fewer tasks than the limit.
    if (this.#state === 'reached' && bound && this.#quiet < QUIET) return this.#state;
    const next = nextLimitState(this.#state, resource, bound, end);
    const isDoubt = bound !== undefined && this.#state === 'near' && next === 'far';
    this.#doubts = isDoubt ? this.#doubts + (extra ? 0 : 1) : 0;
    if (!isDoubt || this.#doubts >= PATIENCE) this.#state = next;
    return this.#state;
  }
}

const TOLD = {
  near: { at: 'warn', code: 'W20', desc: ALERTS.W20.name },
  reached: { at: 'alert', code: 'W21', desc: ALERTS.W21.name },
} as const;

/** A change of state is told as the end of the old state, then as the new one. */
export function turnOfLimit(before: LimitState, now: LimitState): Pick<EventOf<'growth'>, 'at' | 'code' | 'desc'>[] {
  if (before === now) return [];
  return [
    ...(before === 'far' ? [] : [{ ...TOLD[before], at: 'resolved' as const }]),
    ...(now === 'far' ? [] : [TOLD[now]]),
  ];
}

/** A group that is there, or one that is gone, whose reading then is empty. */
interface Watched {
  readonly group: GroupVerdicts;
  readonly reading: Pick<GroupReading, 'values' | 'bounds'>;
}

/** A group under a limit, with the metric that reaches the limit first. */
interface Candidate {
  readonly watched: Watched;
  readonly judge: Judge;
  readonly slope: number;
  /** How much of the resource the group uses. */
  readonly share: number;
  /** Forecasts of its metrics that count against the limit: of the limit, and of the bound that counts as reached. */
  readonly ends: readonly Forecast[];
  readonly endsOfReach: readonly Forecast[];
}

export class LimitWatch implements Watch {
  readonly seesExtra = true;
  /** The groups of which something was told: by resource, then by name. */
  readonly #told: Readonly<Record<Resource, Map<string, LimitStanding>>> = {
    threads: new Map(),
    memory: new Map(),
    fds: new Map(),
  };
  /** Groups of the present instant. */
  #groups: Watched[] = [];
  #exhaustionSeconds: Partial<Record<Resource, number>> = {};

  /** Seconds to the end of each resource, where one was in sight in the last instant. */
  get exhaustionSeconds(): Readonly<Partial<Record<Resource, number>>> {
    return this.#exhaustionSeconds;
  }

  /** Only collects: a limit is shared, and nothing can be said before all groups under it have been seen. */
  see(group: GroupVerdicts, reading: GroupReading): readonly Event[] {
    this.#groups.push({ group, reading });
    return NO_EVENTS;
  }

  settle({ t, extra }: Instant): readonly Event[] {
    const groups = this.#groups;
    this.#groups = [];
    const events: Event[] = [];
    const exhaustion: Partial<Record<Resource, number>> = {};
    for (const resource of RESOURCES) {
      for (const candidates of sharedLimits(groups, resource)) {
        const end = together(candidates.flatMap(({ ends }) => ends));
        if (end) exhaustion[resource] = Math.min(end.seconds, exhaustion[resource] ?? Number.POSITIVE_INFINITY);
        const told = candidates.filter(({ watched }) => this.#told[resource].has(watched.group.name));
        const accused = told[0] ?? candidates.reduce(nearer);
        const { group, reading } = accused.watched;
        const standing = this.#told[resource].get(group.name) ?? new LimitStanding();
        const before = standing.state;
        const reach = together(candidates.flatMap(({ endsOfReach }) => endsOfReach));
        const now = standing.next(resource, reading.bounds[resource], reach, extra);
        if (now === 'far') this.#told[resource].delete(group.name);
        else this.#told[resource].set(group.name, standing);
        if (before !== now) events.push(...eventsOf(accused, resource, [before, now], t, end));
        // Two that stood apart have come under one limit: one of them speaks for it.
        for (const other of told.slice(1)) events.push(...this.#withdraw(other, resource, t));
      }
    }
    this.#exhaustionSeconds = exhaustion;
    return events;
  }

  forget(group: GroupVerdicts, t: number): readonly Event[] {
    const watched: Watched = { group, reading: { values: {}, bounds: {} } };
    return RESOURCES.flatMap((resource) =>
      this.#told[resource].has(group.name) ? this.#withdraw(candidate(watched, resource), resource, t) : NO_EVENTS,
    );
  }

  #withdraw(of: Candidate, resource: Resource, t: number): readonly Event[] {
    const { name } = of.watched.group;
    const standing = this.#told[resource].get(name);
    if (!standing) return NO_EVENTS;
    this.#told[resource].delete(name);
    return eventsOf(of, resource, [standing.state, 'far'], t, together(of.ends));
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
  const standing = { group: group.name, metric: metric.name, verdict, previous: verdict, value };
  return turnOfLimit(before, now).map((words) => ({
    t,
    ...words,
    ...standing,
    evidence: judge.evidence(bound, end),
    ...(bound && { bound }),
  }));
}

/**
 * The groups, put together by the limit that they share; where each process has its own limit, each group stands alone.
 */
function sharedLimits(groups: readonly Watched[], resource: Resource): Candidate[][] {
  if (RESOURCE_ROWS[resource].isPerProcess) return groups.map((watched) => [candidate(watched, resource)]);
  const shared = new Map<unknown, Candidate[]>();
  for (const watched of groups) {
    const bound = watched.reading.bounds[resource];
    // A recording need not say what is limited (`of`): groups that were given the same bound then share the object.
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
  const { isPerProcess } = RESOURCE_ROWS[resource];
  const { group, reading } = watched;
  const ends: Forecast[] = [];
  const endsOfReach: Forecast[] = [];
  let fastest: Judge | undefined;
  let fastestSlope = 0;
  const ahead = bound && group.ahead(resource, bound, reading.values);
  const aheadOfReach = bound && group.ahead(resource, reachedBound(resource, bound), reading.values);
  for (const own of group.judgesAgainst(resource)) {
    const judge = isPerProcess ? group.fullest : own;
    const end = judge.forecast(ahead);
    const slope = end?.slope ?? 0;
    // A process is one of its threads: the limit counts the whole.
    if (end && (own.metric.againstLimit === 'whole' || ends.length === 0)) {
      ends.push(end);
      endsOfReach.push(judge.forecast(aheadOfReach) ?? end);
    }
    if (fastest && !(slope > fastestSlope)) continue;
    fastest = judge;
    fastestSlope = slope;
  }
  const share = group.useOf(resource, reading.values);
  return { watched, judge: fastest!, slope: fastestSlope, share, ends, endsOfReach };
}

/** What several groups or metrics bring to one limit adds up: together they reach it sooner than any of them alone. */
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

/** The group that fills the limit: the one that grows fastest towards it; where none grows, the one that uses most. */
function nearer(a: Candidate, b: Candidate): Candidate {
  if (a.slope !== b.slope) return a.slope > b.slope ? a : b;
  return b.share > a.share ? b : a;
}
