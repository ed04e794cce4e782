/**
 * More processes have more threads, descriptors and memory: does their number explain the growth of another metric of
 * the group? Then the processes are what leaks, and not the metric.
 */
import { scaleOf } from '../series/scale.ts';
import type { GrowthLine } from '../trend/growth-line.ts';
import type { Judge } from './judge.ts';

/**
 * For one hour after more processes explained a growth they still explain it, because processes and memory rise and
 * fall at slightly different times. An hour is as long as the shortest window of a leak. `npm run bench:detection`,
 * family "workers", shows what another value does.
 */
const EXPLAINED_HOURS = 1;
/**
 * A new process may bring up to a quarter more than the usual process has, because workers of one server differ. A
 * smaller value blames memory for new workers, a larger one hides a leak behind them; `npm run bench:detection`, family
 * "workers", shows what another value does.
 */
const USUAL_SHARE = 1.25;
/** A parent is unlike its workers: with one or two processes it would distort what is usual for a process. */
const LEAST_TO_COMPARE = 3;

export class ExplainedGrowth {
  readonly #memorySeconds: number;
  /** When more processes last explained the growth. */
  #explainedAt = Number.NEGATIVE_INFINITY;

  constructor(intervalSeconds: number) {
    this.#memorySeconds = EXPLAINED_HOURS * scaleOf(intervalSeconds).hour * intervalSeconds;
  }

  /** Begins another incarnation. */
  clear(): void {
    this.#explainedAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * @param growth of the metric; undefined = it has no line
   * @param processes the judge of the number of processes
   * @param t seconds since the epoch
   * @returns whether the growth is, or was a while ago, explained
   */
  see(growth: Growth | undefined, processes: Pick<Judge, 'floor'>, t: number): boolean {
    const was = t - this.#explainedAt < this.#memorySeconds;
    const is = isExplained(growth, processes) ?? was;
    if (is) this.#explainedAt = t;
    return is || was;
  }
}

type Growth = Pick<GrowthLine, 'level' | 'lowest' | 'back' | 'floor' | 'rise'>;

/**
 * Do the new processes explain this growth, if each has as much as is usual for a process of the group? Both are read
 * from floors of the same blocks.
 * @returns undefined if that cannot be told: there is no line, or the rise is smaller than the difference between
 *   processes
 */
function isExplained(growth: Growth | undefined, processes: Pick<Judge, 'floor'>): boolean | undefined {
  if (!growth) return undefined;
  const { level, lowest, back, floor, rise } = growth;
  const before = processes.floor(level, lowest);
  const now = processes.floor(level, back);
  const usual = before < LEAST_TO_COMPARE ? floor / now : (floor - rise) / before;
  if (Number.isNaN(usual) || rise < (USUAL_SHARE - 1) * usual) return undefined;
  return now > before && rise <= USUAL_SHARE * usual * (now - before);
}
