/**
 * How one group stands to a limit: far from it, near it (W20), or at it (W21). Both alerts have hysteresis, so that a
 * number that hovers around the mark is told once.
 */
import { ALERTS } from '../model/alerts.ts';
import { isPartlySeen } from '../model/bounds.ts';
import { RESOURCE_ROWS, type Resource } from '../model/metrics.ts';
import type { Bound } from '../model/reading.ts';
import type { Forecast } from '../trend/forecast.ts';
import { type Level, ReachedLimit } from './reached-limit.ts';
import type { EventOf } from './report.ts';

/**
 * W20 is told an hour ahead: long enough to react, and short enough that most forecasts hold
 * (docs/detection-results.md).
 */
const HORIZON_SECONDS = 3600;
/** Twice as far away, so that a forecast that wavers around an hour is told once. */
const LEAVES_HORIZON_SECONDS = 2 * HORIZON_SECONDS;
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

export type LimitState = 'far' | 'near' | 'reached';

/** What one sample shows of a limit. */
export interface LimitSample {
  /** Seconds since the epoch. */
  readonly t: number;
  readonly bound: Bound | undefined;
  /** Forecast of the bound that counts as reached, see `reachedBound`. */
  readonly end: Forecast | undefined;
  /** The root of the group: another one is a restart. */
  readonly start: string;
  readonly extra?: boolean | undefined;
}

/** The state of one group towards one limit, followed from reading to reading. */
export class LimitStanding {
  readonly #resource: Resource;
  /** From the first time on that it was reached. */
  #reached: ReachedLimit | undefined;
  #state: LimitState = 'far';
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
    return this.#state === 'far' && (this.#reached?.isForgotten(t) ?? true);
  }

  next({ t, bound, end, start, extra = false }: LimitSample): LimitState {
    const restarted = this.#start !== undefined && start !== this.#start;
    this.#start = start;
    const level = bound && levelOf(this.#resource, bound);
    if (level?.isAtMark) this.#reached ??= new ReachedLimit();
    if (!level) this.#reached?.end();
    else if (this.#reached?.next({ t, extra, restarted, ...level })) {
      this.#doubts = 0;
      this.#state = 'reached';
      return this.#state;
    }
    const next = isNear(this.#state, bound, end) ? 'near' : 'far';
    const isDoubt = bound !== undefined && this.#state === 'near' && next === 'far';
    this.#doubts = isDoubt ? this.#doubts + (extra ? 0 : 1) : 0;
    if (!isDoubt || this.#doubts >= PATIENCE) this.#state = next;
    return this.#state;
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

function isNear(state: LimitState, bound: Bound | undefined, end: Forecast | undefined): boolean {
  if (!bound || bound.limit <= 0 || !end) return false;
  return end.seconds <= (state === 'near' ? LEAVES_HORIZON_SECONDS : HORIZON_SECONDS);
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
