import { renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebFiles } from '../../src/web/web-files.ts';
import { temporaryDirectory } from '../support/files.ts';

function inDirectory(): (name: string) => string {
  const directory = temporaryDirectory('leakwatch-web-files-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return (name) => join(directory, name);
}

test('a change is told once, at a look five seconds later', () => {
  const at = inDirectory();
  for (const name of ['web.yml', 'a.crt']) writeFileSync(at(name), 'a');
  const files = new WebFiles([{ path: at('web.yml') }, { path: at('a.crt') }], 0);
  expect(files.haveChanged(5000)).toBe(false);
  writeFileSync(at('a.crt'), 'bc');
  expect(files.haveChanged(9999)).toBe(false);
  // It was written just now, so it is looked at once more.
  expect([10_000, 15_000, 20_000].map((now) => files.haveChanged(now))).toEqual([false, true, false]);
});

test('while a file is being written it is not read', () => {
  const at = inDirectory();
  writeFileSync(at('web.yml'), 'a');
  const files = new WebFiles([{ path: at('web.yml') }], 0);
  for (let looks = 1; looks < 5; looks++) {
    writeFileSync(at('web.yml'), 'a'.repeat(looks * 10));
    expect(files.haveChanged(looks * 5000)).toBe(false);
  }
  expect(files.haveChanged(25_000)).toBe(true);
});

test.each([
  ['a file of the same size in its place', (at: (name: string) => string) => renameSync(at('b'), at('web.yml'))],
  ['no file', (at: (name: string) => string) => rmSync(at('web.yml'))],
  ['an older time', (at: (name: string) => string) => utimesSync(at('web.yml'), 1, 1)],
  [
    'a link that is turned',
    (at: (name: string) => string) => {
      rmSync(at('link'));
      symlinkSync(at('b'), at('link'));
    },
  ],
])('%s is a change', (_, change) => {
  const at = inDirectory();
  for (const name of ['web.yml', 'b']) writeFileSync(at(name), 'a');
  symlinkSync(at('web.yml'), at('link'));
  const files = new WebFiles([{ path: at('link') }], 0);
  change(at);
  expect([5000, 10_000, 15_000].map((now) => files.haveChanged(now)).filter(Boolean)).toEqual([true]);
});
