/**
 * Load averages as the platform computes them of a dyno: the number of runnable tasks, taken every 20 seconds or so, damped
 * over 1, 5 and 15 minutes. Not the kernel's: those count tasks that wait for a disk as well.
 * Source: devcenter.heroku.com/articles/metrics#dyno-load.
 */
import type { LoadAverages } from '../model/runtime-figures.ts';

/** Seconds. */
const PERIODS = [60, 300, 900] as const;

export class DampedLoad {
  readonly #averages: number[] = [];
  #from = 0;
  #last = 0;

  /**
   * @param runnable tasks that run or could run at this instant
   * @param t seconds on a clock that does not go back
   * @returns of the longer ones those that have been seen for as long as they speak of
   */
  add(runnable: number, t: number): LoadAverages {
    if (this.#averages.length === 0) {
      this.#averages.push(...PERIODS.map(() => runnable));
      this.#from = t;
    } else {
      for (const [at, period] of PERIODS.entries()) {
        const kept = Math.exp(-(t - this.#last) / period);
        this.#averages[at] = (1 - kept) * runnable + kept * this.#averages[at]!;
      }
    }
    this.#last = t;
    const [minute1, minutes5, minutes15] = this.#averages.map((average, at) =>
      at === 0 || t - this.#from >= PERIODS[at]! ? average : undefined,
    );
    return { minute1: minute1!, minutes5, minutes15 };
  }
}
