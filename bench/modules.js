/** Where the program's modules can be imported one by one: dist/, or a build of our own if dist/ is bundled. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = dirname(import.meta.dirname);

/** @param {string} dist @returns {string | undefined} a directory */
export function findModules(dist) {
  if (existsSync(join(dist, 'sources/proc/proc-source.js'))) return dist;
  // Inside node_modules, so that the program's dependencies are found from there.
  const directory = join(ROOT, 'node_modules/.cache/leakwatch-bench');
  const compiler = join(ROOT, 'node_modules/.bin/tsc');
  if (!existsSync(compiler)) return undefined;
  const { status } = spawnSync(compiler, ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', directory]);
  return status === 0 ? directory : undefined;
}
