/**
 * How scripts/mutate-constants.js runs tests: with one number of the sources changed while they are loaded, never on
 * disk.
 */
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { textModules } from './text-modules.js';

/** @type {import('./mutate-constants.js').Mutant | undefined} */
const mutant = process.env.MUTANT === undefined ? undefined : JSON.parse(process.env.MUTANT);

export default defineConfig({
  plugins: [
    textModules(),
    {
      name: 'mutant',
      // Before any other plugin moves the text.
      enforce: 'pre',
      transform(code, id) {
        if (!mutant || id.split('?')[0] !== resolve(mutant.file)) return null;
        return code.slice(0, mutant.from) + mutant.text + code.slice(mutant.to);
      },
    },
  ],
  test: {
    root: '.',
    exclude: ['**/*.slow.test.ts', '**/node_modules/**'],
    testTimeout: 120_000,
    isolate: false,
    maxWorkers: 1,
    bail: 1,
  },
});
