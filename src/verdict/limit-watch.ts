/**
 * The two alerts about a limit: W20, it will be reached at the present rate, and W21, it is reached. Where several
 * groups share a limit, only the group that fills it is named.
 */
import { RESOURCE_ROWS, RESOURCES, type Resource } from '../model/metrics.ts';
import type { GroupReading, Instant } from '../model/reading.ts';
import type { Forecast } from '../trend/forecast.ts';
import type { GroupVerdicts } from './group-verdicts.ts';
import type { Judge } from './judge.ts';
import { LimitStanding, type LimitState, reachedBound, turnOfLimit } from './limit-standing.ts';
import type { LimitOptions } from './options.ts';
import type { Event } from './report.ts';
import { NO_EVENTS, type Watch } from './watch.ts';

/** As on the command line (config/options.ts): time to look into it before the end of a working day. */
const WARN_AHEAD_SECONDS = 6 * 3600;
/** A dyno is restarted this long after its start, and up to 216 minutes later (devcenter.heroku.com/articles/dynos). */
const DYNO_SECONDS = 86_400;

/**
 * How far ahead W20 looks on a dyno: to its daily restart, and then as on any host.
 * @param since when the dyno was started, seconds since the epoch, as `t`
 */
export function aheadOnDyno(since: number, t: number, otherwiseSeconds = WARN_AHEAD_SECONDS): number {
  return Math.max(otherwiseSeconds, since + DYNO_SECONDS - t);
}

/** A group that is there, or one that is gone, whose reading then is empty. */
interface Watched {
  readonly group: GroupVerdicts;
  readonly reading: Pick<GroupReading, 'start' | 'values' | 'bounds'>;
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
  readonly #warnAheadSeconds: number;
  readonly #isDyno: boolean;
  /** The groups of which something is told, or was within a day: by resource, then by name. */
  readonly #standings: Readonly<Record<Resource, Map<string, LimitStanding>>> = {
    threads: new Map(),
    memory: new Map(),
    fds: new Map(),
  };
  /** Groups of the present instant. */
  #groups: Watched[] = [];
  #exhaustionSeconds: Partial<Record<Resource, number>> = {};

  constructor({ warnAheadSeconds = WARN_AHEAD_SECONDS, isDyno = false }: LimitOptions = {}) {
    this.#warnAheadSeconds = warnAheadSeconds;
    this.#isDyno = isDyno;
  }

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
        const known = candidates.filter(({ watched }) => this.#standings[resource].has(watched.group.name));
        const told = known.filter((one) => this.#standingOf(one, resource)?.state !== 'far');
        const accused = told[0] ?? candidates.reduce(nearer);
        const { group, reading } = accused.watched;
        // What is remembered is how full the limit was, whichever group filled it.
        const remembered = known.includes(accused) ? accused : known[0];
        const standing = (remembered && this.#standingOf(remembered, resource)) ?? new LimitStanding(resource);
        const before = standing.state;
        const reach = together(candidates.flatMap(({ endsOfReach }) => endsOfReach));
        const bound = reading.bounds[resource];
        const aheadSeconds = this.#aheadOf(candidates, t);
        const now = standing.next({ t, bound, end: reach, aheadSeconds, start: reading.start, extra });
        if (remembered) this.#standings[resource].delete(remembered.watched.group.name);
        if (!standing.isForgotten(t)) this.#standings[resource].set(group.name, standing);
        if (before !== now) events.push(...eventsOf(accused, resource, [before, now], t, reach));
        // Two that stood apart have come under one limit: one of them speaks for it.
        for (const other of known) if (other !== accused) events.push(...this.#withdraw(other, resource, t));
      }
    }
    this.#exhaustionSeconds = exhaustion;
    return events;
  }

  forget(group: GroupVerdicts, t: number): readonly Event[] {
    const watched: Watched = { group, reading: { start: '', values: {}, bounds: {} } };
    return RESOURCES.flatMap((resource) =>
      this.#standings[resource].has(group.name) ? this.#withdraw(candidate(watched, resource), resource, t) : NO_EVENTS,
    );
  }

  #withdraw(of: Candidate, resource: Resource, t: number): readonly Event[] {
    const standing = this.#standingOf(of, resource);
    if (!standing) return NO_EVENTS;
    this.#standings[resource].delete(of.watched.group.name);
    return eventsOf(of, resource, [standing.state, 'far'], t, together(of.endsOfReach));
  }

  /** The dyno is as old as the oldest group under the limit. */
  #aheadOf(candidates: readonly Candidate[], t: number): number {
    if (!this.#isDyno) return this.#warnAheadSeconds;
    const since = candidates.reduce((oldest, { watched }) => Math.min(oldest, watched.group.since), t);
    return aheadOnDyno(since, t, this.#warnAheadSeconds);
  }

  #standingOf({ watched }: Candidate, resource: Resource): LimitStanding | undefined {
    return this.#standings[resource].get(watched.group.name);
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
