import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { textModules } from './scripts/text-modules.js';

// Five projects, one after the other. `npm test` runs the first two, `npm run test:all` all of them.
// - pure: functions on data.
// - process: the built program (dist/) and real processes.
// - slow: *.slow.test.ts, whatever takes longer: simulations of months, builds, and servers of others.
// - faults: a host that fails the built program: full disks, no task, descriptor or memory left (`npm run test:faults`).
// - abuse: clients and neighbours that attack the built program (`npm run test:abuse`).
// CONTRIBUTING.md ("Tests") says which test belongs where.
const cores = availableParallelism();

export default defineConfig({
  plugins: [textModules()],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: ['test/process/**', 'test/faults/**', 'test/abuse/**', '**/*.slow.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: cores,
          // A file keeps no state for the next one, so that a worker need not be started for each.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          exclude: ['**/*.slow.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // These files mostly wait: for a daemon to start, for ten samples.
          maxWorkers: 2 * cores,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['test/**/*.slow.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: cores,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: cores,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'abuse',
          include: ['test/abuse/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // An attack takes a core, and the program that is attacked the other.
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
