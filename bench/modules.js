/**
 * Single modules of a build, with the types of their sources: `npm run typecheck` needs no build, and fails here when a
 * module moves.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * All modules that benchmarks load: the built path, and the source that its types come from.
 * @typedef {{
 *   'model/metrics.js': typeof import('../src/model/metrics.ts'),
 *   'model/tracker.js': typeof import('../src/model/tracker.ts'),
 *   'sinks/log/log-lines.js': typeof import('../src/sinks/log/log-lines.ts'),
 *   'sinks/prometheus/prometheus.js': typeof import('../src/sinks/prometheus/prometheus.ts'),
 *   'sources/proc/proc-source.js': typeof import('../src/sources/proc/proc-source.ts'),
 *   'stats/rhythm.js': typeof import('../src/stats/rhythm.ts'),
 *   'step.js': typeof import('../src/step.ts'),
 *   'verdict/judge.js': typeof import('../src/verdict/judge.ts'),
 *   'verdict/limit-standing.js': typeof import('../src/verdict/limit-standing.ts'),
 *   'verdict/near-limit.js': typeof import('../src/verdict/near-limit.ts'),
 * }} Modules
 */

/**
 * @template {keyof Modules} Path
 * @param {string} dist folder of a build
 * @param {Path} path
 * @returns {Promise<Modules[Path]>}
 */
export function loadModule(dist, path) {
  return import(pathToFileURL(join(resolve(dist), path)).href);
}

/** Does the build have single modules? A published package has only the bundles. @param {string} dist */
export function hasModules(dist) {
  return existsSync(join(dist, 'step.js'));
}
