/**
 * `npm run fuzz -- [--seconds N] [--seed N] [TARGET...]`: fuzzes all targets of test/fuzz/targets.ts, or those named, for
 * so many seconds each. An input on which one fails is saved as a fixture, so that the tests run it from then on.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzz } from './engine.js';
import { loadCounted } from './instrument.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '20' }, seed: { type: 'string', default: String(Date.now() % 1e9) } },
});
const seed = Number(values.seed);
const { module, hits } = await loadCounted('test/fuzz/targets.ts');
/** @type {readonly import('../../test/fuzz/targets.ts').Target[]} */
const all = module.TARGETS;
const unknown = positionals.filter((name) => !all.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(`no target ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
  process.exit(64);
}
const targets = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
console.log(`seed ${seed}, ${values.seconds} s for each of ${targets.length} targets`);
for (const target of targets) {
  const { name, run } = target;
  const begun = performance.now();
  let shown = begun;
  const line = (/** @type {import('./engine.js').Result} */ { runs, blocks, corpus }) => {
    const rate = Math.round((1000 * runs) / (performance.now() - begun));
    return `${name.padEnd(16)} ${String(runs).padStart(9)} runs ${String(rate).padStart(7)}/s ${String(blocks).padStart(6)} blocks ${String(corpus).padStart(5)} inputs kept`;
  };
  const result = fuzz(
    { run, seeds: module.seedsOf(target), hits },
    {
      seed,
      seconds: Number(values.seconds),
      onProgress(now) {
        if (!process.stderr.isTTY || performance.now() - shown < 1000) return;
        shown = performance.now();
        process.stderr.write(`\r${line(now)}`);
      },
    },
  );
  if (process.stderr.isTTY) process.stderr.write('\r');
  console.log(`${line(result)}  ${result.finding ? 'FAILS' : 'ok'}`);
  if (!result.finding) continue;
  const { input, error } = result.finding;
  const directory = `test/fixtures/fuzz/${name}`;
  const file = `${directory}/${createHash('sha256').update(input).digest('hex').slice(0, 12)}`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, input);
  console.log(`  ${file} (${input.length} bytes): ${/** @type {any} */ (error)?.stack ?? error}`);
  process.exitCode = 1;
}
