/**
 * How often samples may be taken on average, so that they cost no more than a share of one core. Below it the interval
 * is as configured. Above it the interval becomes 2, 4, 8 ... times as long, and shorter again after two samples that cost
 * less. A short spell above it, such as the first samples of a start, is paid from what was left over before.
 *
 *   cost of a sample   ▂▂▂▂▂▂████████████████▂▂▂▂▂▂▂▂
 *   samples            | | | | | | | |       |       |       | | | | |
 */

/** CPU time that may be spent ahead, in seconds: 50 s of the default share. Also what a run starts with. */
const MOST_AHEAD_SECONDS = 0.5;
/**
 * Samples whose median is the cost of one: a single slow one (the first of a run, a collection of garbage) changes
 * nothing. So a run begins with as many at the configured interval, whatever they cost.
 */
const REMEMBERED = 5;
/** The interval is shortened if samples then cost no more than this part of what they may, so that it does not flap. */
const ROOM = 0.7;
/** The longest interval that it chooses. */
const LONGEST_SECONDS = 300;

export class CpuBudget {
  readonly #intervalSeconds: number;
  readonly #share: number;
  readonly #mostFactor: number;
  readonly #costs: number[] = [];
  #factor = 1;
  #ahead = MOST_AHEAD_SECONDS;
  #t: number | undefined;

  /** @param share of one core that samples may cost, more than 0 */
  constructor(intervalSeconds: number, share: number) {
    this.#intervalSeconds = intervalSeconds;
    this.#share = share;
    this.#mostFactor = Math.max(1, 2 ** Math.floor(Math.log2(LONGEST_SECONDS / intervalSeconds)));
  }

  /** The interval in force: a multiple of the configured one. */
  get intervalSeconds(): number {
    return this.#factor * this.#intervalSeconds;
  }

  /**
   * A sample has been taken.
   * @param cpuSeconds what it cost
   * @param t when, in seconds of a monotonic clock
   */
  spend(cpuSeconds: number, t: number): void {
    const earned = this.#t === undefined ? 0 : this.#share * (t - this.#t);
    this.#t = t;
    this.#ahead = Math.min(MOST_AHEAD_SECONDS, this.#ahead + earned - cpuSeconds);
    this.#costs.push(cpuSeconds);
    if (this.#costs.length > REMEMBERED) this.#costs.shift();
    if (this.#costs.length < REMEMBERED) return;
    const cost = this.#costs.toSorted((a, b) => a - b)[this.#costs.length >> 1]!;
    if (this.#ahead < 0 && cost > this.#share * this.intervalSeconds) {
      this.#factor = Math.min(this.#mostFactor, this.#factorFor(cost));
      this.#ahead = 0;
    } else if (this.#factor > 1) {
      const last = Math.max(...this.#costs.slice(-2));
      this.#factor = Math.min(this.#factor, this.#factorFor(last / ROOM));
    }
  }

  /** The least factor at which samples of this cost stay within the share. */
  #factorFor(cost: number): number {
    return Math.max(1, 2 ** Math.ceil(Math.log2(cost / (this.#share * this.#intervalSeconds))));
  }
}
