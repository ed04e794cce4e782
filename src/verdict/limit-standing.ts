/**
 * How one group stands to a limit: far from it, on the way to it (W20, hours ahead), near it (W20 once more, an hour
 * ahead), or at it (W21). Both alerts have hysteresis, so that a number that hovers around the mark is told once.
 */
import { ALERTS } from '../model/alerts.ts';
import { isPartlySeen } from '../model/bounds.ts';
import { RESOURCE_ROWS, type Resource } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';
import type { Forecast } from '../trend/forecast.ts';
import { Foresight } from './foresight.ts';
import { type Level, ReachedLimit } from './reached-limit.ts';
import type { EventOf } from './report.ts';

/**
 * In the last hour W20 needs no more than a forecast: long enough to react, and short enough that most forecasts hold
 * (docs/detection-results.md).
 */
const NEAR_SECONDS = 3600;
/** It is withdrawn when the limit is so many times further away, so that a forecast that wavers is told once. */
const LEAVES = 2;
/** W21 may be over below this share of what counts as reached: 5 % of a limit of 256 threads are 12 threads of room. */
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

/** The bound that counts as reached. W20 forecasts this one, so that it comes before W21. */
export function reachedBound(resource: Resource, bound: Bound): Bound {
  const ratio = RESOURCE_ROWS[resource].reachedRatio;
  return ratio === 1 ? bound : { ...bound, limit: ratio * bound.limit };
}

export type LimitState = 'far' | 'ahead' | 'near' | 'reached';

/** Is W20 told in this state? */
export function isOnTheWay(state: LimitState): boolean {
  return state === 'ahead' || state === 'near';
}

/** What one sample shows of a limit. */
export interface LimitSample {
  /** Seconds since the epoch. */
  readonly t: number;
  readonly bound: Bound | undefined;
  /** Forecast of the bound that counts as reached, see `reachedBound`. */
  readonly end: Forecast | undefined;
  /** W20 is told if the whole range of the forecast is within this time, and has been steady. */
  readonly aheadSeconds: number;
  /** The root of the group: another one is a restart. */
  readonly start: string;
  readonly extra?: boolean | undefined;
}

/** The state of one group towards one limit, followed from reading to reading. */
export class LimitStanding {
  readonly #resource: Resource;
  /** From the first time on that it was reached. */
  #reached: ReachedLimit | undefined;
  /** From the first forecast on. */
  #foresight: Foresight | undefined;
  #state: LimitState = 'far';
  /** How far ahead W20 was told. */
  #toldAhead = NEAR_SECONDS;
  #doubts = 0;
  #start: string | undefined;

  constructor(resource: Resource) {
    this.#resource = resource;
  }

  get state(): LimitState {
    return this.#state;
  }

  /** Is nothing told of it, and nothing remembered that matters for later? */
  isForgotten(t: number): boolean {
    return this.#state === 'far' && (this.#reached?.isForgotten(t) ?? true) && (this.#foresight?.isEmpty ?? true);
  }

  next(sample: LimitSample): LimitState {
    const { t, bound, end, start, extra = false } = sample;
    const restarted = this.#start !== undefined && start !== this.#start;
    this.#start = start;
    if (end) this.#foresight ??= new Foresight();
    if (!extra) this.#foresight?.see(t, end);
    const level = bound && levelOf(this.#resource, bound);
    if (level?.isAtMark) this.#reached ??= new ReachedLimit();
    const isReachedStill = level ? this.#reached?.next({ t, extra, restarted, ...level }) : this.#reached?.miss(extra);
    if (isReachedStill) {
      this.#doubts = 0;
      this.#state = 'reached';
      return this.#state;
    }
    const next = bound && bound.limit > 0 && end ? this.#onTheWay(sample, end) : 'far';
    const isDoubt = bound !== undefined && isOnTheWay(this.#state) && next === 'far';
    this.#doubts = isDoubt ? this.#doubts + (extra ? 0 : 1) : 0;
    if (!isDoubt || this.#doubts >= PATIENCE) this.#state = next;
    return this.#state;
  }

  #onTheWay({ t, aheadSeconds }: LimitSample, end: Forecast): LimitState {
    const state = this.#state;
    const isTold = isOnTheWay(state);
    if (!isTold && end.high <= aheadSeconds && this.#foresight?.isSteady(t)) this.#toldAhead = aheadSeconds;
    else if (!isTold && end.seconds <= NEAR_SECONDS) this.#toldAhead = NEAR_SECONDS;
    else if (!isTold || end.seconds > LEAVES * this.#toldAhead) return 'far';
    return state === 'near' || end.seconds <= NEAR_SECONDS ? 'near' : 'ahead';
  }
}

/** Is it reached, as one sample shows it? */
export function isReached(resource: Resource, { used, limit, of, refused }: Bound): boolean {
  if (refused) return true;
  // A limit of 0 forbids new tasks on purpose, in a sandbox: nothing runs into it.
  if (limit <= 0) return false;
  return used >= RESOURCE_ROWS[resource].reachedRatio * limit || (isPartlySeen(of) && limit - used <= UNSEEN);
}

function levelOf(resource: Resource, bound: Bound): Pick<Level, 'ratio' | 'isAtMark' | 'isBelow'> {
  const ratio = bound.limit > 0 ? bound.used / bound.limit : 0;
  const isAtMark = isReached(resource, bound);
  return { ratio, isAtMark, isBelow: !isAtMark && ratio < CLEARED_RATIO * RESOURCE_ROWS[resource].reachedRatio };
}

const W20 = { at: 'warn', code: 'W20', desc: ALERTS.W20.name } as const;
const TOLD = { ahead: W20, near: W20, reached: { at: 'alert', code: 'W21', desc: ALERTS.W21.name } } as const;

/**
 * A change of state is told as the end of the old state, then as the new one. What was ahead and is near now is told
 * again: it is the same warning, with little time left.
 */
export function turnOfLimit(before: LimitState, now: LimitState): Pick<EventOf<'growth'>, 'at' | 'code' | 'desc'>[] {
  if (before === now) return [];
  const isOver = before !== 'far' && !(before === 'ahead' && now === 'near');
  return [...(isOver ? [{ ...TOLD[before], at: 'resolved' as const }] : []), ...(now === 'far' ? [] : [TOLD[now]])];
}
