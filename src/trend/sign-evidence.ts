/**
 * Evidence that floors rise, gathered block by block on every level: a Shiryaev-Roberts e-detector on the signs of their
 * increments (Shin, Ramdas, Rinaldo 2023, arXiv 2203.03532). Its null hypothesis: given the past, the next floor is as
 * likely to be lower as to be higher, whatever the noise. If that holds, evidence of A is reached once in A blocks on
 * average, or less often.
 */
import type { Floors } from '../series/floors.ts';

/** Share of the evidence that each step up or down is bet on; the mean of the three is the evidence. */
const BETS = [0.25, 0.5, 0.75] as const;
/** Keeps a long leak's evidence a finite number. */
const MOST_EVIDENCE = 1e30;

export class SignEvidence {
  /** By level: the evidence of each bet, and how often a bet was made. */
  readonly #evidence: Float32Array;

  constructor(levels: number) {
    this.#evidence = new Float32Array(levels * (BETS.length + 1));
  }

  clear(): void {
    this.#evidence.fill(0);
  }

  /** All of it, by level: the evidence of each of the three bets, and how often a bet was made. */
  learned(): number[] {
    return Array.from(this.#evidence);
  }

  /** @param evidence as `learned` gave it for as many levels */
  learn(evidence: readonly number[]): void {
    this.#evidence.set(evidence);
  }

  /** To be called for each block that closes. Floors that are the same, or unknown, say nothing. */
  blockClosed(floors: Floors, level: number): void {
    if (floors.kept(level) < 2) return;
    const sign = Math.sign(floors.floor(level, 0) - floors.floor(level, 1));
    if (sign === 0 || Number.isNaN(sign)) return;
    const from = level * (BETS.length + 1);
    for (let bet = 0; bet < BETS.length; bet++)
      this.#evidence[from + bet] = Math.min((this.#evidence[from + bet]! + 1) * (1 + sign * BETS[bet]!), MOST_EVIDENCE);
    this.#evidence[from + BETS.length] = this.#evidence[from + BETS.length]! + 1;
  }

  /** Of one level: to be set against the number of blocks in which one false alarm is allowed. */
  of(level: number): number {
    const from = level * (BETS.length + 1);
    let sum = 0;
    for (let bet = 0; bet < BETS.length; bet++) sum += this.#evidence[from + bet]!;
    return sum / BETS.length;
  }

  /**
   * An e-value of this level: under the null hypothesis its mean at any given time is 1 at the most, so that those of
   * independent series may be multiplied.
   */
  eValueOf(level: number): number {
    const bets = this.#evidence[level * (BETS.length + 1) + BETS.length]!;
    return bets === 0 ? 1 : this.of(level) / bets;
  }
}
