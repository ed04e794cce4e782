/**
 * Whether a limit counts as reached: the memory behind W21. It begins at the mark, and what ends it depends on what the
 * series has done before.
 *
 *   limit  - - - - - - - - - - - -    a tooth     /| /| /|      an end        _/|
 *   mark   ------------------------  comes back  / |/ |/ |     lies deeper  _/  |_____
 *
 * Once it has come back, it must stay away for several times longer than it ever did, and longer each time. A fall that
 * is clearly deeper than those before, or a restart, is an end: that is told after a few samples.
 */

/**
 * Regular samples in a row that end it: 100 s at 20 s. Chosen: a program that runs into its limit tries again within a
 * minute, and people who made room want to see that it helped.
 */
const QUIET = 5;
/** So many times more after an end for each time that it came back: a loop of restarts is no end either. */
const QUIET_GROWTH = 8;
/** Once it has come back it must stay away for so many times the longest absence, and that again each time. */
const ABSENCES = 4;
/** The least time for that: absences of a minute tell little of how long one can be. */
const LEAST_ABSENCE_SECONDS = 3600;
/** How long it is remembered, and the longest that it stands without a sample at the mark: most cycles are shorter. */
const MEMORY_SECONDS = 86_400;
/** A fall is deeper than those before if it exceeds the deepest of them by this share of it. Chosen: teeth vary by less. */
const DEEPER = 0.5;

/** What one sample shows of the limit. */
export interface Level {
  /** Seconds since the epoch. */
  readonly t: number;
  readonly extra: boolean;
  /** Share of the limit that is in use. */
  readonly ratio: number;
  /** Is it at the mark, or is the limit being enforced? */
  readonly isAtMark: boolean;
  /** Is it so far below that it may be over? */
  readonly isBelow: boolean;
  /** The program was restarted since the last sample. */
  readonly restarted: boolean;
}

export class ReachedLimit {
  #isReached = false;
  /** When it began to count as reached, within the last day; oldest first. */
  #begun: number[] = [];
  /** The last sample that was not below, and what came since. */
  #lastHigh = Number.NaN;
  #quiet = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #restarted = false;
  /** Of the falls that were followed by a return: the longest, and how deep they went. */
  #longestSeconds = 0;
  #deepest = Number.POSITIVE_INFINITY;

  /** Is there nothing to remember? */
  isForgotten(t: number): boolean {
    return !this.#isReached && !(t - this.#lastHigh <= MEMORY_SECONDS);
  }

  /** @returns whether the limit counts as reached now */
  next(level: Level): boolean {
    const { t, extra, ratio, isAtMark, isBelow, restarted } = level;
    if (restarted) this.#restarted = true;
    if (isAtMark || (!isBelow && this.#begun.length > 0)) this.#comeBack(t);
    if (isAtMark && !this.#isReached) {
      this.#isReached = true;
      this.#begun = [...this.#begun.filter((begun) => t - begun <= MEMORY_SECONDS), t];
    }
    if (isBelow) {
      this.#quiet += extra ? 0 : 1;
      this.#lowest = Math.min(this.#lowest, ratio);
      if (this.#isReached && this.#isOver(t)) this.#isReached = false;
    }
    return this.#isReached;
  }

  /** The limit is unknown: it was lifted, or could not be read. @returns whether it still counts as reached */
  miss(extra: boolean): boolean {
    this.#quiet += extra ? 0 : 1;
    if (this.#quiet >= this.#quietToEnd) this.#isReached = false;
    return this.#isReached;
  }

  /** Times that it came back within a day. */
  get #returns(): number {
    return this.#begun.length - 1;
  }

  get #quietToEnd(): number {
    return QUIET * QUIET_GROWTH ** this.#returns;
  }

  /** It is near the mark again: how long was it away, and how far? */
  #comeBack(t: number): void {
    if (t - this.#lastHigh > MEMORY_SECONDS) {
      this.#begun = [];
      this.#longestSeconds = 0;
      this.#deepest = Number.POSITIVE_INFINITY;
    } else if (this.#lastHigh < t) {
      this.#longestSeconds = Math.max(this.#longestSeconds, t - this.#lastHigh);
      this.#deepest = Math.min(this.#deepest, this.#lowest);
    }
    this.#lastHigh = t;
    this.#quiet = 0;
    this.#lowest = Number.POSITIVE_INFINITY;
    this.#restarted = false;
  }

  #isOver(t: number): boolean {
    const seconds = t - this.#lastHigh;
    if (seconds >= MEMORY_SECONDS) return true;
    const isDeeper = this.#lowest < 1 - (1 + DEEPER) * (1 - this.#deepest);
    if (this.#returns === 0 || isDeeper || this.#restarted) return this.#quiet >= this.#quietToEnd;
    return seconds >= Math.max(LEAST_ABSENCE_SECONDS, this.#longestSeconds * ABSENCES ** this.#returns);
  }
}
