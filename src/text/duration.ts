/** Durations for people. */

/**
 * @param seconds negative counts as 0
 * @example formatDuration(45) // => '45 s'
 * @example formatDuration(357) // => '6 min'
 * @example formatDuration(32400) // => '9 h'
 * @example formatDuration(183000) // => '2.1 days'
 */
export function formatDuration(seconds: number): string {
  const length = Math.max(0, seconds);
  if (length < 120) return `${Math.round(length)} s`;
  if (length < 7200) return `${Math.round(length / 60)} min`;
  if (length < 172_800) return `${oneDecimal(length / 3600)} h`;
  return `${oneDecimal(length / 86_400)} days`;
}

/**
 * From one time to another, with the unit once if both have the same.
 * @example formatDurationRange(15840, 21960) // => '4.4 to 6.1 h'
 * @example formatDurationRange(5400, 9000) // => '90 min to 2.5 h'
 */
export function formatDurationRange(low: number, high: number): string {
  const [from, to] = [formatDuration(low), formatDuration(high)];
  const unit = to.slice(to.indexOf(' '));
  return `${from.endsWith(unit) ? from.slice(0, -unit.length) : from} to ${to}`;
}

/**
 * An interval may be a fraction of a second, which a duration is rounded to.
 * @example formatInterval(0.4) // => '0.4 s'
 * @example formatInterval(160) // => '160 s'
 */
export function formatInterval(seconds: number): string {
  return seconds < 600 ? `${oneDecimal(seconds)} s` : formatDuration(seconds);
}

/** 9.04 becomes 9, and 9.06 becomes 9.1. */
function oneDecimal(value: number): string {
  return value.toFixed(1).replace('.0', '');
}
