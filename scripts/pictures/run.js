/** `npm run pictures`: renews docs/pictures/. The scenes are TypeScript beside our own, so they are bundled first. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { textModules } from '../text-modules.js';

const directory = mkdtempSync(resolve('dist/pictures-'));
try {
  const build = await rolldown({ input: 'scripts/pictures/take.ts', platform: 'node', plugins: [textModules()] });
  const file = join(directory, 'take.js');
  await build.write({ file, format: 'esm', codeSplitting: false });
  const { takePictures } = await import(pathToFileURL(file).href);
  await takePictures('docs/pictures');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
