/**
 * Elementary functions from + - * / alone, which IEEE 754 rounds the same way everywhere. `Math.exp` and others may differ
 * in the last digit between versions of V8, and the corpus must be the same to the last bit. About 14 digits.
 */

// ln 2 in two parts: the high part has so few bits that its whole multiples are exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LN2 = LN2_HIGH + LN2_LOW;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Index of the word with the exponent: depends on the byte order of the machine. */
const HIGH = new Uint32Array(new Float64Array([1]).buffer)[1] === 0 ? 0 : 1;

/** @param {number} power whole, -1022 to 1023 */
function powerOfTwo(power) {
  words[1 - HIGH] = 0;
  words[HIGH] = (power + 1023) << 20;
  return float[0] ?? 0;
}

/** e to the x, for x from -700 to 700; 0 below. @param {number} x */
export function exp(x) {
  if (x < -700) return 0;
  const power = Math.floor(x / LN2 + 0.5);
  const rest = x - power * LN2_HIGH - power * LN2_LOW;
  // Taylor, |rest| <= 0.35: the term after the last is below 1e-17.
  let sum = 1;
  for (let term = 14; term > 0; term--) sum = 1 + (rest * sum) / term;
  return sum * powerOfTwo(power);
}

/** Natural logarithm. @param {number} x more than 1e-300 */
export function ln(x) {
  float[0] = x;
  const high = words[HIGH] ?? 0;
  let power = (high >>> 20) - 1023;
  words[HIGH] = (high & 0xfffff) | (1023 << 20);
  let mantissa = float[0];
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    power++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)), |s| <= 0.172.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let odd = 19; odd > 0; odd -= 2) sum = sum * square + 1 / odd;
  return power * LN2_HIGH + (2 * s * sum + power * LN2_LOW);
}

const HALF_PI = 1.5707963267948966;

/** The sine of a number of full turns: 0.25 is 1. @param {number} turns */
export function sineOfTurns(turns) {
  const quarters = (turns - Math.floor(turns)) * 4;
  // By symmetry the first quarter is enough.
  const isNegative = quarters >= 2;
  const inHalf = isNegative ? quarters - 2 : quarters;
  const x = (inHalf > 1 ? 2 - inHalf : inHalf) * HALF_PI;
  const square = x * x;
  let sum = 1;
  for (let term = 20; term > 0; term -= 2) sum = 1 - (square * sum) / (term * (term + 1));
  return isNegative ? -x * sum : x * sum;
}
