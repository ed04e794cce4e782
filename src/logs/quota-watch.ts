/** When the memory of one life will reach its quota: the daemon's W20 on the platform's measurements. */
import { RESOURCE_ROWS } from '../model/metrics.ts';
import { isOnTheWay, LimitStanding } from '../verdict/limit-standing.ts';
import { aheadOnDyno } from '../verdict/limit-watch.ts';
import type { Track } from './track.ts';

/** What is ahead, as of the last measurement. Times: seconds since the epoch. */
export interface Ahead {
  readonly t: number;
  readonly used: number;
  readonly quotaBytes: number;
  readonly slopePerSecond: number;
  /** When the quota is reached, and the ends of the 90 % range. */
  readonly reachedAt: number;
  readonly reachedFrom: number;
  readonly reachedTo: number;
}

export class QuotaWatch {
  readonly #standing = new LimitStanding('memory');
  #ahead: Ahead | undefined;

  /** What is told now; undefined if nothing is. */
  get ahead(): Ahead | undefined {
    return isOnTheWay(this.#standing.state) ? this.#ahead : undefined;
  }

  /**
   * To be called with each measurement that the track has taken.
   * @param used memory without what the kernel takes back
   * @returns whether it is news: the quota has come in sight, or less than an hour is left
   */
  see(
    track: Track,
    { t, used, quotaBytes, since }: { t: number; used: number; quotaBytes: number; since: number },
  ): boolean {
    const end = track.forecast({ used, limit: quotaBytes });
    if (end)
      this.#ahead = {
        t,
        used,
        quotaBytes,
        slopePerSecond: end.slope,
        reachedAt: t + end.seconds,
        reachedFrom: t + end.low,
        reachedTo: t + end.high,
      };
    const before = this.#standing.state;
    // What the standing takes for full is 98 % of a limit; the platform complains above the whole quota.
    const full = { used, limit: quotaBytes / RESOURCE_ROWS.memory.reachedRatio };
    const now = this.#standing.next({ t, bound: full, end, aheadSeconds: aheadOnDyno(since, t), start: '' });
    return isOnTheWay(now) && now !== before;
  }
}
