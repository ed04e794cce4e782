import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeLoad, encodeMemory, encodeRuntimeMetrics } from '../../../src/formats/heroku/runtime-metrics.ts';
import { readPlatformSample } from '../../../src/formats/heroku/samples.ts';
import { cloudwatchTakes, isOfficialLine, readAsL2met } from '../../support/clients.ts';

const MIB = 2 ** 20;
const NAME = { source: 'web.1', dyno: 'heroku.322071457.63c5abfd-838b-4e2d-bce1-ce46de280675' };

describe("Heroku's own lines can be written again from their numbers, byte for byte", () => {
  // A real drain's, in the documentation of Sumo Logic.
  const MEMORY =
    'source=web.1 dyno=heroku.322071457.63c5abfd-838b-4e2d-bce1-ce46de280675 sample#memory_total=180.43MB sample#memory_rss=180.05MB sample#memory_cache=0.38MB sample#memory_swap=0.00MB sample#memory_pgpgin=84329pages sample#memory_pgpgout=38140pages sample#memory_quota=512.00MB';
  // The platform's documentation.
  const LOAD =
    'source=web.1 dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456 sample#load_avg_1m=2.46 sample#load_avg_5m=1.06 sample#load_avg_15m=0.99';

  test('memory', () => {
    expect(
      encodeMemory(NAME, {
        rss: 180.05 * MIB,
        cache: 0.38 * MIB,
        swap: 0,
        pagesIn: 84_329,
        pagesOut: 38_140,
        quota: 512 * MIB,
      }),
    ).toBe(MEMORY);
    expect(isOfficialLine(MEMORY)).toBe(true);
  });

  test('load, of an old dyno and of young ones', () => {
    const name = { source: 'web.1', dyno: 'heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456' };
    const load = { minute1: 2.46, minutes5: 1.06, minutes15: 0.99 };
    expect(encodeLoad(name, load)).toBe(LOAD);
    const young = [
      encodeLoad(name, { ...load, minutes15: undefined }),
      encodeLoad(name, { ...load, minutes5: undefined, minutes15: undefined }),
    ];
    expect(young).toEqual([LOAD.replace(/ sample#load_avg_15m.*/, ''), LOAD.replace(/ sample#load_avg_5m.*/, '')]);
    expect([LOAD, ...young].map((line) => isOfficialLine(line!))).toEqual([true, true, true]);
  });

  test('a line of another form is not accepted', () => {
    for (const line of [
      `${MEMORY} sample#threads=1`,
      MEMORY.replace('512.00MB', '512MB'),
      MEMORY.replace('84329pages', '84329.0pages'),
      MEMORY.replace('web.1', 'web'),
      MEMORY.replace('heroku.322071457.', 'local.'),
      LOAD.replace('0.99', '-0.99'),
      ` ${LOAD}`,
    ])
      expect(isOfficialLine(line), line).toBe(false);
  });
});

test('lines of any numbers have the form, and leakwatch logs and the strictest client read the same', () => {
  const bytes = fc.double({ min: 0, max: 2 ** 50, noNaN: true });
  const pages = fc.double({ min: 0, max: 2 ** 52, noNaN: true });
  const use = fc.record({ rss: bytes, cache: bytes, swap: bytes, pagesIn: pages, pagesOut: pages, quota: bytes });
  const average = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(use, average, (memory, minute1) => {
      const load = { minute1, minutes5: minute1 / 2, minutes15: 0 };
      const lines = encodeRuntimeMetrics(NAME, { load, memory });
      expect(lines).toHaveLength(2);
      for (const line of lines) {
        expect(line).toSatisfy(isOfficialLine);
        expect(cloudwatchTakes(line)).toBe(true);
        expect(readAsL2met(line).every(({ value }) => Number.isFinite(value))).toBe(true);
      }
      const [ofLoad, ofMemory] = lines.map((line) => readPlatformSample(line)!);
      expect(ofLoad?.event.values.load).toBeCloseTo(minute1, 1);
      const { values, cacheBytes, quotaBytes } = ofMemory!.event;
      // Two decimals of a megabyte.
      const near = (a: number | undefined, b: number) => Math.abs((a ?? 0) - b) < 0.006 * MIB;
      expect(near(values.memory, memory.rss + memory.cache + memory.swap)).toBe(true);
      expect(near(values.swap, memory.swap) && near(cacheBytes, memory.cache)).toBe(true);
      // A quota of nothing is read as none.
      expect(near(quotaBytes, memory.quota)).toBe(true);
    }),
  );
});

test('unknown figures and numbers that cannot be written give no line', () => {
  expect(encodeRuntimeMetrics(NAME, { load: undefined, memory: undefined })).toEqual([]);
  const load = { minute1: 1, minutes5: undefined, minutes15: undefined };
  expect(encodeRuntimeMetrics(NAME, { load, memory: undefined })).toHaveLength(1);
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(encodeLoad(NAME, { ...load, minute1: wrong })).toBeUndefined();
    const use = { rss: 0, cache: 0, swap: 0, pagesIn: 0, pagesOut: wrong, quota: 0 };
    expect(encodeMemory(NAME, use)).toBeUndefined();
  }
});
