import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeHeader, encodeReadings, parseRecordingLine } from '../src/formats/recording.ts';
import { finish } from '../src/model/portions.ts';
import type { GroupReading, Readings } from '../src/model/reading.ts';
import { createState, step, stepInPortions } from '../src/step.ts';
import type { Event, Report } from '../src/verdict/report.ts';
import { expectGolden } from './support/golden.ts';
import { type HostDraft, readingsOf } from './support/readings.ts';
import { HOUR, INTERVAL_SECONDS, MIB, MINUTE, Random, twoForwardOneBack } from './support/synthetic.ts';

const OPTIONS = { intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 };

const reportsOf = (recording: readonly Readings[]): Report[] => {
  const state = createState(OPTIONS);
  return recording.map((readings) => step(state, readings));
};

/** A life is old enough by then: what grows later is told as soon as it can be. */
const CALM = 30 * HOUR;

/**
 * A dyno: calm for thirty hours; then a library forks a child a minute and never waits, and threads go two forward and one
 * back, until the host can make no more of either and the application is restarted.
 */
function dyno(): Readings[] {
  const random = new Random(2013);
  const recording: Readings[] = [];
  let restarted: number | undefined;
  for (let slot = 0; slot < CALM + 4 * HOUR && (restarted === undefined || slot < restarted + HOUR); slot++) {
    const leaking = Math.max(0, slot - CALM);
    const zombies = Math.floor(leaking / MINUTE);
    const threads = 43 + twoForwardOneBack(leaking);
    const used = Math.min(256, threads + zombies + 9);
    if (used === 256) restarted ??= slot + 5 * MINUTE;
    const again = restarted !== undefined && slot >= restarted;
    const rss = (412 + random.between(0, 9)) * MIB;
    const host: HostDraft = {
      groups: {
        unicorn: {
          start: again ? '9120:2280000' : '4711:881234',
          processes: 4,
          threads: again ? 43 : threads,
          zombies: again ? 0 : zombies,
          fds: 88 + random.between(0, 12),
          rss,
          anon: rss - 110 * MIB,
          ...(zombies > 0 && !again && { oldestZombieSeconds: (leaking - MINUTE) * INTERVAL_SECONDS }),
        },
        postgres: { start: '17:4200', processes: 9, threads: 9, zombies: 0, rss: 96 * MIB },
      },
      bounds: {
        threads: { used: again ? 52 : used, limit: 256 },
        memory: { used: rss + 96 * MIB, limit: 1024 * MIB },
      },
    };
    // As a real clock has it: a little late now and then.
    const { t, ...rest } = readingsOf(slot, host);
    recording.push({ t: t + random.between(0, 900) / 1000, ...rest });
  }
  return recording;
}

const recording = dyno();

