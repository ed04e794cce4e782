/**
 * The standard normal distribution: from x to the probability of a value below x, and back.
 * Source of `normalCdf`: Abramowitz & Stegun 1964, 26.2.11 (series) near the middle and 26.2.14 (Laplace's continued
 * fraction) in the tails. Relative error below 3e-13 down to x = -37. Cost: about a hundred divisions.
 * Source of `normalQuantile`: Wichura 1988, algorithm AS 241 (PPND16), Applied Statistics 37(3), 477-484. Relative
 * error about 1e-16. Cost: one logarithm and one root.
 */

const SQRT_2PI = Math.sqrt(2 * Math.PI);

/**
 * Ends of the two expansions. At |x| = 2, where both are slowest, the rest is below 1e-15 of the sum (measured).
 */
const SERIES_END = 61;
const FRACTION_DEPTH = 100;

/** Coefficients of AS 241, rounded to doubles, highest power first: near the middle, in the tails, and far out. */
const MIDDLE_NUMERATOR = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
  133.14166789178438, 3.3871328727963665,
];
const MIDDLE_DENOMINATOR = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
  42.31333070160091, 1,
];
const TAIL_NUMERATOR = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
];
const TAIL_DENOMINATOR = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
];
const FAR_NUMERATOR = [
  2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
  1.7848265399172913, 5.463784911164114, 6.657904643501103,
];
const FAR_DENOMINATOR = [
  2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133, 0.014875361290850615,
  0.1369298809227358, 0.599832206555888, 1,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

/**
 * Probability that a standard normal variable is at most `x`.
 * @returns 0 to 1; NaN for NaN
 * @example normalCdf(0) // => 0.5
 * @example normalCdf(1.959963984540054) // => 0.975
 */
export function normalCdf(x: number): number {
  if (Math.abs(x) < 2) return 0.5 + centre(x);
  const tail = upperTail(Math.abs(x));
  return x > 0 ? 1 - tail : tail;
}

/** P(0 < X < x): density(x) * (x + x^3/3 + x^5/(3*5) + ...), all terms have the same sign, so no digits cancel. */
function centre(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; odd < SERIES_END; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return (Math.exp((-x * x) / 2) / SQRT_2PI) * sum;
}

/** P(X > x) for x >= 2: density(x) / (x + 1/(x + 2/(x + 3/(x + ...)))). For x = Infinity this is 0 / Infinity = 0. */
function upperTail(x: number): number {
  let fraction = x;
  for (let k = FRACTION_DEPTH; k > 0; k--) fraction = x + k / fraction;
  return Math.exp((-x * x) / 2) / SQRT_2PI / fraction;
}

/**
 * The x for which a standard normal variable is at most x with probability `p`.
 * @param p 0 to 1; the ends give -Infinity and Infinity
 * @throws {RangeError} if p is not a probability
 * @example normalQuantile(0.5) // => 0
 * @example normalQuantile(0.95) // => 1.644854
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`not a probability: ${p}`);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(MIDDLE_NUMERATOR, r)) / polynomial(MIDDLE_DENOMINATOR, r);
  }
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  const x =
    r <= 5
      ? polynomial(TAIL_NUMERATOR, r - 1.6) / polynomial(TAIL_DENOMINATOR, r - 1.6)
      : polynomial(FAR_NUMERATOR, r - 5) / polynomial(FAR_DENOMINATOR, r - 5);
  return q < 0 ? -x : x;
}
