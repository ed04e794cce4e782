import { defineConfig } from 'vitest/config';
import { textModules } from './scripts/text-modules.js';

// Two projects: `pure` runs functions on data; `process` starts the built program (dist/) and real processes, so its files
// run one at a time, they all look at the same /proc, and after the others, which take all the processor there is.
export default defineConfig({
  plugins: [textModules()],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: ['test/process/**'],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