describe('the story of the dyno', () => {
  const events = reportsOf(recording).flatMap((report) => report.events);

  test('is told in this order, and all of it is over with the restart', () => {
    const told = events.filter(({ group, at }) => group === 'unicorn' && at !== 'resolved');
    expect(told.map(({ at, code }) => `${at} ${code}`)).toEqual([
      'alert W11',
      'warn W10',
      'warn W20',
      'alert W10',
      'alert W21',
    ]);
    const over = events.filter(({ group, at }) => group === 'unicorn' && at === 'resolved');
    expect(over.map(({ code }) => code).toSorted()).toEqual(['W10', 'W11', 'W20', 'W21']);
    const restart = recording.find(({ groups }) => groups.get('unicorn')!.start === '9120:2280000')!;
    // W21 waits for five samples, because a loop of restarts fills the limit again.
    expect(over.at(-2)!.t).toBe(restart.t);
    expect(over.at(-1)!.t - restart.t).toBeCloseTo(4 * INTERVAL_SECONDS, -1);
  });

  test('is told early: the zombies within six minutes, the end more than half an hour before', () => {
    const minutesIn = ({ t }: Event) => (t - recording[CALM]!.t) / 60;
    expect(minutesIn(events.find(({ code }) => code === 'W11')!)).toBeLessThan(6);
    expect(minutesIn(events.find(({ code }) => code === 'W10')!)).toBeLessThan(30);
    const [foretold] = events.filter(({ code }) => code === 'W20');
    const [reached] = events.filter(({ code }) => code === 'W21');
    expect(reached!.t - foretold!.t).toBeGreaterThan(30 * 60);
  });

  test('stays as it is', () => {
    expectGolden('replay-dyno.jsonl', events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  });
});

describe('a recording, replayed,', () => {
  test('says byte for byte what the live run said', () => {
    const lines = [
      encodeHeader({ intervalSeconds: INTERVAL_SECONDS, source: 'web.1' }),
      ...recording.map(encodeReadings),
    ];
    const [header, ...parsed] = lines.map(parseRecordingLine);
    expect(header).toEqual({ kind: 'header', intervalSeconds: INTERVAL_SECONDS, source: 'web.1' });
    const replayed = parsed.map((line) => {
      if (line.kind !== 'readings') throw new Error(JSON.stringify(line));
      return line.readings;
    });
    expect(JSON.stringify(reportsOf(replayed))).toBe(JSON.stringify(reportsOf(recording)));
  });

  test('whatever the live run saw', () => {
    fc.assert(
      fc.property(recordings, (live) => {
        const replayed = live.map((readings) => {
          const line = parseRecordingLine(encodeReadings(readings));
          if (line.kind !== 'readings') throw new Error(JSON.stringify(line));
          return line.readings;
        });
        expect(JSON.stringify(reportsOf(replayed))).toBe(JSON.stringify(reportsOf(live)));
      }),
      { numRuns: 20 },
    );
  });
});

/** Hosts whose groups come, go, restart, grow and fall, with holes in what is seen, and a clock that is not quite even. */
const recordings: fc.Arbitrary<Readings[]> = fc.integer().map((seed) => {
  const random = new Random(seed);
  const pace = random.between(1, 4);
  const slots = random.between(1, 400);
  const starts = ['1', '1', '1'];
  return Array.from({ length: slots }, (_, slot): Readings => {
    const groups: Record<string, HostDraft['groups'][string]> = {};
    for (const [number, name] of ['web', 'worker', '__proto__'].entries()) {
      if (random.next() < (number === 1 && pace > 2 ? 0.3 : 0.01)) starts[number] = String(slot);
      if (random.next() < 0.05) continue;
      const grown = Math.floor((slot * number * pace) / 5);
      const draft: Record<string, number | string> = { start: starts[number]! };
      if (random.next() < 0.9) draft.threads = 20 + grown + random.between(0, 1);
      if (random.next() < 0.9) draft.zombies = number === 2 ? grown : random.between(0, 4);
      if (random.next() < 0.9) draft.oldestZombieSeconds = slot * 20;
      if (number === 2 && slot > 50) draft.orphans = Math.min(pace, slot - 50);
      if (random.next() < 0.1) draft.roots = random.between(0, 2);
      if (random.next() < 0.9) draft.rss = (100 + grown) * MIB;
      if (random.next() < 0.9) draft.processes = 1 + Math.floor(grown / 10);
      Object.defineProperty(groups, name, { value: draft, enumerable: true });
    }
    const bounds = random.next() < 0.9 ? { threads: { used: 40 + slot, limit: 300 } } : {};
    const { t, ...rest } = readingsOf(slot, { groups, bounds });
    const extra = random.next() < 0.1 && { extra: true };
    return { t: t + random.between(-3000, 3000) / 1000, ...extra, ...rest };
  });
});

test('the same readings give the same reports', () => {
  fc.assert(
    fc.property(recordings, (readings) => {
      expect(reportsOf(readings)).toEqual(reportsOf(readings));
    }),
    { numRuns: 12 },
  );
});

describe('in portions', () => {
  test('it says the same as at once', () => {
    const state = createState(OPTIONS);
    const recording = dyno();
    expect(recording.map((readings) => finish(stepInPortions(state, readings)))).toEqual(reportsOf(recording));
  });

  test('it judges no more than one group at once', () => {
    const names = Array.from({ length: 50 }, (_, at) => `app${at}`);
    const judged: string[] = [];
    const { groups, ...rest } = readingsOf(0, {
      groups: Object.fromEntries(names.map((name) => [name, { threads: 5 }])),
    });
    const watched = new (class extends Map<string, GroupReading> {
      override get(name: string): GroupReading | undefined {
        judged.push(name);
        return super.get(name);
      }
    })(groups);
    const work = stepInPortions(createState(OPTIONS), { ...rest, groups: watched });
    for (let before = 0, isOver = false; !isOver; before = judged.length) {
      isOver = work.next().done ?? false;
      expect(judged.length - before).toBeLessThanOrEqual(1);
    }
    expect(judged).toEqual(names.toSorted());
  });
});

test('a report is never changed after it was given, nor are the readings', () => {
  fc.assert(
    fc.property(recordings, (readings) => {
      const before = structuredClone(readings);
      const state = createState(OPTIONS);
      const copies: Report[] = [];
      const reports = readings.map((each) => {
        const report = step(state, each);
        copies.push(structuredClone(report));
        return report;
      });
      expect(reports).toEqual(copies);
      expect(readings).toEqual(before);
    }),
    { numRuns: 20 },
  );
});

test('a reader that writes into a report changes no later one', () => {
  const state = createState(OPTIONS);
  const expected = reportsOf(recording);
  const seen = recording.map((readings) => {
    const report = step(state, structuredClone(readings));
    const text = JSON.stringify(report);
    scribble(report);
    return text;
  });
  expect(seen).toEqual(expected.map((report) => JSON.stringify(report)));
});

/** Overwrites every number and empties every list that can be reached. */
function scribble(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    scribble(inner);
    if (typeof inner !== 'object') Reflect.set(value, key, -1);
  }
  if (Array.isArray(value)) value.length = 0;
}

test('every number of a report is one: nothing infinite, nothing that is no number', () => {
  fc.assert(
    fc.property(recordings, (readings) => {
      for (const report of reportsOf(readings)) {
        // JSON has null for both.
        expect(JSON.stringify(report)).not.toContain('null');
      }
    }),
    { numRuns: 12 },
  );
});
