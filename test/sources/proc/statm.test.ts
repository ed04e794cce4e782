import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStatm } from '../../../src/sources/proc/statm.ts';
import { fixtureBytes } from '../trees.ts';

const parse = (text: string | Buffer) => parseStatm(Buffer.from(text as string), text.length);

test('anonymous pages are the resident ones less the shared ones', () => {
  expect(parse(fixtureBytes('dyno-zombies/4/statm'))).toBe(2889 - 907);
  expect(parse('4362 2924 948 1 0 2195 0\n')).toBe(1976);
  expect(parse('0 0 0 0 0 0 0\n')).toBe(0);
});

test('more shared than resident pages do not make it negative', () => {
  expect(parse('10 3 5 1 0 1 0\n')).toBe(0);
});

test.each(['', '\n', '10', '10 3', '10 3 ', '10 3 5', 'x y z ', '10 -3 5 ', '10 3 -5 ', '10 9007199254740993 5 '])(
  '%j is malformed',
  (text) => {
    expect(parse(text)).toBeUndefined();
  },
);

test('any bytes give a count of pages or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const pages = parseStatm(bytes, bytes.length);
      expect(pages === undefined || pages >= 0).toBe(true);
    }),
  );
});

test('every prefix is malformed or means the same', () => {
  const line = Buffer.from('4362 2924 948 1 0 2195 0\n');
  for (let length = 0; length < line.length; length++) expect([undefined, 1976]).toContain(parseStatm(line, length));
});
