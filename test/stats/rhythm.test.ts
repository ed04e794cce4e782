import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../bench/detection/random.js';
import { findRhythm } from '../../src/stats/rhythm.ts';

const DAY = 86_400;
const range = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));
/** What has just come. */
const rhythmOf = (starts: readonly number[]) => findRhythm(starts, starts.at(-1) ?? 0);
/** As the kernel tells them. */
const inTicks = (times: readonly number[]) => times.map((time) => Math.floor(time * 100) / 100).sort((a, b) => a - b);

/** Arrivals by chance: every `mean` seconds on average. */
function arrivals(random: Random, { from = 0, until, mean }: { from?: number; until: number; mean: number }): number[] {
  const times: number[] = [];
  let t = from;
  while (t < until) {
    t -= mean * Math.log(1 - random.next());
    times.push(t);
  }
  return times.slice(0, -1);
}

describe('a timer', () => {
  test('is told by six starts, with its period and how exact it is', () => {
    expect(rhythmOf(range(6, (i) => 7 + 20 * i))).toEqual({
      count: 6,
      every: { seconds: 20, spread: 0.01, share: 1 },
    });
    expect(rhythmOf(range(5, (i) => 7 + 20 * i))).toBeUndefined();
  });

  test('that is late by a little is one, and its spread says by how much', () => {
    const { every } = rhythmOf([0, 20.1, 40, 60, 80.1, 100, 120, 140.1, 160])!;
    expect(every?.seconds).toBeCloseTo(20, 1);
    expect(every?.spread).toBeCloseTo(0.1, 5);
  });

  test('that waits anew after each start is one', () => {
    const random = new Random('drift');
    let t = 0;
    expect(rhythmOf(range(40, () => (t += 20 + random.within(0, 2))))?.every?.seconds).toBeCloseTo(21, 0);
  });

  test('of which a third was missed is one; its multiples and its parts are not', () => {
    const random = new Random('missed');
    const starts = range(60, (i) => 20 * i).filter(() => !random.happens(0.33));
    expect(rhythmOf(starts)?.every).toEqual({ seconds: 20, spread: 0.01, share: 1 });
  });

  test('among others that come by chance is the rhythm of most of them', () => {
    const random = new Random('others');
    const starts = [...range(60, (i) => 20 * i), ...arrivals(random, { until: 1200, mean: 80 })].sort((a, b) => a - b);
    const { every } = rhythmOf(starts)!;
    expect(every?.seconds).toBeCloseTo(20, 5);
    expect(every?.share).toBeGreaterThan(0.5);
    expect(every?.share).toBeLessThan(0.8);
  });

  test('whose gaps differ by more than a tenth of it is none', () => {
    const random = new Random('late');
    const starts = range(40, (i) => 20 * i + random.within(0, 10));
    expect(rhythmOf(starts)).toBeUndefined();
  });

  test('of less than twenty ticks of the clock is none, as all gaps are multiples of a tick', () => {
    expect(rhythmOf(range(100, (i) => 0.2 * i))?.every?.seconds).toBeCloseTo(0.2, 5);
    expect(rhythmOf(range(100, (i) => 0.1 * i))).toBeUndefined();
  });

  test('that came only at first is none: the period is tested on other gaps than those that it is from', () => {
    const random = new Random('at first');
    const later = arrivals(random, { from: 400, until: 1200, mean: 20 });
    expect(rhythmOf([...range(20, (i) => 20 * i), ...later])).toBeUndefined();
  });
});

describe('bursts', () => {
  const sizes = [3, 8, 5, 3, 4, 7, 3, 6];
  const burst = (at: number, size: number) => range(size, (i) => at + 0.1 * i);

  test('are told with the fewest and the most that came together', () => {
    const random = new Random('bursts');
    const times = arrivals(random, { until: 6000, mean: 500 });
    expect(times.length).toBeGreaterThan(6);
    const starts = times.flatMap((at, i) => burst(at, sizes[i % sizes.length]!));
    expect(rhythmOf(starts)).toEqual({ count: starts.length, bursts: { low: 3, high: 8 } });
  });

  test('that come by a timer are both', () => {
    const starts = sizes.flatMap((size, i) => burst(60 * i, size));
    expect(rhythmOf(starts)).toEqual({
      count: 39,
      bursts: { low: 3, high: 8 },
      every: { seconds: 60, spread: 0.01, share: 1 },
    });
  });

  test('are none where there are four, or where gaps of every length lie between', () => {
    expect(rhythmOf([0, 500, 700, 3000].flatMap((at) => burst(at, 5)))).toBeUndefined();
    const random = new Random('lengths');
    let t = 0;
    expect(rhythmOf(range(100, () => (t += random.scale(0.1, 100))))).toBeUndefined();
  });

  test('of pairs in which one is alone now and then may have one', () => {
    const starts = range(12, (i) => [
      100 * i + (i % 3) * 40,
      ...(i % 4 === 0 ? [] : [100 * i + (i % 3) * 40 + 0.5]),
    ]).flat();
    expect(rhythmOf(starts)?.bursts).toEqual({ low: 1, high: 2 });
  });
});

