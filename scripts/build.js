/**
 * `npm run build`: makes dist/ from src/. The program is one file, so that it starts fast and loads nothing later. It is
 * also a shell script, which runs Node with flags for few threads and little memory. The library is one file, too, and its detector another, which imports nothing. The
 * compiler writes its types, and the single modules that tests and benchmarks import.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { billOf, licencesOf, packagesOf } from './bundled.js';
import { NODE_FLAGS } from './node-flags.js';
import { textModules } from './text-modules.js';

/**
 * The shell and Node both read the file. The shell runs the command `:` and then the script, which ends by running Node
 * on the same file. Node reads ':' as a string and the script as a comment. `node dist/leakwatch.cjs` works too,
 * without the flags.
 */
const headerWith = (/** @type {Readonly<Record<string, string>>} */ words) => `#!/bin/sh
':' /*
${readFileSync('src/leakwatch.sh', 'utf8').replace(/\b(NODE_FLAGS|TAKEN_OVER|SYSTEM_PATH)\b/g, (word) => words[word] ?? word)}*/;
`;

/** The programs that the shell starts are looked for here first, before those of the app. POSIX programs are nowhere else. */
const SYSTEM_PATH = '/usr/bin:/bin';

/** The used parts of prom-client. Its index also loads cluster, default metrics and push gateway: 4 MB of memory. */
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

/** pidusage would run getconf(1) for what the kernel also says in a file: a host may have no process left to run it. */
const PIDUSAGE_CPU = `
const { readFileSync } = require('node:fs');
const { uptime } = require('node:os');
const { parseAuxv } = require(${JSON.stringify(resolve('src/sources/proc/host.ts'))});
module.exports = (known, done) => {
  let cpu = known;
  try {
    if (cpu === null) {
      const { pageSize, ticksPerSecond } = parseAuxv(readFileSync('/proc/self/auxv'));
      cpu = { pageSize, clockTick: ticksPerSecond };
    }
    cpu.uptime = uptime();
  } catch (error) {
    return done(error);
  }
  done(null, cpu);
};
`;
const pidusageCpu = {
  name: 'pidusage-cpu',
  load: (/** @type {string} */ id) => (id.endsWith('/pidusage/lib/helpers/cpu.js') ? PIDUSAGE_CPU : null),
};

/** bcryptjs gives way every 100 ms, and samples are taken in slices of one. Its clock may be set, ours goes on. */
const bcryptSlices = {
  name: 'bcrypt-slices',
  /** @param {string} code @param {string} id */
  transform(code, id) {
    if (!id.endsWith('/bcryptjs/index.js')) return null;
    const sliced = code
      .replace('var MAX_EXECUTION_TIME = 100;', 'var MAX_EXECUTION_TIME = 1;')
      .replaceAll('Date.now()', 'performance.now()');
    if (!/MAX_EXECUTION_TIME = 1;[\s\S]*performance\.now\(\) - start > MAX_EXECUTION_TIME/.test(sliced))
      throw new Error('bcryptjs does not give way as it did: look at its MAX_EXECUTION_TIME');
    return sliced;
  },
};

/** The build takes the place of the last one when it is whole: a failed build leaves the last one as it was. */
const NEXT = 'dist.next';

// npm packs files with their modes, so that two users would make two packages.
process.umask(0o022);

rmSync(NEXT, { recursive: true, force: true });
const compiler = spawnSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', NEXT], { stdio: 'inherit' });
if (compiler.status !== 0) process.exit(compiler.status ?? 1);

const program = await bundle('src/leakwatch.cts', { format: 'cjs', minify: true });
// ASCII only: V8 stores a text that has any other character with two bytes for each.
const ascii = program.code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
/** @type {typeof import("../src/config/environment.ts")} */
const { TAKEN_OVER } = await import(resolve(NEXT, 'config/environment.js'));
/** @type {typeof import("../src/config/options.ts")} */
const { OPTIONS, variableOf } = await import(resolve(NEXT, 'config/options.js'));
const takenOver = [...TAKEN_OVER.map(({ name }) => name), ...OPTIONS.map(({ name }) => variableOf(name))];
const header = headerWith({ NODE_FLAGS, TAKEN_OVER: takenOver.join(' '), SYSTEM_PATH });
writeFileSync(`${NEXT}/leakwatch.cjs`, header + ascii);
chmodSync(`${NEXT}/leakwatch.cjs`, 0o755);

// What JSDoc says of the public functions is in the .d.ts files; that of inner ones is a tenth of the package.
const LIBRARY = /** @type {const} */ ({ format: 'esm', comments: { jsdoc: false } });
const library = await bundle('src/index.ts', LIBRARY);
// In a bundle of the CommonJS format there is no import.meta.url, and the library is part of a file of another name.
const ownUrl = '(import.meta.url ?? "file://" + __filename)';
writeFileSync(
  `${NEXT}/index.js`,
  library.code.replaceAll('import.meta.url', () => ownUrl),
);
const detector = await bundle('src/detector.ts', LIBRARY);
writeFileSync(`${NEXT}/detector.js`, detector.code);
const packages = packagesOf([...program.moduleIds, ...library.moduleIds]);
writeFileSync(`${NEXT}/licenses.txt`, licencesOf(packages));
writeFileSync(`${NEXT}/sbom.cdx.json`, billOf(packages));
rmSync('dist', { recursive: true, force: true });
renameSync(NEXT, 'dist');

/**
 * Bundles a module and all that it imports into one file.
 * @param {string} input
 * @param {import('rolldown').OutputOptions} form
 */
async function bundle(input, form) {
  const build = await rolldown({
    input,
    platform: 'node',
    plugins: [promClient, pidusageCpu, bcryptSlices, textModules()],
  });
  const { output } = await build.generate({ ...form, codeSplitting: false });
  return output[0];
}
