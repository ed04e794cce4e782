/**
 * The clock of readings, in seconds since the epoch. It reads the host's time once and then follows the monotonic
 * clock, so it never steps when somebody sets the host's time. Rounded to milliseconds, the precision of a recording.
 */
export type Clock = () => number;

export function steadyClock(): Clock {
  const origin = Date.now() - performance.now();
  return () => Math.round(origin + performance.now()) / 1000;
}
