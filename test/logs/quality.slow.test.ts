/**
 * Quality in numbers: memory of many kinds, healthy, on a plateau and leaking, as a dyno lives it, against the
 * conclusion. The bounds are what was measured, with some air; a change that makes it worse shows here.
 */
import { describe, expect, test } from 'vitest';
import { Book } from '../../src/logs/book.ts';
import { concludeDyno } from '../../src/logs/conclusion.ts';
import { DAY, HOUR, MINUTE, Random, sawtooth, wandering } from '../support/synthetic.ts';

const MIB = 2 ** 20;
const QUOTA = 512;

type Values = (slot: number) => number;

/** What is found of one dyno that is restarted each day, and killed at twice its quota. */
function conclusionOn(values: Values, slots: number): string {
  const book = new Book({ falseAlarmsPerMonth: 1 });
  let life = 0;
  let begun = 0;
  for (let slot = 0; slot < slots; slot++) {
    if (slot - begun >= DAY) {
      life++;
      begun = slot;
    }
    const origin = { t: 1_795_197_600 + 20 * slot, drain: '', process: 'web.1' };
    const memory = values(slot - begun);
    const bytes = { memory: memory * MIB, swap: Math.max(0, memory - QUOTA) * MIB, load: 0.2 };
    book.take(
      { kind: 'sample', by: 'platform', instance: String(life), appId: '1', values: bytes, quotaBytes: QUOTA * MIB },
      origin,
    );
    if (memory > QUOTA) book.take({ kind: 'error', code: 'R14', desc: 'Memory quota exceeded' }, origin);
    if (memory > 2 * QUOTA) {
      book.take({ kind: 'error', code: 'R15', desc: 'Memory quota vastly exceeded' }, origin);
      book.take({ kind: 'state', from: 'up', to: 'crashed' }, origin);
      book.take({ kind: 'state', from: 'crashed', to: 'starting' }, { ...origin, t: origin.t + 1 });
      life++;
      begun = slot + 1;
    }
  }
  return book.state.dynos.flatMap(concludeDyno)[0]?.kind ?? 'nothing';
}

function shareOf(kind: string, make: (random: Random) => Values, slots: number, runs = 8): number {
  let hits = 0;
  for (let seed = 1; seed <= runs; seed++) if (conclusionOn(make(new Random(seed * 77 + 1)), slots) === kind) hits++;
  return hits / runs;
}

describe('in good health', () => {
  test.each<readonly [name: string, make: (random: Random) => Values]>([
    [
      'level',
      (random) => {
        const noise = wandering(random, 0.9);
        return () => 350 + 6 * noise();
      },
    ],
    [
      'wandering',
      (random) => {
        const noise = wandering(random, 0.999);
        return () => 380 + 30 * noise();
      },
    ],
    [
      'teeth',
      (random) => {
        const tooth = sawtooth(random, random.between(10 * MINUTE, 3 * HOUR));
        let at = 0;
        return () => 250 + 150 * tooth(at++) + 3 * random.normal();
      },
    ],
    [
      'warm-up',
      (random) => {
        const tau = random.between(5 * MINUTE, 6 * HOUR);
        return (slot) => 100 + 300 * (1 - Math.exp(-slot / tau)) + 4 * random.normal();
      },
    ],
    [
      'a cache that fills ever more slowly',
      (random) => (slot) => 100 + 40 * Math.log1p(slot / 30) + 4 * random.normal(),
    ],
    [
      'a ramp that holds',
      (random) => {
        const length = random.between(30 * MINUTE, 5 * HOUR);
        return (slot) => 150 + 250 * Math.min(1, slot / length) + 4 * random.normal();
      },
    ],
  ])('%s: nothing is found in a day and a half', (_, make) => {
    expect(shareOf('nothing', make, 1.5 * DAY)).toBe(1);
  });

  test('day and night: the morning of a life may look as if it went on to the quota, and is no leak', () => {
    const make = (random: Random): Values => {
      const phase = random.next();
      return (slot) => 350 + 80 * Math.sin(2 * Math.PI * (slot / DAY + phase)) + 5 * random.normal();
    };
    const nothing = shareOf('nothing', make, 1.5 * DAY);
    expect(nothing).toBeGreaterThanOrEqual(0.5);
    expect(nothing + shareOf('quota_ahead', make, 1.5 * DAY)).toBe(1);
  });
});

describe('above the quota and settled', () => {
  test.each<readonly [name: string, make: (random: Random) => Values]>([
    [
      'after a warm-up',
      (random) => {
        const tau = random.between(3 * MINUTE, 90 * MINUTE);
        return (slot) => 150 + 500 * (1 - Math.exp(-slot / tau)) + 6 * random.normal();
      },
    ],
    [
      'after a ramp',
      (random) => {
        const length = random.between(10 * MINUTE, 2 * HOUR);
        return (slot) => 150 + 480 * Math.min(1, slot / length) + 4 * random.normal();
      },
    ],
    [
      'with teeth',
      (random) => {
        const tooth = sawtooth(random, random.between(10 * MINUTE, HOUR));
        return (slot) => 560 + 80 * tooth(slot) + 3 * random.normal();
      },
    ],
  ])('%s: a plateau is found in twelve hours, and mostly in four', (_, make) => {
    expect(shareOf('plateau', make, 12 * HOUR)).toBe(1);
    expect(shareOf('plateau', make, 4 * HOUR)).toBeGreaterThan(0.7);
  });
});

describe('a leak', () => {
  test.each<readonly [perHour: number, hours: number]>([
    [10, 30],
    [20, 24],
    [38, 9.5],
    [60, 6],
    [150, 3],
    [600, 1.5],
    [600, 4],
  ])('of %i MB an hour is found in %f hours', (perHour, hours) => {
    const plain = (random: Random): Values => {
      const base = random.between(120, 300);
      const noise = wandering(random, 0.9);
      return (slot) => base + (perHour * slot) / HOUR + 5 * noise();
    };
    const warming = (random: Random): Values => {
      const base = random.between(100, 200);
      return (slot) =>
        base + 100 * (1 - Math.exp(-slot / (10 * MINUTE))) + (perHour * slot) / HOUR + 5 * random.normal();
    };
    const toothed = (random: Random): Values => {
      const tooth = sawtooth(random, random.between(10 * MINUTE, HOUR));
      return (slot) => 150 + 60 * tooth(slot) + (perHour * slot) / HOUR + 3 * random.normal();
    };
    for (const make of [plain, warming, toothed]) expect(shareOf('leak', make, Math.round(hours * HOUR))).toBe(1);
  });
});
