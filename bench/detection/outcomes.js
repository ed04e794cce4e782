/** One series of the corpus, followed by several subjects. */
import { findFamily, generate } from './corpus.js';
import { follow } from './follow.js';
import { BUSY_BUDGET } from './leakwatch.js';
import { oracleDelay } from './oracle.js';
import { USUAL } from './sampling.js';

/**
 * @param {string} name of a family
 * @param {number} seed
 * @param {readonly import('./subjects.js').Subject[]} subjects
 * @param {import('./sampling.js').Sampling} [sampling]
 * @returns {import('./follow.js').Outcome[]} one for each subject that follows this series
 */
export function outcomesOf(name, seed, subjects, sampling = USUAL) {
  const family = findFamily(name);
  if (!family) throw new Error(`there is no family ${name}`);
  const series = generate(family, seed);
  const isLeak = family.kind === 'leaking';
  const oracle = isLeak ? oracleDelay(series, BUSY_BUDGET) : Number.POSITIVE_INFINITY;
  return subjects
    .filter(({ every = 1 }) => isLeak || seed % every === 1 % every)
    .map((subject) => follow(series, subject, { oracle, sampling }));
}
