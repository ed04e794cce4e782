/**
 * Load averages as Heroku computes them for a dyno: the number of runnable tasks, counted about every 20 seconds and
 * damped over 1, 5 and 15 minutes. The kernel's load averages differ: they include tasks that wait for a disk.
 * Source: devcenter.heroku.com/articles/metrics#dyno-load.
 */
import type { LoadAverages } from '../model/runtime-figures.ts';

const PERIODS_SECONDS = [60, 300, 900] as const;

export class DampedLoad {
  readonly #averages: number[] = [];
  #firstT = 0;
  #lastT = 0;

  /**
   * @param runnable number of tasks that are running or ready to run now
   * @param t seconds on a clock that does not go back
   * @returns the 5- and 15-minute averages only once that much time has been observed
   */
  add(runnable: number, t: number): LoadAverages {
    if (this.#averages.length === 0) {
      this.#averages.push(...PERIODS_SECONDS.map(() => runnable));
      this.#firstT = t;
    } else {
      for (const [at, period] of PERIODS_SECONDS.entries()) {
        const kept = Math.exp(-(t - this.#lastT) / period);
        this.#averages[at] = (1 - kept) * runnable + kept * this.#averages[at]!;
      }
    }
    this.#lastT = t;
    const [minute1, minutes5, minutes15] = this.#averages.map((average, at) =>
      at === 0 || t - this.#firstT >= PERIODS_SECONDS[at]! ? average : undefined,
    );
    return { minute1: minute1!, minutes5, minutes15 };
  }
}
