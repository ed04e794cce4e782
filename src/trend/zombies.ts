/**
 * Zombies need no statistics: a living parent that leaves its dead children lie for minutes, and has more of them all
 * the time, does not wait for them.
 *
 *   leak        ___/     not a leak: a parent that     /| /| /|
 *           ___/         reaps now and then           / |/ |/ |
 *       ___/
 */
import type { Floors } from '../series/floors.ts';
import type { Scale } from '../series/scale.ts';
import type { Stage } from './detector.ts';

/** How long a parent may leave its dead lying: a fifteenth of an hour, four minutes. */
const PATIENCE_HOURS = 1 / 15;
const LEAST_SLOTS = 2;
/** Fewer than this are nobody's trouble. */
export const LEAST_ZOMBIES = 3;
/** They must have come on so many occasions: children that all end at once are no growth. */
const LEAST_OCCASIONS = 3;
/** A parent that was seen to wait at last is only late: its dead must lie this many times longer to accuse it. */
const BEYOND_REAPED = 1.5;
/** ... and be more than those by this many times their root, by which a number of chance events varies. */
const CHANCE = 3;

export class ZombieDetector {
  /** Slots that must have been seen before it speaks. */
  readonly patience: number;
  readonly #intervalSeconds: number;
  #stage: Stage = 'quiet';
  /** Since they were last waited for: slots, the most there were, on how many occasions they became more, the deepest fall. */
  #slots = 0;
  #most = 0;
  #occasions = 0;
  #fall = 0;
  /** The most that ever lay before they were waited for, and the longest, in slots. */
  #reaped = 0;
  #reapedSlots = 0;

  constructor({ hour, intervalSeconds }: Scale) {
    this.patience = Math.max(LEAST_SLOTS, Math.ceil(hour * PATIENCE_HOURS));
    this.#intervalSeconds = intervalSeconds;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** The level that the count is followed on: every slot counts. */
  get level(): number {
    return 0;
  }

  /** Another incarnation begins: who starts it may have learned to wait. */
  restart(): void {
    this.#begin(0);
    this.#reaped = 0;
    this.#reapedSlots = 0;
  }

  /**
   * To be called when a slot has closed.
   * @param oldestSeconds how long the oldest zombie has been seen dead; undefined = unknown, then the count must speak
   */
  slotClosed(floors: Floors, oldestSeconds: number | undefined): void {
    const now = floors.floor(0, 0);
    if (this.#most > 0) this.#slots++;
    if (Number.isNaN(now)) return;
    if (now < LEAST_ZOMBIES && now > 0 && this.#most < LEAST_ZOMBIES) {
      this.#count(now);
      return;
    }
    if (now < LEAST_ZOMBIES || now < this.#most / 2) {
      // They have been waited for, or most of them. What was waited for at once teaches nothing of how long it may take.
      if (this.#slots >= this.patience / 2) {
        this.#reaped = Math.max(this.#reaped, this.#most);
        this.#reapedSlots = Math.max(this.#reapedSlots, this.#slots);
      }
      const stage = now < LEAST_ZOMBIES ? 'quiet' : this.#stage;
      this.#begin(now);
      // Some may come and go beside others that lie for ever.
      if (stage === 'suspect') this.#stage = stage;
      return;
    }
    this.#count(now);
    if (this.#stage === 'leak' || floors.count(0) <= this.patience) return;
    const isLong = this.#slots + 1 >= this.patience;
    const lain = oldestSeconds === undefined ? isLong : oldestSeconds >= this.patience * this.#intervalSeconds;
    if (!lain) return;
    const isBeyond = this.#isBeyondReaped(now);
    const isOlder =
      oldestSeconds !== undefined && oldestSeconds > BEYOND_REAPED * this.#reapedSlots * this.#intervalSeconds;
    if (isBeyond && isLong && this.#occasions >= LEAST_OCCASIONS && this.#fall <= now / 2) this.#stage = 'leak';
    else if (isBeyond || isOlder) this.#stage = 'suspect';
  }

  #begin(now: number): void {
    this.#stage = 'quiet';
    this.#slots = 0;
    this.#most = 0;
    this.#occasions = 0;
    this.#fall = 0;
    this.#count(now);
  }

  #count(now: number): void {
    if (now > this.#most) {
      this.#most = now;
      this.#occasions++;
    } else if (this.#most - now > this.#fall) this.#fall = this.#most - now;
  }

  /** Do they lie longer, and are they more, than this parent has ever let them? */
  #isBeyondReaped(now: number): boolean {
    if (this.#reaped === 0) return true;
    return this.#slots > BEYOND_REAPED * this.#reapedSlots && now > this.#reaped + CHANCE * Math.sqrt(this.#reaped);
  }
}
