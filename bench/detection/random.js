/**
 * Pseudo-random numbers: the generator sfc32 (C. Doty-Humphrey, PractRand) in 32-bit integer arithmetic, seeded with a
 * text. The same text gives the same numbers on every machine and every version of Node.
 */
import { exp, ln } from './arithmetic.js';

const TWO_TO_32 = 4294967296;

export class Random {
  #a = 0;
  #b = 0;
  #c = 1;
  #counter = 1;
  #spare = 0;
  #hasSpare = false;
  #poissonMean = Number.NaN;
  #poissonZero = 0;

  /** @param {string} seed */
  constructor(seed) {
    // Two FNV-1a hashes with different start values.
    let [a, b] = [0x811c9dc5, 0x9e3779b9];
    for (let at = 0; at < seed.length; at++) {
      a = Math.imul(a ^ seed.charCodeAt(at), 0x01000193);
      b = Math.imul(b ^ seed.charCodeAt(at), 0x85ebca6b);
    }
    this.#a = a | 0;
    this.#b = b | 0;
    for (let mixing = 0; mixing < 15; mixing++) this.next();
  }

  /** Uniform in [0, 1). */
  next() {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return (result >>> 0) / TWO_TO_32;
  }

  /** Uniform in [low, high). @param {number} low @param {number} high */
  within(low, high) {
    return low + this.next() * (high - low);
  }

  /** A whole number from `low` to `high`, both included. @param {number} low @param {number} high */
  whole(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Log-uniform: between 1 and 2 is as likely as between 10 and 20. @param {number} low @param {number} high */
  scale(low, high) {
    return exp(this.within(ln(low), ln(high)));
  }

  /** @param {number} chance */
  happens(chance) {
    return this.next() < chance;
  }

  /** @template const T @param {readonly [T, ...T[]]} choices @returns {T} */
  choice(choices) {
    return choices[Math.floor(this.next() * choices.length)] ?? choices[0];
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal() {
    if (this.#hasSpare) {
      this.#hasSpare = false;
      return this.#spare;
    }
    for (;;) {
      const u = 2 * this.next() - 1;
      const v = 2 * this.next() - 1;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * ln(square)) / square);
      this.#spare = v * factor;
      this.#hasSpare = true;
      return u * factor;
    }
  }

  /** Exponential waiting time. @param {number} mean */
  exponential(mean) {
    return -mean * ln(1 - this.next());
  }

  /** Poisson count; for means above 16 a rounded normal. @param {number} mean */
  poisson(mean) {
    if (!(mean > 0)) return 0;
    if (mean > 16) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    if (mean !== this.#poissonMean) {
      this.#poissonMean = mean;
      this.#poissonZero = exp(-mean);
    }
    let count = 0;
    for (let product = this.next(); product > this.#poissonZero; product *= this.next()) count++;
    return count;
  }

  /** Binomial count; for more than 16 trials a Poisson or normal approximation. @param {number} count @param {number} chance */
  binomial(count, chance) {
    if (count <= 16) {
      let happened = 0;
      for (let at = 0; at < count; at++) if (this.next() < chance) happened++;
      return happened;
    }
    const mean = count * chance;
    if (mean < 8) return Math.min(count, this.poisson(mean));
    const happened = Math.round(mean + Math.sqrt(mean * (1 - chance)) * this.normal());
    return Math.min(count, Math.max(0, happened));
  }
}
