/** Numbers and durations as people read them: three digits that matter, and one unit for bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration } from '../../src/text/duration.ts';
import { formatBytes, formatCount, formatGrowthPerHour, plural } from '../../src/text/quantity.ts';

const MB = 2 ** 20;
const FACTORS = new Map([
  ['B', 1],
  ['KB', 2 ** 10],
  ['MB', MB],
  ['GB', 2 ** 30],
  ['TB', 2 ** 40],
]);

test.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [999, '999 B'],
  [4096, '4 KB'],
  [512 * MB, '512 MB'],
  [1000 * MB, '1,000 MB'],
  [76.54 * MB, '76.5 MB'],
  [1781.5 * MB, '1.74 GB'],
  [-5 * MB, '-5 MB'],
  [3 * 2 ** 50, '3,072 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('bytes read back are within half a unit of the third digit', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 2 ** 49, noNaN: true }), (bytes) => {
      const [, digits, unit] = /^([\d.,]+) ([KMGT]?B)$/.exec(formatBytes(bytes))!;
      expect(digits!.replace(/[.,]/g, '').replace(/^0+/, '').length).toBeLessThanOrEqual(4);
      const read = Number(digits!.replace(',', '')) * FACTORS.get(unit!)!;
      expect(Math.abs(read - bytes)).toBeLessThanOrEqual(Math.max(0.5, 0.005 * bytes));
    }),
  );
});

test.each([
  [0, '0'],
  [47, '47'],
  [1200, '1,200'],
  [1234567, '1,234,567'],
  [12.34, '12.3'],
  [1234.5, '1,235'],
  [0.004125, '0.00413'],
  [-1200, '-1,200'],
])('%d is %s', (number, text) => {
  expect(formatCount(number)).toBe(text);
});

test('whole numbers are written in full', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (number) => {
      expect(Number(formatCount(number).replaceAll(',', ''))).toBe(number);
    }),
  );
});

test.each([
  [1 / 3, 'count', '+1,200'],
  [0.35 / 3600, 'count', '+0.35'],
  [11.6 / 3600, 'count', '+12'],
  [(37.9 * MB) / 3600, 'bytes', '+38 MB'],
  [(-0.44 * MB) / 3600, 'bytes', '-451 KB'],
  [0, 'count', '+0'],
] as const)('%d %s a second is %s an hour', (slope, unit, text) => {
  expect(formatGrowthPerHour(slope, unit)).toBe(text);
});

test('one is singular', () => {
  expect([0, 1, 2, 1000].map((number) => plural(number, 'thread'))).toEqual([
    '0 threads',
    '1 thread',
    '2 threads',
    '1,000 threads',
  ]);
  expect(plural(2, 'child', 'children')).toBe('2 children');
});

describe('durations', () => {
  test.each([
    [-3, '0 s'],
    [0, '0 s'],
    [119.4, '119 s'],
    [120, '2 min'],
    [7199, '120 min'],
    [7200, '2 h'],
    [34_200, '9.5 h'],
    [172_800, '2 days'],
    [183_000, '2.1 days'],
    [8_640_000, '100 days'],
  ])('%d s are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
