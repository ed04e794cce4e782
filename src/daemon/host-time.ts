/** Follows the host's own time from sample to sample, and says what it calls a time on the clock of samples. */
import { asleepSince, type Moment } from '../model/host-time.ts';

/**
 * The host's time is followed when it has moved this far from where it was. Chosen: people do not see less, and what is
 * told of an old event stays the same number while nobody sets the clock.
 */
const LEAST_SHIFT_SECONDS = 0.1;

export class HostTime {
  #shiftSeconds = 0;
  #sleeps: Moment['sleeps'];

  /** @returns what `shiftReport` takes: the host's time of a time of samples; undefined if both are the same */
  follow({ t, wall, sleeps }: Moment): ((t: number) => number) | undefined {
    const shift = wall - t;
    if (Math.abs(shift - this.#shiftSeconds) >= LEAST_SHIFT_SECONDS) this.#shiftSeconds = shift;
    this.#sleeps = sleeps;
    return this.#shiftSeconds === 0 && !sleeps ? undefined : (time) => this.of(time);
  }

  /** Rounded to milliseconds, as the clocks are. */
  of(t: number): number {
    return Math.round((t + this.#shiftSeconds - asleepSince(t, this.#sleeps)) * 1000) / 1000;
  }
}
