/**
 * Zombies need no statistics: a living parent that has left dead children unreaped for minutes, and has more and more
 * of them, does not wait for them. Null hypothesis: the parent reaps, if late. Not seen: fewer than three zombies.
 *
 *   leak        ___/     not a leak: a parent that     /| /| /|
 *           ___/         reaps now and then           / |/ |/ |
 *       ___/
 */
import type { LearnedSeries } from '../model/learned.ts';
import type { Series } from '../series/series.ts';
import type { Detector, DetectorContext, JudgedMetric, Stage } from './detector.ts';

/**
 * How long a parent may leave zombies unreaped: a fifteenth of an hour, 4 minutes. The slowest parent of the healthy
 * family `reaping` of bench/detection reaps that often, and a zombie a minute is to be called within six.
 */
const PATIENCE_HOURS = 1 / 15;
/** Where a slot lasts longer than that: one slot to see them, one to see that they stay. */
const LEAST_SLOTS = 2;
/** Fewer zombies than this take nothing that runs out; also `minimumRise` of the table of metrics. */
const LEAST_ZOMBIES = 3;
/** Their number must have grown this often: children that all end at once are no growth. */
const LEAST_OCCASIONS = 3;
/** The parent has reaped when less than this share of the most is left; of a smaller fall others may be the cause. */
const REAPED_SHARE = 0.5;
/** Zombies that were reaped after less than this share of the patience do not tell how late the parent may be. */
const LATE_SHARE = 0.5;
/** If the number fell by more than this share of what there is now, most zombies come and go, and it is no leak. */
const MOST_FALL = 0.5;
/**
 * A parent that was seen to reap is only late: to accuse it, zombies must stay for this many times longer than ever.
 */
const BEYOND_REAPED = 1.5;
/** They must also be more than ever, by three standard deviations of a Poisson count, which are roots of that count. */
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
  /** Since the parent last reaped: slots, the most zombies, how often their number grew, and its deepest fall. */
  #slots = 0;
  #most = 0;
  #occasions = 0;
  #fall = 0;
  /** The most zombies that the parent has ever reaped, and the longest that it has left them, in slots. */
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

  learned(): Pick<LearnedSeries, 'reaping'> {
    return this.#reaped === 0 ? {} : { reaping: { most: this.#reaped, slots: this.#reapedSlots } };
  }

  learn({ reaping }: Pick<LearnedSeries, 'reaping'>): void {
    if (!reaping) return;
    this.#reaped = reaping.most;
    this.#reapedSlots = reaping.slots;
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
    if (now < LEAST_ZOMBIES || now < REAPED_SHARE * this.#most) {
      if (this.#slots >= LATE_SHARE * this.patience) {
        this.#reaped = Math.max(this.#reaped, this.#most);
        this.#reapedSlots = Math.max(this.#reapedSlots, this.#slots);
      }
      const stage = now < LEAST_ZOMBIES ? 'quiet' : this.#stage;
      this.#begin(now);
      // Some zombies may come and go beside others that stay for ever.
      if (stage === 'suspect') this.#stage = stage;
      return;
    }
    this.#count(now);
    if (this.#stage === 'leak' || floors.count(0) <= this.patience) return;
    const isLong = this.#slots + 1 >= this.patience;
    const isOld = oldestSeconds === undefined ? isLong : oldestSeconds >= this.patience * intervalSeconds;
    if (!isOld) return;
    const isBeyond = this.#isBeyondReaped(now);
    const isOlderThanReaped =
      oldestSeconds !== undefined && oldestSeconds > BEYOND_REAPED * this.#reapedSlots * intervalSeconds;
    if (isBeyond && isLong && this.#occasions >= LEAST_OCCASIONS && this.#fall <= MOST_FALL * now) this.#stage = 'leak';
    else if (isBeyond || isOlderThanReaped) this.#stage = 'suspect';
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

  /** Are they unreaped for longer, and more of them, than this parent has ever let happen? */
  #isBeyondReaped(now: number): boolean {
    if (this.#reaped === 0) return true;
    return this.#slots > BEYOND_REAPED * this.#reapedSlots && now > this.#reaped + CHANCE * Math.sqrt(this.#reaped);
  }
}
