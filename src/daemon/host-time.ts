/** Follows the host's own clock from sample to sample, and converts times of the sample clock to the host's time. */
import { asleepSince, type Moment } from '../model/host-time.ts';

/**
 * The shift is only updated when it has changed by this much or more. Chosen: people do not notice less, and the time
 * that is shown for an old event stays the same number while nobody sets the clock.
 */
const LEAST_SHIFT_SECONDS = 0.1;

export class HostTime {
  #shiftSeconds = 0;
  #sleeps: Moment['sleeps'];

  /** @returns for `shiftReport`: a function from sample time to the host's time; undefined if both are the same */
  follow({ t, wall, sleeps }: Moment): ((t: number) => number) | undefined {
    const shift = wall - t;
    if (Math.abs(shift - this.#shiftSeconds) >= LEAST_SHIFT_SECONDS) this.#shiftSeconds = shift;
    this.#sleeps = sleeps;
    return this.#shiftSeconds === 0 && !sleeps ? undefined : (time) => this.of(time);
  }

  /** The host's time for a time of samples, rounded to milliseconds as the clocks are. */
  of(t: number): number {
    return Math.round((t + this.#shiftSeconds - asleepSince(t, this.#sleeps)) * 1000) / 1000;
  }
}
