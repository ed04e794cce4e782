import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../../src/formats/json.ts';
import { decodeState, encodeState } from '../../src/formats/state.ts';
import type { Learned, LearnedGroup, LearnedLives, LearnedSeries } from '../../src/model/learned.ts';
import { MOST_RELEASES } from '../../src/model/learned.ts';
import { METRICS } from '../../src/model/metrics.ts';

const PLENTY = 1 << 24;

const float = (max: number) => fc.float({ min: 0, max: Math.fround(max), noNaN: true });
/** Never -0, because JSON.stringify writes it as 0. */
const positive = (max: number) => float(max).map((value) => value + 0 || 0);
const list = (max: number, length: number) => fc.array(positive(max), { minLength: length, maxLength: length });
const lives: fc.Arbitrary<LearnedLives> = fc.integer({ min: 0, max: 20 }).chain((ages) =>
  fc.record(
    {
      settled: fc.nat(1e6),
      unsettledSlots: fc.nat(1e9),
      thirdRise: positive(2 ** 50),
      fourthRise: positive(2 ** 50),
      highs: list(2 ** 50, ages),
      lows: list(2 ** 50, ages),
    },
    { noNullPrototype: true },
  ),
);
const series: fc.Arbitrary<LearnedSeries> = fc.integer({ min: 0, max: 20 }).chain((levels) =>
  fc.record(
    {
      slots: fc.integer({ min: 0, max: 2 ** 40 }),
      lives,
      startedAt: positive(2 ** 50),
      reaping: fc.record({ most: positive(2 ** 50), slots: fc.nat(1e9) }, { noNullPrototype: true }),
      floorFalls: list(2 ** 50, levels),
      meanFalls: list(2 ** 50, levels),
      evidence: list(1e30, 4 * levels),
    },
    { requiredKeys: ['slots', 'floorFalls', 'meanFalls', 'evidence'], noNullPrototype: true },
  ),
);
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('unicorn', '__proto__', 'constructor', '42', '', '\ud800', '"', '\n', '\u2028'),
);
const group: fc.Arbitrary<LearnedGroup> = fc.record(
  {
    name,
    lastSeen: fc.integer({ min: 0, max: 2 ** 33 }),
    start: name,
    series: fc.record(Object.fromEntries([...METRICS.map((row) => row.name), 'fullest'].map((key) => [key, series])), {
      requiredKeys: [],
      noNullPrototype: true,
    }),
    releases: fc.array(
      fc.record(
        {
          release: name,
          seconds: fc.double({ min: 0, max: 2 ** 40, noNaN: true }).map((value) => value + 0 || 0),
          rises: fc.dictionary(fc.constantFrom(...METRICS.map((row) => row.name)), positive(2 ** 50), {
            noNullPrototype: true,
          }),
        },
        { noNullPrototype: true },
      ),
      { maxLength: MOST_RELEASES },
    ),
  },
  { requiredKeys: ['name', 'lastSeen', 'series'], noNullPrototype: true },
);
const learned: fc.Arbitrary<Learned> = fc.record(
  {
    intervalSeconds: fc.double({ min: 0.1, max: 3600, noNaN: true }),
    groups: fc.uniqueArray(group, { selector: (one) => one.name, maxLength: 5 }),
  },
  { noNullPrototype: true },
);

test('a decoded state equals the encoded one', () => {
  fc.assert(
    fc.property(learned, (given) => {
      const { text, leftOut } = encodeState(given, PLENTY);
      expect(leftOut).toBe(0);
      expect(text).toMatch(/^[\n\x20-\x7e]*$/);
      expect(decodeState(text)).toEqual(given);
    }),
  );
});

test('if not all groups fit, the last ones are left out and the rest can be decoded', () => {
  fc.assert(
    fc.property(learned, fc.integer({ min: 100, max: 3000 }), (given, atMost) => {
      const { text, leftOut } = encodeState(given, atMost);
      expect(text.length).toBeLessThanOrEqual(atMost);
      expect(decodeState(text).groups).toEqual(given.groups.slice(0, given.groups.length - leftOut));
    }),
  );
});

/** The reason why the text is refused. Any other error than `Malformed` is a bug. */
function reasonOf(text: string): string | undefined {
  try {
    decodeState(text);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(Malformed);
    return (error as Malformed).message;
  }
}

