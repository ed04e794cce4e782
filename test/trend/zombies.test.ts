import { describe, expect, test } from 'vitest';
import { METRIC_ROWS } from '../../src/model/metrics.ts';
import { FloatArena } from '../../src/series/float-arena.ts';
import { Series } from '../../src/series/series.ts';
import { ZombieDetector } from '../../src/trend/zombies.ts';
import { DAY, EPOCH, HOUR, INTERVAL_SECONDS, MINUTE, Random } from '../support/synthetic.ts';

/** How many zombies there are in a slot, and for how many slots the oldest has been dead. */
type Dead = (slot: number) => { count: number; oldest: number };

interface Options {
  readonly agesKnown: boolean;
  readonly intervalSeconds?: number;
}

const detectorOf = (series: Series) =>
  new ZombieDetector({
    metric: METRIC_ROWS.get('zombies')!,
    series,
    arena: new FloatArena(0),
    falseAlarmsPerYear: 1,
  });

const ignore = { blockClosed: () => undefined };

/** The stage after each slot. */
function stages(dead: Dead, slots: number, { agesKnown, intervalSeconds = INTERVAL_SECONDS }: Options): string[] {
  const series = new Series(intervalSeconds);
  const detector = detectorOf(series);
  return Array.from({ length: slots }, (_, slot) => {
    const { count, oldest } = dead(slot);
    detector.see(count, agesKnown && count > 0 ? oldest * intervalSeconds : undefined);
    series.push(EPOCH + slot * intervalSeconds, count, ignore);
    detector.slotClosed();
    return detector.stage;
  });
}

const oneEach =
  (every: number): Dead =>
  (slot) => ({ count: Math.floor(slot / every), oldest: slot - every });

describe.each([{ agesKnown: true }, { agesKnown: false }])('with ages known: $agesKnown', (options) => {
  test('a zombie a minute is a leak within six minutes, and stays one', () => {
    const seen = stages(oneEach(MINUTE), DAY, options);
    const found = seen.indexOf('leak');
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThanOrEqual(6 * MINUTE);
    expect(new Set(seen.slice(found))).toEqual(new Set(['leak']));
  });

  test('a zombie in five minutes is found within the hour', () => {
    const seen = stages(oneEach(5 * MINUTE), HOUR, options);
    expect(['suspect', 'leak']).toContain(seen.at(-1));
  });

  test('a parent that reaps every two minutes is not accused', () => {
    const random = new Random(1);
    for (const perSlot of [1, 2, 5]) {
      const dead: Dead = (slot) => {
        const since = slot % (2 * MINUTE);
        return { count: since === 0 ? 0 : since * perSlot + random.between(0, 1), oldest: since };
      };
      expect(new Set(stages(dead, DAY, options))).toEqual(new Set(['quiet']));
    }
  });

  test.each([10, 30])('a parent that reaps every %i minutes is accused once at the most', (minutes) => {
    const dead: Dead = (slot) => {
      const since = slot % (minutes * MINUTE);
      return { count: since, oldest: since };
    };
    const seen = stages(dead, DAY, options);
    const accusations = seen.filter((stage, at) => stage !== 'quiet' && seen[at - 1] === 'quiet');
    expect(accusations.length).toBeLessThanOrEqual(1);
    expect(new Set(seen.slice(minutes * MINUTE))).toEqual(new Set(['quiet']));
  });

  test('a parent that stops reaping is accused again', () => {
    const dead: Dead = (slot) => {
      const since = slot < HOUR ? slot % (10 * MINUTE) : slot - HOUR;
      return { count: since, oldest: since };
    };
    expect(stages(dead, 2 * HOUR, options).at(-1)).toBe('leak');
  });

  test('three old ones that never grow more are suspect and no leak, and over when they are reaped', () => {
    const dead: Dead = (slot) => ({ count: slot >= 100 && slot < 700 ? 3 : 0, oldest: slot - 100 });
    const seen = stages(dead, 1000, options);
    expect(new Set(seen.slice(0, 100))).toEqual(new Set(['quiet']));
    expect(seen.slice(100 + 13, 700)).not.toContain('quiet');
    expect(new Set(seen.slice(700))).toEqual(new Set(['quiet']));
  });

  test('a leak is over when most are reaped', () => {
    const dead: Dead = (slot) => ({ count: slot < 300 ? slot / MINUTE : 2, oldest: slot });
    const seen = stages(dead, 400, options);
    expect(seen[299]).toBe('leak');
    expect(new Set(seen.slice(300))).toEqual(new Set(['quiet']));
  });

  test('two are nobody’s trouble', () => {
    expect(new Set(stages((slot) => ({ count: 2, oldest: slot }), DAY, options))).toEqual(new Set(['quiet']));
  });
});

test('bursts that are gone with the next sample make no leak of three that lie', () => {
  const random = new Random(2);
  let burst = false;
  const dead: Dead = (slot) => {
    burst = !burst && random.next() < 0.3;
    return { count: burst ? 12 : 3, oldest: slot };
  };
  const seen = stages(dead, DAY, { agesKnown: true });
  expect(seen).not.toContain('leak');
  expect(seen).toContain('suspect');
});

test('waves that come and go make no leak of three that lie', () => {
  const dead: Dead = (slot) => ({ count: 3 + (slot % 7), oldest: slot });
  const seen = stages(dead, DAY, { agesKnown: true });
  expect(seen).not.toContain('leak');
  expect(seen).toContain('suspect');
});

