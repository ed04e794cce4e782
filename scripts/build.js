/**
 * `npm run build`: dist/ from src/. The program is one file, so that it starts fast and loads nothing later, and runs as
 * a shell script that hands it to Node with the flags for few threads and little memory. The library is one file too;
 * its types, and modules that tests and benchmarks import one by one, are written by the compiler.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { textModules } from './text-modules.js';

/**
 * Of V8, which knows them since long before Node 20:
 * one worker thread (they count against the very limit that we watch, and 0 would mean as many as there are cores),
 * a young generation of 1 MB, and an old one that is tidied up when it has grown by a fifth or, as V8 never takes
 * less than 8 MB for that, has come a fifth of that way: a sample makes little garbage, and memory that is held for speed
 * would only be memory held.
 */
const FLAGS =
  '--v8-pool-size=1 --max-semi-space-size=1 --heap-growing-percent=20 --incremental-marking-soft-trigger=20 --optimize-for-size';

/**
 * The program is read twice. The shell runs `:` and what follows it, which ends with Node on the same file; Node sees a
 * string and a comment. `node dist/leakwatch.cjs` works too, only without the flags.
 */
const HEADER = `#!/bin/sh
':' /*
${readFileSync('src/leakwatch.sh', 'utf8').replaceAll('NODE_FLAGS', FLAGS)}*/;
`;

/** Of prom-client what is used: its index also loads cluster, the default metrics and the push gateway, 4 MB of memory. */
const PROM_CLIENT = `
export { default as Registry } from 'prom-client/lib/registry.js';
export { default as Gauge } from 'prom-client/lib/gauge.js';
export { default as Counter } from 'prom-client/lib/counter.js';
`;
const promClient = {
  name: 'prom-client',
  resolveId: (/** @type {string} */ id) => (id === 'prom-client' ? resolve('prom-client.js') : null),
  load: (/** @type {string} */ id) => (id === resolve('prom-client.js') ? PROM_CLIENT : null),
};

rmSync('dist', { recursive: true, force: true });
const compiler = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (compiler.status !== 0) process.exit(compiler.status ?? 1);

const program = await bundle('src/leakwatch.cts', { format: 'cjs', minify: true });
// V8 keeps a text with any other character at two bytes each.
const ascii = program.code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
writeFileSync('dist/leakwatch.cjs', HEADER + ascii);
chmodSync('dist/leakwatch.cjs', 0o755);

const library = await bundle('src/index.ts', { format: 'esm' });
writeFileSync('dist/index.js', library.code);
writeFileSync('dist/licenses.txt', licencesOf([...program.moduleIds, ...library.moduleIds]));

/**
 * One file with all that it needs: nothing has to be installed beside it, and nothing is loaded later.
 * @param {string} input
 * @param {import('rolldown').OutputOptions} form
 */
async function bundle(input, form) {
  const build = await rolldown({ input, platform: 'node', plugins: [promClient, textModules()] });
  const { output } = await build.generate({ ...form, codeSplitting: false });
  return output[0];
}

/**
 * The libraries that are in the bundles want to be named there.
 * @param {readonly string[]} modules paths
 * @returns {string}
 */
function licencesOf(modules) {
  const packages = modules.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const texts = [...new Set(packages)].toSorted().map((directory) => {
    const { name, version } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no file with its licence`);
    return `${name} ${version}\n\n${readFileSync(`${directory}/${file}`, 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