describe('a wrong state is refused with the field and the reason', () => {
  const one = { slots: 7, floorFalls: [1], meanFalls: [1], evidence: [1, 1, 1, 1] };
  const withSeries = (changed: object) =>
    state({ groups: [{ name: 'web', lastSeen: 1, series: { rss: { ...one, ...changed } } }] });
  const lived = { settled: 1, unsettledSlots: 0, thirdRise: 0, fourthRise: 0, highs: [2, 3], lows: [1, 2] };
  const withLives = (changed: object) => withSeries({ lives: { ...lived, ...changed } });
  const state = (changed: object) =>
    JSON.stringify({ 'leakwatch-state': 1, intervalSeconds: 20, groups: [], ...changed });
  const whole = encodeState(
    { intervalSeconds: 20, groups: [{ name: 'web', lastSeen: 1, series: { rss: one } }] },
    PLENTY,
  ).text;

  test.each([
    ['', 'it is not JSON, or not all of it is there'],
    [whole.slice(0, -3), 'it is not JSON, or not all of it is there'],
    ['\0'.repeat(100), 'it is not JSON, or not all of it is there'],
    ['[]', 'state: not an object'],
    ['null', 'state: not an object'],
    ['{"leakwatch":1,"intervalSeconds":20}', 'it is not a state file of leakwatch'],
    [state({ 'leakwatch-state': 2 }), 'leakwatch-state is not 1, the only version that is read here'],
    [state({ intervalSeconds: '20' }), 'intervalSeconds: not a number from 0 to 2^53'],
    [state({ intervalSeconds: 0 }), 'intervalSeconds: not a number above 0'],
    [state({ groups: {} }), 'groups: not a list'],
    [state({ groups: Array(1001).fill({}) }), 'groups: more than 1000 entries'],
    [state({ groups: [7] }), 'groups.0: not an object'],
    [state({ groups: [{ name: 7 }] }), 'groups.0.name: not a text of at most 256 characters'],
    [state({ groups: [{ name: 'x'.repeat(257) }] }), 'groups.0.name: not a text of at most 256 characters'],
    [state({ groups: [{ name: 'x', series: {} }] }), 'groups.0.lastSeen: not a number from 0 to 2^53'],
    [
      state({ groups: [{ name: 'x', lastSeen: 1, start: 7, series: {} }] }),
      'groups.0.start: not a text of at most 256 characters',
    ],
    [state({ groups: Array(2).fill({ name: 'x', lastSeen: 1, series: {} }) }), 'groups: has a name twice'],
    [withSeries({ slots: 1.5 }), 'groups.0.series.rss.slots: not a whole number'],
    [withSeries({ slots: -1 }), 'groups.0.series.rss.slots: not a number from 0 to 2^53'],
    [withSeries({ startedAt: null }), 'groups.0.series.rss.startedAt: not a number from 0 to 2^53'],
    [withSeries({ reaping: 9 }), 'groups.0.series.rss.reaping: not an object'],
    [withSeries({ reaping: { most: 9 } }), 'groups.0.series.rss.reaping.slots: not a number from 0 to 2^53'],
    [withSeries({ lives: 46 }), 'groups.0.series.rss.lives: not an object'],
    [withLives({ settled: -1 }), 'groups.0.series.rss.lives.settled: not a number from 0 to 2^53'],
    [withLives({ thirdRise: null }), 'groups.0.series.rss.lives.thirdRise: not a number from 0 to 2^53'],
    [withLives({ fourthRise: '1' }), 'groups.0.series.rss.lives.fourthRise: not a number from 0 to 2^53'],
    [withLives({ unsettledSlots: -1 }), 'groups.0.series.rss.lives.unsettledSlots: not a number from 0 to 2^53'],
    [withLives({ highs: [null, 1] }), 'groups.0.series.rss.lives.highs.0: not a number from 0 to 2^53'],
    [withLives({ lows: [1] }), 'groups.0.series.rss.lives: its lists are not of the same length'],
    [withSeries({ floorFalls: [-1] }), 'groups.0.series.rss.floorFalls.0: not a number from 0 to 2^53'],
    [withSeries({ meanFalls: [1, 2] }), 'groups.0.series.rss: its lists do not have the same number of levels'],
    [withSeries({ evidence: [1, 1, 1] }), 'groups.0.series.rss: its lists do not have the same number of levels'],
    [
      withSeries({ evidence: [1, 1, 1, 1e31] }),
      'groups.0.series.rss.evidence.3: not a number from 0 to 1.0000000150474662e+30',
    ],
    [withSeries({ evidence: Array(257).fill(1) }), 'groups.0.series.rss.evidence: more than 256 entries'],
  ])('%.60s', (text, sentence) => {
    expect(reasonOf(text)).toBe(sentence);
  });

  test('any change of the text gives a state or a printable reason', () => {
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(9), fc.string({ unit: 'binary', maxLength: 9 }), (at, length, by) => {
        const reason = reasonOf(whole.slice(0, at) + by + whole.slice(at + length));
        if (reason !== undefined) expect(reason).toMatch(/^[\x20-\x7e]{5,120}$/);
      }),
      { numRuns: 2000 },
    );
  });
});
