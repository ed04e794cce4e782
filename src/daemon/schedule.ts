/**
 * When samples are taken: on the beats of the interval, counted from the start so that they do not drift, and near a
 * limit also between two beats. Pure: the time comes in, in milliseconds of one monotonic clock.
 *
 *   beats     0        1        2        3        4        5
 *   samples   |        |        |----------------------|   |      a sample that takes long: beats 3 and 4 are skipped
 */

/** A sample that begins later than half an interval after its beat is late: it is nearer to the next beat. */
const LATE_SHARE = 0.5;

export interface Beat {
  /** When the sample is to begin. */
  readonly at: number;
  /** Taken between two beats, see `Readings.extra`. */
  readonly extra: boolean;
}

export class Schedule {
  readonly #origin: number;
  readonly #intervalMs: number;
  /** The last beat of the interval that was taken or passed. */
  #number = 0;
  #next: Beat;
  #late = 0;
  #leftOut = 0;

  /** @param origin when the first sample is to begin */
  constructor(origin: number, intervalMs: number) {
    this.#origin = origin;
    this.#intervalMs = intervalMs;
    this.#next = { at: origin, extra: false };
  }

  /** Number of samples that began late and of beats that were skipped, also on purpose. */
  get late(): number {
    return this.#late;
  }

  /** Number of beats that were skipped on purpose, to cost less. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get next(): Beat {
    return this.#next;
  }

  /** A sample begins. */
  begin(now: number): void {
    if (now - this.#next.at > LATE_SHARE * this.#intervalMs) this.#late++;
  }

  /**
   * The sample has ended.
   * @param paceMs wanted until the next sample: the interval, a multiple of it, or less near a limit
   * @returns when the next one is to begin
   */
  end(now: number, paceMs: number): Beat {
    const { at, extra } = this.#next;
    if (!extra) this.#number = Math.round((at - this.#origin) / this.#intervalMs);
    const due = this.#number + Math.max(1, Math.round(paceMs / this.#intervalMs));
    // Beats that fell into a long sample are skipped, so that the slots of the series keep their places.
    const beat = Math.max(due, Math.ceil((now - this.#origin) / this.#intervalMs));
    this.#leftOut += due - this.#number - 1;
    this.#late += beat - this.#number - 1;
    this.#number = beat - 1;
    const beatAt = this.#origin + beat * this.#intervalMs;
    const sooner = Math.max(at + paceMs, now);
    // An extra sample must end before the next beat, or it would delay that one.
    const isExtra = paceMs < this.#intervalMs && sooner + paceMs / 2 <= beatAt;
    this.#next = isExtra ? { at: sooner, extra: true } : { at: beatAt, extra: false };
    return this.#next;
  }
}
