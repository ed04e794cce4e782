import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Series } from '../../src/series/series.ts';
import { EPOCH, INTERVAL_SECONDS } from '../support/synthetic.ts';

const UNKNOWN = Number.NaN;
const ignore = { blockClosed: () => undefined };

/** The slots that these readings made, oldest first. */
function slotsOf(readings: readonly (readonly [t: number, value: number])[], series = new Series(INTERVAL_SECONDS)) {
  for (const [t, value] of readings) series.push(t, value, ignore);
  return slots(series);
}

function slots({ floors }: Series): number[] {
  return Array.from({ length: floors.kept(0) }, (_, at) => floors.floor(0, floors.kept(0) - 1 - at));
}

const at = (slot: number, off = 0) => EPOCH + slot * INTERVAL_SECONDS + off;

test('readings that come early or late by less than half an interval fall into their slots', () => {
  const jitter = fc.double({ min: -0.49, max: 0.49, noNaN: true });
  fc.assert(
    fc.property(fc.array(jitter, { minLength: 1, maxLength: 30 }), (offsets) => {
      const readings = offsets.map((off, slot) => [at(slot, slot === 0 ? 0 : off * INTERVAL_SECONDS), slot] as const);
      expect(slotsOf(readings)).toEqual(offsets.map((_, slot) => slot));
    }),
  );
});

test('slots without a reading are unknown, and so are readings without a value', () => {
  const readings = [
    [at(0), 5],
    [at(1), UNKNOWN],
    [at(4), 7],
  ] as const;
  expect(slotsOf(readings)).toEqual([5, UNKNOWN, UNKNOWN, UNKNOWN, 7]);
});

test('of two readings for one slot the least counts', () => {
  const readings = [
    [at(0), 9],
    [at(1, -9), 4],
    [at(1, 9), 3],
    [at(2), 8],
    [at(3), 8],
  ] as const;
  // The slot of the reading that came too many is closed already; the least goes into the next.
  expect(slotsOf(readings)).toEqual([9, 4, 3, 8]);
  const greater = readings.map(([t, value], index) => [t, index === 2 ? 50 : value] as const);
  expect(slotsOf(greater)).toEqual([9, 4, 8, 8]);
});

test('a reading too many is not lost where the next slot stays empty', () => {
  const readings = [
    [at(0), 9],
    [at(0, 5), 4],
    [at(0, 6), 6],
    [at(2), 8],
  ] as const;
  expect(slotsOf(readings)).toEqual([9, 4, 8]);
});

test('a clock that is set back costs no slot', () => {
  const readings = [
    [at(100), 1],
    [at(101), 2],
    [at(40, 7), 3],
    [at(41, 7), 4],
    [at(43, 7), 5],
  ] as const;
  const series = new Series(INTERVAL_SECONDS);
  expect(slotsOf(readings, series)).toEqual([1, 2, 3, 4, UNKNOWN, 5]);
  expect(series.timeOf(2)).toBe(at(40, 7));
});

test('a gap of days is the end of what was known; one a little shorter is a gap', () => {
  const series = new Series(INTERVAL_SECONDS);
  const before = [
    [at(0), 1],
    [at(1), 2],
  ] as const;
  slotsOf(before, series);
  series.push(at(2 + 12_960), 3, ignore);
  expect(series.floors.slots).toBe(2 + 12_960 + 1);
  series.push(at(2 + 12_960 + 1 + 12_961), 4, ignore);
  expect(slots(series)).toEqual([4]);
  expect(series.timeOf(0)).toBe(at(2 + 12_960 + 1 + 12_961));
});

test('every level that closes is told, lowest first, and whether a slot closed', () => {
  const series = new Series(INTERVAL_SECONDS);
  const told: number[] = [];
  const push = (t: number) => series.push(t, 1, { blockClosed: (level) => told.push(level) });
  expect([push(at(0)), push(at(0, 3)), push(at(3))]).toEqual([true, false, true]);
  // Slots 0 to 3.
  expect(told).toEqual([0, 0, 1, 0, 0, 1, 2]);
});

test('after a restart nothing is left of what was', () => {
  const readings = [
    [at(7), 5],
    [at(7, 2), 1],
    [at(8), 6],
  ] as const;
  const series = new Series(INTERVAL_SECONDS);
  slotsOf(
    [
      [at(900), 0],
      [at(900, 1), 0],
    ],
    series,
  );
  series.restart();
  expect(slotsOf(readings, series)).toEqual(slotsOf(readings));
  expect(series.timeOf(1)).toBe(at(8));
});

test('points are the floors of the window at the finest level that remembers it', () => {
  const series = new Series(INTERVAL_SECONDS);
  for (let slot = 0; slot < 100; slot++) series.push(at(slot), slot === 98 ? UNKNOWN : slot, ignore);
  expect(series.points(5 * INTERVAL_SECONDS)).toEqual(
    [95, 96, 97, 99].map((slot) => ({ t: at(slot), v: slot })), // 98 is unknown
  );
  // 32 blocks of two slots; each block is dated by its beginning.
  const points = series.points(64 * INTERVAL_SECONDS);
  expect(points).toHaveLength(32);
  expect(points[0]).toEqual({ t: at(36), v: 36 });
  expect(points.at(-1)).toEqual({ t: at(98), v: 99 });
  // Longer than anything seen: the coarsest level that has two blocks at least; its block of 96 to 127 is still open.
  expect(series.points(1e9)).toEqual([0, 32, 64].map((slot) => ({ t: at(slot), v: slot })));
  expect(new Series(INTERVAL_SECONDS).points(3600)).toEqual([]);
});
