/**
 * Is the forecast of a limit certain enough to be told hours ahead? The morning of a healthy day looks like a leak for a
 * while, and then bends: its forecasts move. Those of a growth that goes on name the same moment again and again.
 *
 *   limit  --------------------------     forecasts, each with its range, over time:
 *               .'        | | |           steady: all ranges hold one moment
 *            .'       | | |               bends:  |
 *         .'                                        |  |
 *   What it cannot see: a growth that stays straight for hours and then ends, such as a cache that fills evenly.
 */
import type { Forecast } from '../trend/forecast.ts';

/**
 * Forecasts must have agreed for so long: with a third of it, healthy series are warned of seven times as often, and
 * with more, leaks are told later by as much (docs/adr/0032-limits-are-told-in-time-and-once.md).
 */
const STEADY_SECONDS = 5400;
/** Regular samples in a row without a forecast that end a foresight: five minutes at 20 s. */
const LOST = 15;

export class Foresight {
  /** When the forecasts began to agree, and the moments that all their ranges since then hold. */
  #since = Number.NaN;
  #low = 0;
  #high = 0;
  #lost = 0;

  /** Is there no forecast to remember? */
  get isEmpty(): boolean {
    return Number.isNaN(this.#since);
  }

  /** @param t of a regular sample, seconds since the epoch */
  see(t: number, end: Forecast | undefined): void {
    if (!end) {
      if (++this.#lost >= LOST) this.#since = Number.NaN;
      return;
    }
    this.#lost = 0;
    const [low, high] = [t + end.low, t + end.high];
    const agrees = !this.isEmpty && low <= this.#high && high >= this.#low;
    if (!agrees) this.#since = t;
    this.#low = agrees ? Math.max(this.#low, low) : low;
    this.#high = agrees ? Math.min(this.#high, high) : high;
  }

  isSteady(t: number): boolean {
    return t - this.#since >= STEADY_SECONDS;
  }
}
