/**
 * The rhythm in which things came, in words without a subject: "one every 20.0 s (±0.1 s): a timer". The tests, and how
 * often they are wrong, are in stats/rhythm.ts.
 */
import { findRhythm, type Rhythm } from '../stats/rhythm.ts';
import { formatDuration } from '../text/duration.ts';
import { formatCount } from '../text/quantity.ts';

/** Chosen: with fewer that came between, it is the rhythm of all of them. */
const ALL = 0.8;
/** Seconds up to which a period is written in seconds, as exactly as it is known. */
const IN_SECONDS = 600;
const DAY = 86_400;

/**
 * @param starts when they came, ascending, in seconds since the epoch: the hours of the day are those of UTC
 * @param now none has come from the last of them until now
 * @returns undefined if no rhythm can be told from chance
 * @example tellRhythm([0, 20, 40, 60.1, 80, 100, 120, 140], 145) // => 'one every 20.0 s (±0.1 s): a timer'
 */
export function tellRhythm(starts: readonly number[], now: number): string | undefined {
  const rhythm = findRhythm(starts, now);
  return rhythm && rhythmText(rhythm, now);
}

export function rhythmText({ every, bursts, hours, noneSince }: Rhythm, now: number): string {
  const parts: string[] = [];
  if (bursts) parts.push(burstsText(bursts));
  if (every) parts.push(`${every.share < ALL ? 'most of them ' : ''}one every ${periodText(every)}: a timer`);
  if (hours) parts.push(`between ${hour(hours.from)} and ${hour(hours.to)} UTC only`);
  if (noneSince !== undefined) parts.push(`none since ${timeText(noneSince, now)}`);
  return parts.join(', ');
}

function burstsText({ low, high }: NonNullable<Rhythm['bursts']>): string {
  if (low === high) return `in bursts of ${formatCount(high)}`;
  return low === 1
    ? `in bursts of up to ${formatCount(high)}`
    : `in bursts of ${formatCount(low)} to ${formatCount(high)}`;
}

/** Neither more digits than the spread allows, nor fewer: `20.0 s (±0.1 s)`, `60 min (±2 s)`. */
function periodText({ seconds, spread }: NonNullable<Rhythm['every']>): string {
  const digits = spread >= 1 ? 0 : spread >= 0.095 ? 1 : 2;
  const period = seconds < IN_SECONDS ? `${seconds.toFixed(digits)} s` : formatDuration(seconds);
  return `${period} (±${spread < IN_SECONDS ? `${spread.toFixed(digits)} s` : formatDuration(spread)})`;
}

function hour(of: number): string {
  return `${String(of).padStart(2, '0')}:00`;
}

/** `03:12 UTC`, with its day if that is not within the last 24 hours. */
function timeText(t: number, now: number): string {
  const [day, time = ''] = new Date(t * 1000).toISOString().split('T');
  return `${now - t < DAY ? '' : `${day} `}${time.slice(0, 5)} UTC`;
}
