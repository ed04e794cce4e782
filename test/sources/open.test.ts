import { rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { openSource } from '../../src/sources/open.ts';
import { temporaryDirectory } from '../support/files.ts';
import { fixture } from './trees.ts';

test('a proc file system is opened as one', async () => {
  const source = openSource({ procfs: fixture('leader-exited'), everyCommandLine: false });
  expect(source.name).toBe('proc');
  expect((await source.sample()).processes).toHaveLength(2);
});

test('a named directory that is no proc file system is an error', () => {
  const dir = temporaryDirectory('leakwatch-none-');
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const procfs of [dir, `${dir}/nowhere`])
    expect(() => openSource({ procfs, everyCommandLine: false })).toThrow(`${procfs} is not a proc file system`);
});
