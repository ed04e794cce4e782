/**
 * Evidence that floors rise, gathered block by block on every level: a Shiryaev-Roberts e-detector on the signs of
 * their increments (Shin, Ramdas, Rinaldo 2023, arXiv 2203.03532). Null hypothesis: given the past, the next floor is
 * as likely to be lower as to be higher, whatever the noise. Under it, evidence of A is reached at most once in A
 * blocks on average.
 */

import type { FloatArena } from '../series/float-arena.ts';
import type { Floors } from '../series/floors.ts';

/**
 * Shares of the evidence that are bet on the next step being up; their mean is the evidence, as the paper allows for
 * any mixture. A bold bet wins sooner where all steps are up, a timid one where a third are down: these divide 0 to 1
 * evenly.
 */
const BETS = [0.25, 0.5, 0.75] as const;
/** Caps the evidence of a long leak: far above any bar, and finite in single precision after another win (3.4e38). */
const MOST_EVIDENCE = 1e30;

/** Floats of a level: the evidence of each bet, and the number of steps that were bet on. */
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

  /** By level: the evidence of each of the three bets, and the number of steps that were bet on. */
  learned(): number[] {
    return Array.from(this.#data.subarray(this.#from, this.#at(this.#levels)));
  }

  /** @param evidence as `learned` gave it for as many levels */
  learn(evidence: readonly number[]): void {
    this.#data.set(evidence, this.#from);
  }

  /** A block of this level has ended. Floors that are equal, or unknown, say nothing. */
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

  /** Evidence of one level, to be compared with the number of blocks in which one false alarm is allowed. */
  of(level: number): number {
    const from = this.#at(level);
    let sum = 0;
    for (let bet = 0; bet < BETS.length; bet++) sum += this.#data[from + bet]!;
    return sum / BETS.length;
  }

  /**
   * An e-value of this level: under the null hypothesis its mean at any given time is at most 1, so that e-values of
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
