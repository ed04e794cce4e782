import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { KeptStats, NOT_OPEN, type StatOwner } from '../../../src/sources/proc/kept-stats.ts';
import { temporaryDirectory } from '../../support/files.ts';

function stats(most: number) {
  const dir = temporaryDirectory('leakwatch-stats-');
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const keepers: StatOwner[] = [1, 2, 3].map((pid) => ({ directory: `${dir}/${pid}`, statFd: NOT_OPEN }));
  for (const { directory } of keepers) {
    mkdirSync(directory);
    writeFileSync(`${directory}/stat`, `${directory.at(-1)} (app)`);
  }
  const buffer = Buffer.alloc(4096);
  const kept = new KeptStats({ buffer, most });
  onTestFinished(() => {
    for (const owner of keepers) kept.release(owner);
  });
  const read = (owner: StatOwner): string => buffer.toString('utf8', 0, kept.read(owner));
  return { kept, read, keepers, first: keepers[0]! };
}

test('a file is read from its beginning each time', () => {
  const { read, kept, first } = stats(10);
  expect(read(first)).toBe('1 (app)');
  writeFileSync(`${first.directory}/stat`, '1 (newer)');
  expect([read(first), read(first), kept.size]).toEqual(['1 (newer)', '1 (newer)', 1]);
});

test('all files are read, and no more than the bound are kept open', () => {
  const { read, kept, keepers, first } = stats(2);
  for (let i = 0; i < 2; i++) expect(keepers.map(read)).toEqual(['1 (app)', '2 (app)', '3 (app)']);
  expect(kept.size).toBe(2);
  kept.release(first);
  kept.release(first);
  expect(kept.size).toBe(1);
});

test('with a bound of zero the file is opened each time', () => {
  const { read, kept, first } = stats(0);
  read(first);
  rmSync(`${first.directory}/stat`);
  expect(kept.read(first)).toBe(-1);
  expect([kept.reason, kept.size]).toEqual(['vanished', 0]);
});
