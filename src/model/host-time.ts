/**
 * From the clock of samples to the host's own time. The clock of samples orders and measures: it never steps, and it
 * stands still while the host sleeps, when no program can leak. People are told when something was by the host's clock,
 * as that is set now.
 *
 *   samples  12:00 - 13:00            13:00 - 14:00
 *   host     12:00 - 13:00   asleep   21:00 - 22:00, or an hour more if somebody has set it since
 */

/** A time in which the host was asleep. */
export interface Sleep {
  /** The last moment before it that was looked at, on the clock of samples. */
  readonly t: number;
  readonly seconds: number;
}

/** One moment on both clocks, in seconds since the epoch. */
export interface Moment {
  /** On the clock of samples: the host's time when leakwatch began, and the seconds awake since then. */
  readonly t: number;
  /** What the host calls this moment. It steps when somebody sets the time. */
  readonly wall: number;
  /** The sleeps that are remembered, oldest first; absent = none. */
  readonly sleeps?: readonly Sleep[];
}

/** Seconds asleep since a time on the clock of samples. */
export function asleepSince(t: number, sleeps: readonly Sleep[] = []): number {
  return sleeps.reduce((sum, sleep) => (sleep.t >= t ? sum + sleep.seconds : sum), 0);
}
