import fc from 'fast-check';
import logfmt from 'logfmt';
import { expect, test } from 'vitest';
import {
  decimal,
  decodeLine,
  encodeLine,
  hostText,
  isoSeconds,
  megabytes,
  type Pair,
} from '../../src/formats/l2met.ts';

const name = fc
  .tuple(fc.constantFrom('', 'sample#', 'count#', 'measure#'), fc.stringMatching(/^[A-Za-z]\w{0,15}$/))
  .map(([prefix, word]) => prefix + word)
  .filter((text) => !/memory_|load_avg_/.test(text));
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constantFrom('a b', 'x="y"', 'a\nb', 'k=v', ' - ', '\u001b[2J', '', 'é', '😀', '\ud800', '\\', '%n', 'a\0b'),
);
const value = fc.oneof(hostile, fc.double(), fc.integer(), fc.constant(undefined));
const pairs = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 30 });

const PAIR = /^(?:(?:sample|count|measure)#)?[A-Za-z]\w*=[\w.:/@+-]+$/;

/** What npm's logfmt reads, its booleans as they were written. */
function readByLogfmt(line: string): Map<string, string> {
  return new Map(Object.entries(logfmt.parse(line)).map(([key, read]) => [key, String(read)]));
}

test('any line consists of k=v words, and npm logfmt reads the same pairs', () => {
  fc.assert(
    fc.property(pairs, (given) => {
      const line = encodeLine(given);
      if (line !== '') for (const word of line.split(' ')) expect(word).toMatch(PAIR);
      expect(readByLogfmt(line)).toEqual(decodeLine(line));
    }),
    { numRuns: 1000 },
  );
});

test('decoding gives the encoded pairs in their order', () => {
  const clean = fc.stringMatching(/^[\w.:/@+-]{1,128}$/);
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, clean), { selector: ([key]) => key, maxLength: 30 }), (given) => {
      expect([...decodeLine(encodeLine(given))]).toEqual(given);
    }),
  );
});

test('a number is written plainly or not at all', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer(), fc.double({ min: 0, max: 1e-5 })), (number) => {
      const written = decodeLine(encodeLine([['sample#x', number]])).get('sample#x');
      if (number >= 0 && number < 1e21) {
        expect(written).toMatch(/^\d+(?:\.\d\d)?$/);
        expect(Math.abs(Number(written) - number)).toBeLessThanOrEqual(Number.isInteger(number) ? 0 : 0.00501);
      } else {
        expect(written).toBeUndefined();
      }
    }),
    { numRuns: 1000 },
  );
});

test('unknown, negative and infinite numbers leave their pair out', () => {
  const line = encodeLine([
    ['source', 'web.1'],
    ['sample#a', undefined],
    ['sample#b', -1],
    ['sample#c', Number.NaN],
    ['sample#d', Number.POSITIVE_INFINITY],
    ['sample#e', megabytes(undefined)],
    ['sample#f', megabytes(-1)],
    ['sample#g', decimal(Number.NaN, 2)],
    ['since', isoSeconds(undefined)],
    ['sample#h', 0],
    ['sample#i', 1e-7],
  ]);
  expect(line).toBe('source=web.1 sample#h=0 sample#i=0.00');
});

test('lines have this form', () => {
  expect(
    encodeLine([
      ['source', 'web.1'],
      ['dyno', 'heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456'],
      ['sample#threads', 59],
      ['sample#rss', megabytes(537_216_942)],
      ['growth_per_hour', decimal(114, 2)],
      ['parent_comm', 'ruby (worker)\n'],
      ['since', isoSeconds(1_795_209_720)],
    ]),
  ).toBe(
    'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#threads=59 sample#rss=512.33MB ' +
      'growth_per_hour=114.00 parent_comm=ruby__worker__ since=2026-11-20T21:22:00Z',
  );
});

test('safe characters of a text stay, others become _, and its length is bounded', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const reduced = hostText(text);
      expect(reduced).toMatch(/^[\w.:/@+-]{1,128}$/);
      expect(hostText(reduced)).toBe(reduced);
    }),
  );
  expect(hostText('puma: cluster worker 0 [app]')).toBe('puma:_cluster_worker_0__app_');
  expect(hostText('naïve 😀')).toBe('na_ve__');
  expect(hostText('x'.repeat(1e6))).toBe('x'.repeat(128));
});

test('a line stays under 10,000 bytes with its newline: whole pairs are left out at its end', () => {
  const given = Array.from({ length: 500 }, (_, i): Pair => [`name_${i}`, 'v'.repeat(i % 100)]);
  const whole = given.map(([key, text]) => `${key}=${text || '_'}`).join(' ');
  const line = encodeLine(given);
  expect(whole.length).toBeGreaterThan(10_000);
  expect(line.length).toBeLessThan(9_999);
  expect(line.length).toBeGreaterThan(9_998 - 120);
  expect(whole.startsWith(`${line} `)).toBe(true);
});

test('a line of exactly the maximum length is kept', () => {
  // 78 pairs of 128 bytes with their space, less the first space, make 9,983; one more pair of 15 with its space.
  const pair = (key: string, length: number): Pair => [key, 'v'.repeat(length - key.length - 2)];
  const given = Array.from({ length: 78 }, (_, i) => pair(`k${i}`, 128));
  expect(encodeLine([...given, pair('last', 15)])).toHaveLength(9_998);
  expect(decodeLine(encodeLine([...given, pair('last', 16)])).has('last')).toBe(false);
});

test("a name that parsers read differently, or that ends like the platform's, throws", () => {
  const misread = [
    '',
    '1st',
    'open-fds',
    'a.b',
    'a b',
    'a=b',
    'a"',
    'é',
    'unique#x',
    'sample#',
    'sample#count#x',
    '_x',
    'x\n',
  ];
  const platform = ['sample#memory_total', 'sample#group_memory_rss', 'memory_cache', 'memory_swap', 'memory_pgpgin'];
  platform.push('memory_pgpgout', 'sample#memory_quota', 'sample#load_avg_1m', 'my_load_avg_15m');
  for (const bad of [...misread, ...platform]) {
    expect(() => encodeLine([[bad, 1]]), bad).toThrow(RangeError);
    // Even with nothing to write, so that no rare value hides it.
    expect(() => encodeLine([[bad, undefined]]), bad).toThrow(RangeError);
  }
  for (const good of ['source', 'sample#rss', 'sample#memory_total_used', 'count#leak_alerts', 'measure#x', 'A1_']) {
    expect(encodeLine([[good, 1]])).toBe(`${good}=1`);
  }
});

test('foreign lines are read: words without = are ignored, the last of equal names counts, nothing throws', () => {
  expect([...decodeLine('at=info  bare =x k= a=b=c k=2')]).toEqual([
    ['at', 'info'],
    ['k', '2'],
    ['a', 'b=c'],
  ]);
  fc.assert(
    fc.property(hostile, (text) => {
      expect(decodeLine(text)).toBeInstanceOf(Map);
    }),
  );
});

test('times outside the four-digit years are unknown', () => {
  expect(isoSeconds(0)).toBe('1970-01-01T00:00:00Z');
  expect(isoSeconds(253_402_300_799)).toBe('9999-12-31T23:59:59Z');
  for (const bad of [-1, 253_402_300_800, Number.NaN, Number.POSITIVE_INFINITY])
    expect(isoSeconds(bad)).toBeUndefined();
});