describe('hours of the day', () => {
  const MIDNIGHT = 20_000 * DAY;
  const nights = (count: number, { from, to }: { from: number; to: number }) => {
    const random = new Random(`nights ${count}`);
    return range(3 * count, (i) => MIDNIGHT + Math.floor(i / 3) * DAY + random.within(from, to) * 3600).sort(
      (a, b) => a - b,
    );
  };

  test('are told if all came within a few of them, on enough days', () => {
    expect(rhythmOf(nights(10, { from: 1, to: 4 }))?.hours).toEqual({ from: 1, to: 4 });
    expect(rhythmOf(nights(4, { from: 1, to: 4 }))?.hours).toBeUndefined();
  });

  test('are not told of three days, however exact', () => {
    const minutes = (days: number) =>
      range(3 * days, (i) => MIDNIGHT + Math.floor(i / 3) * DAY + 40_000 + (i % 3) * 7.5 ** (i % 2));
    expect(rhythmOf(minutes(3))).toBeUndefined();
    expect(rhythmOf(minutes(4))?.hours).toEqual({ from: 11, to: 12 });
    expect(rhythmOf(range(40, (i) => MIDNIGHT + 40_000.37 + i ** 2 / 700))).toBeUndefined();
  });

  test('may go over midnight', () => {
    expect(rhythmOf(nights(10, { from: 23, to: 26 }))?.hours).toEqual({ from: 23, to: 2 });
  });

  test('are none where they are more than a third of the day', () => {
    expect(rhythmOf(nights(60, { from: 6, to: 13.9 }))?.hours).toEqual({ from: 6, to: 14 });
    expect(rhythmOf(nights(60, { from: 6, to: 15 }))?.hours).toBeUndefined();
  });

  test('give way to a timer that comes at a certain minute of each day', () => {
    const exact = range(12, (i) => MIDNIGHT + i * DAY + 10_800);
    expect(rhythmOf(exact)).toEqual({ count: 12, every: { seconds: DAY, spread: 0.01, share: 1 } });
    const random = new Random('about');
    const about = range(12, (i) => MIDNIGHT + i * DAY + 10_800 + random.within(0, 7000));
    expect(rhythmOf(about)).toEqual({ count: 12, hours: { from: 3, to: 5 } });
  });
});

describe('none since', () => {
  test('is told when a timer has missed three of its periods, and not before', () => {
    const starts = range(10, (i) => 20 * i);
    expect(findRhythm(starts, 180 + 59)?.noneSince).toBeUndefined();
    expect(findRhythm(starts, 180 + 60)?.noneSince).toBe(180);
  });

  test('is told of what came by chance, when that is improbable and a night has been seen', () => {
    const starts = arrivals(new Random('none'), { until: 2 * DAY, mean: 1200 });
    const longest = Math.max(...starts.slice(1).map((start, i) => start - starts[i]!));
    expect(findRhythm(starts, starts.at(-1)! + 2.9 * longest)).toBeUndefined();
    expect(findRhythm(starts, starts.at(-1)! + 3.1 * longest)).toEqual({
      count: starts.length,
      noneSince: starts.at(-1),
    });
    // The same in minutes instead of hours: it may be night now.
    const quick = starts.map((start) => start / 10);
    expect(findRhythm(quick, quick.at(-1)! + longest)).toBeUndefined();
    expect(findRhythm(quick, quick.at(-1)! + DAY)?.noneSince).toBe(quick.at(-1));
  });

  test('is not told of a few: one more may still come', () => {
    expect(findRhythm([0, DAY / 2, DAY], 4 * DAY)).toBeUndefined();
  });
});

describe('chance', () => {
  test('has no rhythm, in 99.9 of a hundred cases; docs/evidence.md has more of them', () => {
    const random = new Random('chance');
    let said = 0;
    for (let run = 0; run < 3000; run++) {
      const until = random.scale(600, 20 * DAY);
      const depth = random.choice([0, 0, 1]);
      const starts = arrivals(random, { until, mean: until / random.scale(8, 400) }).filter((t) =>
        random.happens((1 + depth * Math.cos((2 * Math.PI * t) / DAY)) / (1 + depth)),
      );
      if (findRhythm(inTicks(starts).slice(-256), until)) said++;
    }
    expect(said).toBeLessThanOrEqual(6);
  });

  test('and any times at all give a result that holds for them', () => {
    const times = fc.array(fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constantFrom(0, 1, 2000)), { maxLength: 80 });
    fc.assert(
      fc.property(times, fc.nat(10_000), (ticks, quiet) => {
        const starts = ticks.map((tick) => tick / 100).sort((a, b) => a - b);
        const rhythm = findRhythm(starts, (starts.at(-1) ?? 0) + quiet);
        if (!rhythm) return;
        const { count, every, bursts, noneSince } = rhythm;
        expect(count).toBe(starts.length);
        if (every) expect(every.seconds).toBeGreaterThanOrEqual(0.18);
        if (every) expect(every.spread).toBeLessThanOrEqual(Math.max(0.01, 0.1 * every.seconds + 1e-9));
        if (bursts) expect(bursts.high).toBeLessThanOrEqual(starts.length);
        if (noneSince !== undefined) expect(noneSince).toBe(starts.at(-1));
      }),
    );
  });
});
