/** The diary of a soak, judged by leakwatch's own detector as if leakwatch had watched itself. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const INTERVAL_SECONDS = 20;

/** What is judged, and as which metric of leakwatch. */
export const FIGURES = /** @type {const} */ ([
  { name: 'threads', metric: 'threads', unit: 'count' },
  { name: 'fds', metric: 'fds', unit: 'count' },
  { name: 'rss', metric: 'rss', unit: 'bytes' },
  { name: 'anon', metric: 'anon', unit: 'bytes' },
  { name: 'heap', metric: 'anon', unit: 'bytes' },
]);

/**
 * @typedef {(typeof FIGURES)[number]['name']} Figure
 * @typedef {Readonly<Record<Figure | 'due', number>>} Entry
 * @typedef {{ name: Figure, verdicts: readonly string[], isGood: boolean }} Judgement `verdicts` = each verdict with the
 *   tick at which it began to hold
 */

/**
 * @param {readonly Entry[]} diary one entry for each tick
 * @param {string} dist directory of the build
 * @returns {Promise<readonly Judgement[]>}
 */
export async function judge(diary, dist) {
  /** @type {typeof import('../../src/detector.ts')} */
  const { createDetector } = await import(pathToFileURL(join(dist, 'detector.js')).href);
  return FIGURES.map(({ name, metric }) => {
    const detector = createDetector({ metric, intervalSeconds: INTERVAL_SECONDS });
    let last = '';
    const verdicts = /** @type {string[]} */ ([]);
    const seen = new Set();
    diary.forEach((entry, tick) => {
      const verdict = detector.push(tick * INTERVAL_SECONDS, entry[name]);
      if (verdict !== last) verdicts.push(`${verdict} (${tick + 1})`);
      last = verdict;
      seen.add(verdict);
    });
    return { name, verdicts, isGood: last === 'ok' && !seen.has('suspect') && !seen.has('leak') };
  });
}
