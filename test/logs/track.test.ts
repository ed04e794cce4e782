/** One series of one life: at which interval it is judged, and what its shape is measured on. */
import { describe, expect, test } from 'vitest';
import type { Measure } from '../../src/formats/heroku/events.ts';
import { intervalOf, Track } from '../../src/logs/track.ts';
import { lateRise, numbers, START, trackWith } from './states.ts';

describe('the interval of the readings', () => {
  test('is the median of their differences', () => {
    expect(intervalOf([60, 10, 59, 61, 60])).toBe(60);
  });

  test('is that of the platform from 15 to 30 seconds', () => {
    expect([14.9, 15, 20.3, 30, 30.1].map((gap) => intervalOf([gap]))).toEqual([14.9, 20, 20, 20, 30.1]);
  });

  test('is between a tenth of a second and ten minutes', () => {
    expect([0.05, 0.1, 0.11, 590, 600, 700].map((gap) => intervalOf([gap]))).toEqual([0.1, 0.1, 0.11, 590, 600, 600]);
  });

  test('is taken from the first five differences', () => {
    // Their median is a minute. That of any other number of them is 40 seconds or less: an hour takes 90 readings or more.
    const gaps = [20, 20, 60, 60, 60, 20, 20, 20, 20, 20, ...numbers(60, () => 60)];
    const track = new Track({ measure: 'memory', falseAlarmsPerYear: 12 });
    let t = START;
    track.push(t, 300);
    for (const gap of gaps) {
      t += gap;
      track.push(t, 300);
    }
    expect(track.verdict).toBe('ok');
  });
});

describe('the shape', () => {
  const kindOf = (measure: Measure, values: readonly number[]) => trackWith(measure, values).report().shape?.kind;

  test('takes a rise of twice what the detector takes: six threads', () => {
    expect(kindOf('threads', lateRise(40, 6.01))).toBe('climbing');
    expect(kindOf('threads', lateRise(40, 5.99))).toBe('flat');
  });

  test('takes a rise of 4 % of the level, which is the middle of the last quarter', () => {
    // The last quarter begins after half of the rise.
    const share = (rise: number): number => rise / (1000 + 0.75 * rise);
    expect(kindOf('threads', lateRise(1000, 41.5))).toBe('climbing');
    expect(share(41.5)).toBeCloseTo(0.04, 3);
    expect(kindOf('threads', lateRise(1000, 40.8))).toBe('flat');
  });

  test('is measured on 192 buckets of 20 seconds; when they are full, each two become one', () => {
    const spanOf = (count: number, start: number) =>
      trackWith(
        'threads',
        numbers(count, () => 40),
        start,
      ).report().shape?.spanSeconds;
    // Blocks of six buckets, the last of which begins at the 186th; then blocks of four double ones.
    expect(spanOf(192, START + 20)).toBe(186 * 20);
    expect(spanOf(193, START)).toBe(192 * 20);
  });
});
