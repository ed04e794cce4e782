/**
 * The exact 95 % interval of a Poisson mean (Garwood 1936, Biometrika 28:437-442): the means under which the observed
 * count is in neither 2.5 % tail.
 */

const TAIL = 0.025;

/** @param {number} count @returns {{ low: number, high: number }} 95 % */
export function poissonInterval(count) {
  return {
    low: count === 0 ? 0 : meanWhere((mean) => 1 - atMost(count - 1, mean) > TAIL, count),
    high: meanWhere((mean) => atMost(count, mean) < TAIL, count),
  };
}

/** P(X <= count). @param {number} count @param {number} mean */
function atMost(count, mean) {
  // Summed from the largest term in both directions: the first term alone may underflow to 0.
  const largest = Math.min(count, Math.floor(mean));
  let logTerm = -mean + largest * Math.log(mean);
  for (let at = 2; at <= largest; at++) logTerm -= Math.log(at);
  let sum = 0;
  for (let at = largest, term = Math.exp(logTerm); at >= 0; at--) {
    sum += term;
    term *= at / mean;
  }
  for (let at = largest + 1, term = Math.exp(logTerm); at <= count; at++) {
    term *= mean / at;
    sum += term;
  }
  return Math.min(1, sum);
}

/** The mean at which `isAbove` becomes true, by bisection. @param {(mean: number) => boolean} isAbove @param {number} count */
function meanWhere(isAbove, count) {
  let [low, high] = [1e-9, 10 + 2 * count];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (isAbove(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}