test('young zombies, however many, are those of a busy parent', () => {
  const dead: Dead = (slot) => ({ count: Math.min(40, slot), oldest: 2 });
  expect(new Set(stages(dead, DAY, { agesKnown: true }))).toEqual(new Set(['quiet']));
});

test('unknown counts neither accuse nor acquit', () => {
  const dead: Dead = (slot) => ({ count: slot % 30 > 27 ? Number.NaN : Math.floor(slot / MINUTE), oldest: slot });
  const seen = stages(dead, HOUR, { agesKnown: true });
  const found = seen.indexOf('leak');
  expect(found).toBeLessThanOrEqual(6 * MINUTE);
  expect(new Set(seen.slice(found))).toEqual(new Set(['leak']));
  const never = stages(() => ({ count: Number.NaN, oldest: 0 }), HOUR, { agesKnown: false });
  expect(new Set(never)).toEqual(new Set(['quiet']));
});

test('patience is minutes, at any interval', () => {
  for (const intervalSeconds of [5, 60, 300]) {
    const perSlot: Dead = (slot) => ({ count: slot, oldest: slot });
    const seen = stages(perSlot, 200, { agesKnown: true, intervalSeconds });
    const foundAfter = (seen.indexOf('leak') * intervalSeconds) / 60;
    expect(foundAfter, `${intervalSeconds} s`).toBeGreaterThanOrEqual(2);
    expect(foundAfter, `${intervalSeconds} s`).toBeLessThanOrEqual(Math.max(6, (6 * intervalSeconds) / 60));
  }
});

test('is as new after a restart', () => {
  const series = new Series(INTERVAL_SECONDS);
  const detector = detectorOf(series);
  const push = (slot: number, count: number) => {
    detector.see(count, undefined);
    series.push(EPOCH + slot * INTERVAL_SECONDS, count, ignore);
    detector.slotClosed();
    return detector.stage;
  };
  for (let slot = 0; slot < 500; slot++) push(slot, slot);
  expect(detector.stage).toBe('leak');
  series.restart();
  detector.restart();
  expect(detector.stage).toBe('quiet');
  // Three where there were 500 would be "most are reaped", if anything were remembered.
  const seen = Array.from({ length: 20 }, (_, slot) => push(1000 + slot, 3));
  expect(seen.at(-1)).toBe('suspect');
});

describe('each rule at its boundary, with ages unknown', () => {
  /** The stages after an hour without zombies, then these counts; the last of them stays for another hour. */
  const stagesOf = (...counts: number[]) => {
    const dead: Dead = (slot) => ({ count: slot < HOUR ? 0 : (counts[slot - HOUR] ?? counts.at(-1)!), oldest: 0 });
    return stages(dead, 2 * HOUR + counts.length, { agesKnown: false }).slice(HOUR);
  };
  const lasting = (slots: number, count: number): number[] => Array.from({ length: slots }, () => count);

  test('patience is four minutes, and two slots where a slot lasts longer', () => {
    expect(detectorOf(new Series(20)).patience).toBe(12);
    expect(detectorOf(new Series(300)).patience).toBe(2);
  });

  test('their number must have grown three times', () => {
    expect(stagesOf(3, 4, 5).at(-1)).toBe('leak');
    expect(stagesOf(3, 4).at(-1)).toBe('suspect');
  });

  test('a parent that leaves less than half of its zombies has reaped', () => {
    const leaking = [3, 10, ...lasting(12, 20)];
    expect(stagesOf(...leaking, 10)[leaking.length]).toBe('leak');
    expect(stagesOf(...leaking, 9)[leaking.length]).toBe('quiet');
  });

  test('a parent that reaps after half of the patience shows how late it may be', () => {
    const reapsAfter = (slots: number) => stagesOf(...lasting(slots, 30), 0, 3, 4, 5).at(-1);
    expect(reapsAfter(6)).toBe('quiet');
    expect(reapsAfter(5)).toBe('leak');
  });

  test('it is no leak if the number fell by more than half of what there is', () => {
    expect(stagesOf(3, 8, 20, 13, 14).at(-1)).toBe('leak');
    expect(stagesOf(3, 8, 20, 13, 13).at(-1)).toBe('suspect');
  });

  describe('a parent that has reaped nine zombies after ten slots', () => {
    const reaped = [...lasting(10, 9), 0];
    const then = (...counts: number[]) => stagesOf(...reaped, ...counts).slice(reaped.length);

    test('is late until one and a half times as many slots have passed', () => {
      expect(then(20, 30, 40).indexOf('leak')).toBe(16);
    });

    test('is known to the next run of leakwatch, which may watch the same parent', () => {
      const before = detectorOf(new Series(1));
      expect(before.learned()).toEqual({});
      before.learn({ reaping: { most: 9, slots: 10 } });
      expect(before.learned()).toEqual({ reaping: { most: 9, slots: 10 } });
      before.restart();
      expect(before.learned()).toEqual({});
    });

    test('is accused of more zombies than nine and three roots of nine', () => {
      expect(then(16, 17, 18).at(-1)).toBe('quiet');
      expect(then(17, 18, 19).at(-1)).toBe('leak');
    });
  });
});
