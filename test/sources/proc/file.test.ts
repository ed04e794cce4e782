import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { FileReader } from '../../../src/sources/proc/file.ts';
import { temporaryDirectory } from '../../support/files.ts';
import { withoutRoot } from '../../support/proc-tree.ts';

function file(content: string): string {
  const dir = temporaryDirectory('leakwatch-file-');
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(`${dir}/file`, content);
  return `${dir}/file`;
}

test('the content is read up to the size of the buffer', () => {
  const files = new FileReader();
  expect(files.text(file('abc'))).toBe('abc');
  expect(files.text(file(''))).toBe('');
  expect(files.text(file('x'.repeat(2 ** 19)))).toBe('x'.repeat(files.buffer.length));
});

test('no more is read than was requested', () => {
  expect(new FileReader().read(file('x'.repeat(9999)), { most: 100 })).toBe(100);
});

test('reasons of failures are told apart', () => {
  const files = new FileReader();
  const path = file('abc');
  expect([files.text(`${path}s`), files.reason]).toEqual([undefined, 'vanished']);
  expect([files.text(`${path}/x`), files.reason]).toEqual([undefined, 'vanished']);
  expect([files.read(path.slice(0, -5)), files.reason]).toEqual([-1, 'failed']);
  expect([files.text('/bad\0path'), files.reason]).toEqual([undefined, 'failed']);
  chmodSync(path, 0);
  expect(withoutRoot(() => [files.text(path), files.reason])).toEqual([undefined, 'denied']);
});
