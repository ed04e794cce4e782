/**
 * One metric of one group over time. Readings at uneven instants become slots of even length: a slot takes the least of
 * its readings, and a slot without a reading is unknown. When the clock is set back, the series goes on with the next
 * slot.
 */
import type { FloatArena } from './float-arena.ts';
import { type BlockListener, Floors, KEPT } from './floors.ts';

/**
 * After a gap of more days than this the series starts over: a long weekend without samples is a gap, a week is not.
 */
const LONGEST_GAP_DAYS = 3;

export class Series {
  readonly floors: Floors;
  #known = 0;
  #origin = Number.NaN;
  #last = Number.NaN;
  /** Least reading since the newest slot was closed, of those that rounded to that slot: it counts for the next one. */
  #early = Number.NaN;

  /** @param arena it takes `Floors.sizeOf` its scale from it; absent = it has an arena of its own */
  constructor(intervalSeconds: number, arena?: FloatArena) {
    this.floors = new Floors(intervalSeconds, arena);
  }

  get intervalSeconds(): number {
    return this.floors.scale.intervalSeconds;
  }

  /** Forgets everything: the next reading is the first. */
  restart(): void {
    this.floors.clear();
    this.#known = 0;
    this.#origin = Number.NaN;
    this.#last = Number.NaN;
    this.#early = Number.NaN;
  }

  /** Number of slots with a known value. */
  get known(): number {
    return this.#known;
  }

  /** When the slot of this number began: seconds since the epoch. */
  timeOf(slot: number): number {
    return this.#origin + slot * this.intervalSeconds;
  }

  /** Is the gap before `t` so long that a reading at that time begins a new series? */
  endsBefore(t: number): boolean {
    const { slots, scale } = this.floors;
    return Math.round((t - this.#origin) / this.intervalSeconds) - slots > LONGEST_GAP_DAYS * scale.day;
  }

  /**
   * @param t seconds since the epoch
   * @param value NaN = unknown
   * @returns whether a slot was closed
   */
  push(t: number, value: number, listener: BlockListener): boolean {
    const { floors, intervalSeconds } = this;
    if (this.endsBefore(t)) this.restart();
    if (Number.isNaN(this.#origin)) this.#origin = t;
    // The clock was set back: go on with the next slot, as if no time had passed.
    else if (t <= this.#last) this.#origin = t - floors.slots * intervalSeconds;
    this.#last = t;
    const slot = Math.round((t - this.#origin) / intervalSeconds);
    if (slot < floors.slots) {
      if (Number.isNaN(this.#early) || value < this.#early) this.#early = value;
      return false;
    }
    while (floors.slots < slot) this.#close(Number.NaN, listener);
    this.#close(value, listener);
    return true;
  }

  /** The known floors of the last `windowSeconds`, oldest first, of the finest level whose ring reaches back so far. */
  points(windowSeconds: number): { t: number; v: number }[] {
    const { floors, intervalSeconds } = this;
    let level = 0;
    while (level < floors.levels - 1 && KEPT * floors.size(level) * intervalSeconds < windowSeconds) level++;
    // A coarse level of one block, or of none yet, says less than a finer one.
    while (level > 0 && floors.count(level) < 2) level--;
    const blockSeconds = intervalSeconds * floors.size(level);
    const points: { t: number; v: number }[] = [];
    for (let back = Math.min(floors.kept(level), Math.ceil(windowSeconds / blockSeconds)) - 1; back >= 0; back--) {
      const v = floors.floor(level, back);
      if (!Number.isNaN(v)) points.push({ t: this.timeOf((floors.count(level) - 1 - back) * floors.size(level)), v });
    }
    return points;
  }

  #close(value: number, listener: BlockListener): void {
    const known = Number.isNaN(value) || this.#early < value ? this.#early : value;
    this.#early = Number.NaN;
    if (!Number.isNaN(known)) this.#known++;
    this.floors.push(known, listener);
  }
}
