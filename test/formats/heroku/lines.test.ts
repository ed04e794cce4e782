import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineCutter, LONGEST_LINE } from '../../../src/formats/heroku/lines.ts';

/** What is cut, with the input handed over in pieces of these lengths, again and again. */
function cut(input: string | Buffer, pieces: readonly number[] = [1 << 20]): { lines: string[]; overlong: number } {
  const lines: string[] = [];
  const cutter = new LineCutter((bytes, from, to) => lines.push(bytes.toString('latin1', from, to)));
  const bytes = Buffer.from(input);
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const length = Math.max(1, pieces[piece % pieces.length]!);
    // A buffer that is used again afterwards, as those of streams may be.
    const chunk = Buffer.from(bytes.subarray(at, at + length));
    cutter.push(chunk);
    chunk.fill(0x58);
    at += length;
  }
  cutter.end();
  return { lines, overlong: cutter.overlong };
}

const frame = (message: string): string => {
  const record = `<45>1 2026-11-20T21:22:00+00:00 host app web.1 - ${message}`;
  return `${Buffer.byteLength(record)} ${record}`;
};

describe('lines', () => {
  test.each([
    ['end with LF', 'a\nb\n', ['a', 'b']],
    ['end with CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['may lack the last end', 'a\nb', ['a', 'b']],
    ['may be empty', 'a\n\n\nb\n', ['a', '', '', 'b']],
    ['may begin with digits', '12 apes\n2026-11-20T21:22:00Z b\n7\n', ['12 apes', '2026-11-20T21:22:00Z b', '7']],
    ['may look like a frame that leads nowhere', '9 <45>1 and more\nnext\n', ['9 <45>1 and more', 'next']],
    ['may count more than there is', '900 <45>1 x\nnext\n', ['900 <45>1 x', 'next']],
  ])('%s', (_, input, lines) => {
    expect(cut(input).lines).toEqual(lines);
  });

  test('that are too long are skipped and counted', () => {
    const long = 'x'.repeat(LONGEST_LINE + 1);
    expect(cut(`a\n${long}\nb\n${long}`)).toEqual({ lines: ['a', 'b'], overlong: 2 });
    expect(cut(`a\n${long}\nb\n${long}`, [1000])).toEqual({ lines: ['a', 'b'], overlong: 2 });
    expect(cut(`${'x'.repeat(LONGEST_LINE)}\n`).lines).toHaveLength(1);
  });
});

describe('frames', () => {
  test.each([
    ['hold their newline', frame('a\n') + frame('b\n'), 2],
    ['follow each other at once', frame('a') + frame('b'), 2],
    ['stand one a line', `${frame('a')}\n${frame('b')}\r\n`, 2],
    ['are mixed with lines', `2026-11-20T21:22:00Z app[x]: y\n${frame('a\n')}2026-11-20T21:22:00Z app[x]: z\n`, 3],
    ['count bytes', frame('é — ✓\n') + frame('b\n'), 2],
    ['may be cut off', frame('a\n') + frame('b\n').slice(0, -5), 2],
  ])('%s', (_, input, count) => {
    expect(cut(input).lines.filter((line) => line !== '')).toHaveLength(count);
  });

  test('contain exactly the counted bytes', () => {
    const record = frame('hello\n');
    expect(cut(record + record).lines).toEqual(Array(2).fill(record.slice(record.indexOf('<')).trimEnd()));
  });
});

test('the same bytes give the same lines however they are cut', () => {
  const piece = fc.oneof(
    fc.string().map(frame),
    fc.string().map((text) => frame(`${text}\n`)),
    fc.string().map((text) => `${text}\n`),
    fc.constantFrom('12 <', '5 <45>1', '\r\n', '99999 <4', '1', `${'9'.repeat(9)} <`),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (parts, lengths) => {
      const input = Buffer.from(parts.join(''));
      expect(cut(input, lengths)).toEqual(cut(input));
    }),
    { numRuns: 2000 },
  );
});
