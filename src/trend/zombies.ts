/**
 * Zombies need no statistics: a living parent that leaves its dead children lie for minutes, and has more of them all
 * the time, does not wait for them.
 *
 *   leak        ___/     not a leak: a parent that     /| /| /|
 *           ___/         reaps now and then           / |/ |/ |
 *       ___/
 */
import { type Floors, KEPT } from '../series/floors.ts';
import type { Stage } from './growth.ts';

/** How long a parent may leave its dead lying: four minutes, or as many slots as are remembered. */
const PATIENCE_SECONDS = 240;
const LEAST_SLOTS = 5;
const MOST_SLOTS = KEPT - 8;
/** Fewer than this are nobody's trouble. */
export const LEAST_ZOMBIES = 3;
/** A parent that was seen to wait for so many at last is only late: it must have this many times more to be accused. */
const BEYOND_REAPED = 1.5;

export class ZombieDetector {
  /** Slots that must have been seen before it speaks. */
  readonly patience: number;
  readonly #intervalSeconds: number;
  #stage: Stage = 'quiet';
  #most = 0;
  /** The most that ever lay before they were waited for. */
  #reaped = 0;

  constructor(options: { readonly intervalSeconds: number }) {
    this.#intervalSeconds = options.intervalSeconds;
    const slots = Math.ceil(PATIENCE_SECONDS / options.intervalSeconds);
    this.patience = Math.min(MOST_SLOTS, Math.max(LEAST_SLOTS, slots));
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** The level that the count is followed on: every slot counts. */
  get level(): number {
    return 0;
  }

  restart(): void {
    this.#stage = 'quiet';
    this.#most = 0;
    this.#reaped = 0;
  }

  /**
   * To be called when a slot has closed.
   * @param oldestSeconds how long the oldest zombie has been seen dead; undefined = unknown, then the count must speak
   */
  slotClosed(floors: Floors, oldestSeconds: number | undefined): void {
    const now = floors.floor(0, 0);
    if (Number.isNaN(now)) return;
    if (now > this.#most) this.#most = now;
    if (now < LEAST_ZOMBIES || now < this.#most / 2) {
      // Some may come and go beside others that lie for ever: only a parent that waits for all of them is late.
      if (now < LEAST_ZOMBIES && this.#most >= LEAST_ZOMBIES) this.#reaped = Math.max(this.#reaped, this.#most);
      this.#stage = 'quiet';
      this.#most = now;
      return;
    }
    if (floors.count(0) <= this.patience || now <= BEYOND_REAPED * this.#reaped) return;
    const lain =
      oldestSeconds === undefined ? this.#leastOf(floors) >= 1 : oldestSeconds >= this.patience * this.#intervalSeconds;
    if (!lain || this.#stage === 'leak') return;
    this.#stage = this.#rises(floors) ? 'leak' : 'suspect';
  }

  #leastOf(floors: Floors): number {
    let least = Number.POSITIVE_INFINITY;
    for (let back = 0; back <= this.patience; back++) least = Math.min(least, floors.floor(0, back));
    return least;
  }

  /** Three more than a while ago, and not because most come and go. */
  #rises(floors: Floors): boolean {
    const rise = Math.min(floors.floor(0, 0), floors.floor(0, 1)) - floors.floor(0, this.patience);
    if (!(rise >= LEAST_ZOMBIES)) return false;
    let peak = floors.floor(0, this.patience);
    for (let back = this.patience - 1; back >= 0; back--) {
      const count = floors.floor(0, back);
      if (count > peak) peak = count;
      if (peak - count > rise / 2) return false;
    }
    return true;
  }
}
