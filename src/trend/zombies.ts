/**
 * Zombies need no statistics: a living parent that leaves its dead children lie for minutes, and has more of them all
 * the time, does not wait for them.
 *
 *   leak        ___/     not a leak: a parent that     /| /| /|
 *           ___/         reaps now and then           / |/ |/ |
 *       ___/
 */
import type { Series } from '../series/series.ts';
import type { Detector, DetectorContext, JudgedMetric, Stage } from './detector.ts';

/** How long a parent may leave its dead lying: a fifteenth of an hour, four minutes. */
const PATIENCE_HOURS = 1 / 15;
const LEAST_SLOTS = 2;
/** Fewer than this are nobody's trouble. */
const LEAST_ZOMBIES = 3;
/** They must have come on so many occasions: children that all end at once are no growth. */
const LEAST_OCCASIONS = 3;
/** A parent that was seen to wait at last is only late: its dead must lie this many times longer to accuse it. */
const BEYOND_REAPED = 1.5;
/** ... and be more than those by this many times their root, by which a number of chance events varies. */
const CHANCE = 3;

export class ZombieDetector implements Detector {
  static isFor({ name }: JudgedMetric): boolean {
    return name === 'zombies';
  }

  static sizeOf(): number {
    return 0;
  }

  readonly patience: number;
  readonly #series: Series;
  #stage: Stage = 'quiet';
  /** The newest known count, and how long the oldest of them has been seen dead; undefined = unknown. */
  #value = 0;
  #oldestSeconds: number | undefined;
  /** Since they were last waited for: slots, the most there were, on how many occasions they became more, the deepest fall. */
  #slots = 0;
  #most = 0;
  #occasions = 0;
  #fall = 0;
  /** The most that ever lay before they were waited for, and the longest, in slots. */
  #reaped = 0;
  #reapedSlots = 0;

  constructor({ series }: DetectorContext) {
    this.patience = Math.max(LEAST_SLOTS, Math.ceil(series.floors.scale.hour * PATIENCE_HOURS));
    this.#series = series;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Every slot counts. */
  get level(): number {
    return 0;
  }

  get isNegligible(): boolean {
    return this.#value < LEAST_ZOMBIES;
  }

  /** The new root may wait for its children, so nothing of the old one is kept. */
  restart(): void {
    this.#begin(0);
    this.#reaped = 0;
    this.#reapedSlots = 0;
  }

  see(value: number | undefined, oldestSeconds: number | undefined): void {
    if (value !== undefined) this.#value = value;
    this.#oldestSeconds = oldestSeconds;
  }

  slotClosed(): void {
    const { floors, intervalSeconds } = this.#series;
    const oldestSeconds = this.#oldestSeconds;
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
    const lain = oldestSeconds === undefined ? isLong : oldestSeconds >= this.patience * intervalSeconds;
    if (!lain) return;
    const isBeyond = this.#isBeyondReaped(now);
    const isOlder = oldestSeconds !== undefined && oldestSeconds > BEYOND_REAPED * this.#reapedSlots * intervalSeconds;
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
