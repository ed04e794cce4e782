/**
 * From the clock of samples to start times and back. Start times count the hours in which the host sleeps, the clock of
 * samples does not.
 */
import { asleepSince, type Moment } from '../../model/host-time.ts';

export class StartTimes {
  readonly #now: Moment;
  readonly #clockSeconds: number | undefined;
  readonly #ticksPerSecond: number;

  /** @param clockSeconds now, on the clock of start times; undefined if unknown */
  constructor(now: Moment, clockSeconds: number | undefined, ticksPerSecond: number) {
    this.#now = now;
    this.#clockSeconds = clockSeconds;
    this.#ticksPerSecond = ticksPerSecond;
  }

  /** @returns the start time of what started at `t`, in ticks; undefined if unknown */
  ticksAt(t: number): number | undefined {
    const { t: now, sleeps } = this.#now;
    if (this.#clockSeconds === undefined) return undefined;
    return (this.#clockSeconds - (now - t) - asleepSince(t, sleeps)) * this.#ticksPerSecond;
  }

  /** @returns when that was on the clock of samples; undefined if unknown */
  timeOf(startTicks: number): number | undefined {
    const { t: now, sleeps = [] } = this.#now;
    if (this.#clockSeconds === undefined) return undefined;
    let ago = this.#clockSeconds - startTicks / this.#ticksPerSecond;
    // From the newest sleep to the oldest: what lies before one was longer ago than it is on the clock of samples.
    for (const sleep of sleeps.toReversed()) {
      if (now - ago > sleep.t) break;
      ago = Math.max(ago - sleep.seconds, now - sleep.t);
    }
    return now - ago;
  }
}
