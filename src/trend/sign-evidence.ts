/**
 * Evidence that floors rise, gathered block by block on every level: a Shiryaev-Roberts e-detector on the signs of their
 * increments (Shin, Ramdas, Rinaldo 2023, arXiv 2203.03532). Its null hypothesis: given the past, the next floor is as
 * likely to be lower as to be higher, whatever the noise. If that holds, evidence of A is reached once in A blocks on
 * average, or less often.
 */

import type { FloatArena } from '../series/float-arena.ts';
import type { Floors } from '../series/floors.ts';

/** Share of the evidence that each step up or down is bet on; the mean of the three is the evidence. */
const BETS = [0.25, 0.5, 0.75] as const;
/** Keeps a long leak's evidence a finite number. */
const MOST_EVIDENCE = 1e30;

/** By level: the evidence of each bet, and how often a bet was made. */
const FIELDS = BETS.length + 1;

export class SignEvidence {
  /** Floats that it takes from the arena. */
  static sizeOf(levels: number): number {
    return levels * FIELDS;
  }

  readonly #data: Float32Array;
  readonly #from: number;
  readonly #levels: number;

  constructor(levels: number, arena: FloatArena) {
    this.#data = arena.all;
    this.#from = arena.take(SignEvidence.sizeOf(levels));
    this.#levels = levels;
  }

  /** All of it, by level: the evidence of each of the three bets, and how often a bet was made. */
  learned(): number[] {
    return Array.from(this.#data.subarray(this.#from, this.#at(this.#levels)));
  }

  /** @param evidence as `learned` gave it for as many levels */
  learn(evidence: readonly number[]): void {
    this.#data.set(evidence, this.#from);
  }

  /** To be called for each block that closes. Floors that are the same, or unknown, say nothing. */
  blockClosed(floors: Floors, level: number): void {
    if (floors.kept(level) < 2) return;
    const sign = Math.sign(floors.floor(level, 0) - floors.floor(level, 1));
    if (sign === 0 || Number.isNaN(sign)) return;
    const data = this.#data;
    const from = this.#at(level);
    for (let bet = 0; bet < BETS.length; bet++)
      data[from + bet] = Math.min((data[from + bet]! + 1) * (1 + sign * BETS[bet]!), MOST_EVIDENCE);
    data[from + BETS.length] = data[from + BETS.length]! + 1;
  }

  /** Of one level: to be set against the number of blocks in which one false alarm is allowed. */
  of(level: number): number {
    const from = this.#at(level);
    let sum = 0;
    for (let bet = 0; bet < BETS.length; bet++) sum += this.#data[from + bet]!;
    return sum / BETS.length;
  }

  /**
   * An e-value of this level: under the null hypothesis its mean at any given time is 1 at the most, so that those of
   * independent series may be multiplied.
   */
  eValueOf(level: number): number {
    const bets = this.#data[this.#at(level) + BETS.length]!;
    return bets === 0 ? 1 : this.of(level) / bets;
  }

  #at(level: number): number {
    return this.#from + level * FIELDS;
  }
}
