/**
 * `npm run build`: dist/ from src/. The compiler writes the modules of the library and their types; the program itself
 * is one file, so that it starts fast and loads nothing later, and runs as a shell script that hands it to Node with the
 * flags for few threads and little memory.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

/**
 * The first lines of the program are read twice. The shell runs `:` and then Node on the same file; Node sees a string and
 * a comment. `node dist/leakwatch.cjs` works too, only without the flags:
 * no V8 worker threads (they would count against the very limit that we watch), and a young generation of 1 MB (a sample
 * makes little garbage, so that a larger one would only be memory held).
 */
const HEADER = `#!/bin/sh
':' //; exec node --v8-pool-size=0 --max-semi-space-size=1 "$0" "$@"
`;

rmSync('dist', { recursive: true, force: true });
const compiler = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (compiler.status !== 0) process.exit(compiler.status ?? 1);

const bundle = await rolldown({
  input: 'src/leakwatch.cts',
  platform: 'node',
});
const { output } = await bundle.generate({ format: 'cjs', codeSplitting: false, minify: true });
writeFileSync('dist/leakwatch.cjs', HEADER + output[0].code);
chmodSync('dist/leakwatch.cjs', 0o755);
