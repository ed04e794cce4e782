import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseResident, parseShared } from '../../../src/sources/proc/statm.ts';
import { fixtureBytes } from '../trees.ts';

const parse = (text: string | Buffer) => {
  const bytes = Buffer.from(text as string);
  return [parseResident(bytes, bytes.length), parseShared(bytes, bytes.length)];
};

test('resident pages, and those of them that are no anonymous ones', () => {
  expect(parse(fixtureBytes('dyno-zombies/4/statm'))).toEqual([2889, 907]);
  expect(parse('4362 2924 948 1 0 2195 0\n')).toEqual([2924, 948]);
  expect(parse('0 0 0 0 0 0 0\n')).toEqual([0, 0]);
});

test.each(['', '\n', '10', '10 3', '10 3 ', '10 3 5', 'x y z ', '10 3 -5 ', '10 3 9007199254740993 '])(
  'the shared pages of %j are malformed',
  (text) => {
    expect(parse(text)[1]).toBeUndefined();
  },
);

test.each(['', '10', '10 -3 5 ', '10 9007199254740993 5 '])('the resident pages of %j are malformed', (text) => {
  expect(parse(text)[0]).toBeUndefined();
});

test('any bytes give a count of pages or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      for (const pages of [parseResident(bytes, bytes.length), parseShared(bytes, bytes.length)])
        expect(pages === undefined || pages >= 0).toBe(true);
    }),
  );
});

test('every prefix is malformed or means the same', () => {
  const line = Buffer.from('4362 2924 948 1 0 2195 0\n');
  for (let length = 0; length < line.length; length++) {
    expect([undefined, 2924]).toContain(parseResident(line, length));
    expect([undefined, 948]).toContain(parseShared(line, length));
  }
});
