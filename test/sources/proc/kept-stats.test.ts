import { rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { KeptStats } from '../../../src/sources/proc/kept-stats.ts';
import { temporaryDirectory } from '../../support/files.ts';

function stats(most: number) {
  const dir = temporaryDirectory('leakwatch-stats-');
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const pid of [1, 2, 3]) writeFileSync(`${dir}/${pid}`, `${pid} (app)`);
  const buffer = Buffer.alloc(4096);
  const kept = new KeptStats({ buffer, most });
  onTestFinished(() => {
    for (const pid of [1, 2, 3]) kept.forget(pid);
  });
  const read = (pid: number): string => buffer.toString('utf8', 0, kept.read(pid, `${dir}/${pid}`));
  return { kept, read, dir };
}

test('a file is read from its beginning each time', () => {
  const { read, kept, dir } = stats(10);
  expect(read(1)).toBe('1 (app)');
  writeFileSync(`${dir}/1`, '1 (newer)');
  expect([read(1), read(1), kept.size]).toEqual(['1 (newer)', '1 (newer)', 1]);
});

test('no more files are kept open than was said, and all are read', () => {
  const { read, kept } = stats(2);
  for (let i = 0; i < 2; i++) expect([1, 2, 3].map(read)).toEqual(['1 (app)', '2 (app)', '3 (app)']);
  expect(kept.size).toBe(2);
  kept.forget(1);
  kept.forget(1);
  expect(kept.size).toBe(1);
});

test('where nothing is kept the file is opened each time', () => {
  const { read, kept, dir } = stats(0);
  read(1);
  rmSync(`${dir}/1`);
  expect(kept.read(1, `${dir}/1`)).toBe(-1);
  expect([kept.reason, kept.size]).toEqual(['vanished', 0]);
});
