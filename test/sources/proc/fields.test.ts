import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readInteger, skipWords } from '../../../src/sources/proc/fields.ts';

const cursor = (text: string, position = 0) => ({ bytes: Buffer.from(text), position, end: text.length });

test('whole numbers are read one after the other', () => {
  const at = cursor('0 -12 9007199254740991\n');
  expect([readInteger(at), readInteger(at), readInteger(at)]).toEqual([0, -12, Number.MAX_SAFE_INTEGER]);
  expect(at.position).toBe(at.end);
});

test.each(['', ' ', '-', '- 1', 'x ', '1x ', '1', '12', '1.5 ', '+1 ', '9007199254740992 ', '1e3 ', '1\t'])(
  '%j begins with none',
  (text) => {
    expect(readInteger(cursor(text))).toBeNaN();
  },
);

test('nothing past the end is read', () => {
  expect(readInteger({ bytes: Buffer.from('123 '), position: 0, end: 3 })).toBeNaN();
  const at = { bytes: Buffer.from('a b c '), position: 0, end: 4 };
  skipWords(at, 3);
  expect(at.position).toBe(4);
});

test('any words are skipped', () => {
  const at = cursor('a -1 )( 42 ');
  skipWords(at, 3);
  expect(readInteger(at)).toBe(42);
});

test('every safe integer is read exactly', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (n) => {
      expect(readInteger(cursor(`${n} `)) + 0).toBe(n);
    }),
  );
});

test('any bytes give a number, and the cursor moves on', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(20), (bytes, position) => {
      const at = { bytes, position, end: bytes.length };
      expect(readInteger(at)).toBeTypeOf('number');
      expect(at.position).toBeGreaterThan(position);
    }),
  );
});
