/**
 * A clock for readings: seconds since the epoch, rounded to the millisecond that a recording keeps, counted on by the
 * monotonic clock, so that it never steps when somebody sets the host's time.
 */
export type Clock = () => number;

export function steadyClock(): Clock {
  const origin = Date.now() - performance.now();
  return () => Math.round(origin + performance.now()) / 1000;
}
