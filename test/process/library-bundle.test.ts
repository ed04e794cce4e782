/** The built library in the bundles of those who use it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const built = (file: string): string => fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));

test('the detector imports nothing, and runs where there is nothing but the language', async () => {
  const code = readFileSync(built('detector.js'), 'utf8');
  expect(code).not.toMatch(/^import\b|\bimport\(|import\.meta|\brequire\(/m);
  const build = await rolldown({ input: built('detector.js'), platform: 'neutral' });
  const { output } = await build.generate({ format: 'iife', name: 'library' });
  const context = createContext({});
  const verdicts = runInContext(
    `${output[0].code};
     const detector = library.createDetector({ metric: 'zombies', intervalSeconds: 20 });
     [...new Set(Array.from({ length: 1000 }, (_, at) => detector.push(20 * at, at)))].join(' ')`,
    context,
  );
  expect(verdicts).toMatch(/^learning.* leak$/);
});

test('the library can be loaded where import.meta has no url', async () => {
  const code = readFileSync(built('index.js'), 'utf8');
  expect(
    code.match(/.{0,3}import\.meta\.url.{0,3}/g)?.filter((use) => !/^.*\(import\.meta\.url \?\?/.test(use)),
  ).toEqual([]);
});
