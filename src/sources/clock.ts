/** Gives each sample its time, on the clock of samples and on the host's (model/host-time.ts). */
import type { Moment, Sleep } from '../model/host-time.ts';

/**
 * Both times are rounded to milliseconds, the precision of a recording.
 * @param uptimeSeconds seconds on a clock that goes on while the host sleeps, as in /proc/uptime, from any origin.
 * Undefined = unknown: then a sleep looks as if somebody had set the clock.
 */
export type Clock = (uptimeSeconds?: number) => Moment;

/** The clocks of the host, in milliseconds. */
export interface HostClocks {
  readonly wallMs: () => number;
  /** Does not step, and stands still while the host sleeps (CLOCK_MONOTONIC, clock_gettime(2)). */
  readonly monotonicMs: () => number;
}

/**
 * Seconds by which the uptime gains on the monotonic clock when the host was asleep. Chosen: on a busy host less passes
 * between the readings of the two.
 */
const LEAST_SLEEP_SECONDS = 10;
/** Sleeps that are remembered, a bound of memory: a month of a notebook. */
const MOST_SLEEPS = 100;

export function steadyClock({ wallMs, monotonicMs }: HostClocks = HOST_CLOCKS): Clock {
  const originMs = wallMs() - monotonicMs();
  let sleeps: readonly Sleep[] = [];
  let last: { readonly t: number; readonly aheadSeconds: number } | undefined;
  return (uptimeSeconds) => {
    const monotonic = monotonicMs();
    const t = Math.round(originMs + monotonic) / 1000;
    if (uptimeSeconds !== undefined) {
      const aheadSeconds = uptimeSeconds - monotonic / 1000;
      const seconds = last ? aheadSeconds - last.aheadSeconds : 0;
      if (last && seconds >= LEAST_SLEEP_SECONDS) sleeps = [...sleeps, { t: last.t, seconds }].slice(-MOST_SLEEPS);
      last = { t, aheadSeconds };
    }
    return { t, wall: Math.round(wallMs()) / 1000, ...(sleeps.length > 0 && { sleeps }) };
  };
}

const HOST_CLOCKS: HostClocks = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
