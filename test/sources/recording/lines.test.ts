import { rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { Input } from '../../../src/config/input.ts';
import { readLines } from '../../../src/sources/recording/lines.ts';
import { temporaryDirectory } from '../../support/files.ts';

const MEBIBYTE = 2 ** 20;

function reader(): (content: string) => (string | undefined)[] {
  const dir = temporaryDirectory('leakwatch-lines-');
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return (content) => {
    writeFileSync(`${dir}/file`, content);
    const input = new Input(`${dir}/file`);
    const lines = [...readLines(input.read)];
    input.close();
    return lines;
  };
}

test.each([
  ['', []],
  ['\n', ['']],
  ['a', ['a']],
  ['a\nb\n', ['a', 'b']],
  ['a\n\nb', ['a', '', 'b']],
  ['a\r\nb', ['a\r', 'b']],
])('%j has the lines %j', (content, lines) => {
  expect(reader()(content)).toEqual(lines);
});

test('a line may span several reads', () => {
  const long = 'é'.repeat(400_000);
  expect(reader()(`${long}\n${long}\nend`)).toEqual([long, long, 'end']);
});

test('a line that is too long is undefined, and the next one is whole', () => {
  const [longest, tooLong] = ['x'.repeat(MEBIBYTE), 'x'.repeat(MEBIBYTE + 1)];
  const read = reader();
  expect(read(`${longest}\n${tooLong}\nnext\n`)).toEqual([longest, undefined, 'next']);
  expect(read(tooLong.repeat(3))).toEqual([undefined]);
  expect(read(`a\n${tooLong.repeat(3)}\nb`)).toEqual(['a', undefined, 'b']);
});

test('any text gives the same lines as splitting it at newlines', () => {
  const read = reader();
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', ' ') })), (parts) => {
      const content = parts.join('\n');
      const lines = content.split('\n');
      if (lines.at(-1) === '') lines.pop();
      expect(read(content)).toEqual(lines);
    }),
    { numRuns: 50 },
  );
});
