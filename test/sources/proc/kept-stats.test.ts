import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { FileReader } from '../../../src/sources/proc/file.ts';
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
  const files = new FileReader();
  const kept = new KeptStats(files);
  kept.bound({ most, nofile: 1024 });
  onTestFinished(() => {
    for (const owner of keepers) kept.release(owner);
  });
  const read = (owner: StatOwner): string => files.buffer.toString('utf8', 0, kept.read(owner));
  return { kept, files, read, keepers, first: keepers[0]! };
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

test('a lower bound gives files back, but not those that the limit does not count', () => {
  const { read, kept, keepers } = stats(3);
  keepers.forEach(read);
  const [first, second, third] = keepers.map(({ statFd }) => statFd) as [number, number, number];
  kept.bound({ most: 2, nofile: 1024 });
  expect(keepers.map(({ statFd }) => statFd)).toEqual([NOT_OPEN, second, third]);
  kept.bound({ most: 0, nofile: third });
  expect(keepers.map(({ statFd }) => statFd)).toEqual([NOT_OPEN, second < third ? NOT_OPEN : second, third]);
  expect(keepers.map(read)).toEqual(['1 (app)', '2 (app)', '3 (app)']);
  expect(first).toBeGreaterThan(0);
});

test('a file that is handed over is read, given back and released by its new owner', () => {
  const { read, kept, first } = stats(1);
  read(first);
  const next: StatOwner = { directory: first.directory, statFd: NOT_OPEN };
  kept.handOver(first, next);
  expect([first.statFd, kept.size]).toEqual([NOT_OPEN, 1]);
  rmSync(`${first.directory}/stat`);
  expect(read(next)).toBe('1 (app)');
  kept.bound({ most: 0, nofile: 1024 });
  expect([next.statFd, kept.size]).toEqual([NOT_OPEN, 0]);
});
