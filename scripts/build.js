/**
 * `npm run build`: dist/ from src/. The compiler writes the modules of the library and their types; the program itself
 * is one file, so that it starts fast and loads nothing later, and runs as a shell script that hands it to Node with the
 * flags for few threads and little memory.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Of V8, which knows them since long before Node 20:
 * one worker thread (they count against the very limit that we watch, and 0 would mean as many as there are cores),
 * a young generation of 1 MB, and an old one that is tidied up when it has grown by a fifth: a sample makes little garbage,
 * and memory that is held for speed would only be memory held.
 */
const FLAGS = '--v8-pool-size=1 --max-semi-space-size=1 --heap-growing-percent=20 --optimize-for-size';

/**
 * The first lines of the program are read twice. The shell runs `:` and then Node on the same file; Node sees a string and
 * a comment. `node dist/leakwatch.cjs` works too, only without the flags.
 */
const HEADER = `#!/bin/sh
':' //; exec node ${FLAGS} "$0" "$@"
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

const bundle = await rolldown({
  input: 'src/leakwatch.cts',
  platform: 'node',
  plugins: [promClient],
});
const { output } = await bundle.generate({ format: 'cjs', codeSplitting: false, minify: true });
// V8 keeps a text with any other character at two bytes each.
const ascii = output[0].code.replace(
  /[^\x00-\x7f]/g,
  (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
);
writeFileSync('dist/leakwatch.cjs', HEADER + ascii);
chmodSync('dist/leakwatch.cjs', 0o755);
