import { describe, expect, test } from 'vitest';
import { MOST_RELEASES } from '../../src/model/learned.ts';
import type { Metric } from '../../src/model/metrics.ts';
import type { Readings } from '../../src/model/reading.ts';
import { createState, step } from '../../src/step.ts';
import { inWords, type Life, Releases } from '../../src/verdict/releases.ts';
import type { Event } from '../../src/verdict/report.ts';
import { sentence } from '../../src/verdict/sentence.ts';

const HOUR = 3600;

/** A life in which the metric has this value at each hour. */
function life(hours: number, value: (hour: number) => number, metric: Metric = 'threads'): Life {
  const points = Array.from({ length: hours + 1 }, (_, hour) => ({ t: 1e9 + hour * HOUR, v: value(hour) }));
  return { seconds: hours * HOUR, points: (of) => (of === metric ? points : []) };
}

const quiet = (hours: number): Life => life(hours, () => 40);
const growing = (hours: number): Life => life(hours, (hour) => 40 + hour);

/** The releases that were there in this order, each with one life. */
function history(...lives: readonly (readonly [release: string, life: Life])[]): Releases {
  let learned: Parameters<Releases['learn']>[0] = [];
  for (const [release, one] of lives) {
    const releases = new Releases(release);
    releases.learn(learned);
    learned = releases.learned(one);
  }
  const present = new Releases('v43');
  present.learn(learned);
  return present;
}

/** One thread an hour, seen for so many hours in a group that was watched for an hour before. */
const growth = (hours: number, more = {}) => ({
  metric: 'threads' as const,
  perSecond: 1 / HOUR,
  seconds: hours * HOUR,
  secondsBefore: HOUR,
  ...more,
});

describe('an earlier release that did not grow is named', () => {
  test('if it was watched for as long as the growth', () => {
    expect(history(['v42', quiet(10)]).grownSince(growth(10))).toEqual({ first: 'v43', last: 'v43', steady: 'v42' });
    expect(history(['v42', quiet(9)]).grownSince(growth(10))).toBeUndefined();
  });

  test('if it rose by less than a tenth', () => {
    const rising = (by: number) => history(['v42', life(20, (hour) => by * hour)]).grownSince(growth(10));
    expect(rising(0.09)?.steady).toBe('v42');
    expect(rising(0.11)).toBeUndefined();
    expect(rising(-1)?.steady).toBe('v42');
  });

  test('its warm-up and its peaks are no growth', () => {
    const warm = life(20, (hour) => (hour < 5 ? hour * 10 : 50) + (hour % 4 === 0 ? 30 : 0));
    expect(history(['v42', warm]).grownSince(growth(10))?.steady).toBe('v42');
  });

  test('across those between that were watched for too short a time', () => {
    const found = history(['v40', quiet(20)], ['v41', growing(2)], ['v42', quiet(2)]).grownSince(growth(10));
    expect(found).toEqual({ first: 'v41', last: 'v43', steady: 'v40' });
    expect(inWords(found!)).toBe('since one of v41 to v43; v40 did not grow');
  });
});

describe('nothing is said', () => {
  test.each<[string, Releases, object]>([
    ['without an earlier release', history(), {}],
    ['where the release before grew, whatever was before it', history(['v41', quiet(99)], ['v42', growing(20)]), {}],
    ['where an earlier life of the same release did not grow', history(['v42', quiet(20)], ['v43', quiet(20)]), {}],
    ['where the growth began long after the release', history(['v42', quiet(20)]), { secondsBefore: 11 * HOUR }],
    ['of a metric that was not known then', history(['v42', quiet(20)]), { metric: 'fds' }],
    ['of a life without readings', history(['v42', { seconds: 99 * HOUR, points: () => [] }]), {}],
  ])('%s', (_, releases, more) => {
    expect(releases.grownSince(growth(10, more))).toBeUndefined();
  });

  test('where nobody says what is deployed; what was learned is kept', () => {
    const learned = history(['v42', quiet(20)]).learned(quiet(1));
    const unnamed = new Releases(undefined);
    unnamed.learn(learned);
    unnamed.end(quiet(50));
    expect(unnamed.grownSince(growth(10))).toBeUndefined();
    expect(unnamed.learned(quiet(50))).toEqual(learned);
  });
});

test('a growing life that follows a short healthy one of the same release came with it', () => {
  const releases = history(['v42', quiet(20)]);
  releases.end(quiet(3));
  expect(releases.grownSince(growth(10))?.steady).toBe('v42');
  releases.end(quiet(12));
  expect(releases.grownSince(growth(10))).toBeUndefined();
});

test('the longest life counts, and the newest releases are kept', () => {
  const releases = history(...Array.from({ length: 20 }, (_, at) => [`v${at}`, growing(2)] as const));
  releases.end(quiet(9));
  releases.end(growing(3));
  const learned = releases.learned(growing(4));
  expect(learned.map(({ release }) => release)).toEqual(['v43', 'v19', 'v18', 'v17', 'v16', 'v15', 'v14', 'v13']);
  expect(learned).toHaveLength(MOST_RELEASES);
  expect(learned[0]).toEqual({ release: 'v43', seconds: 9 * HOUR, rises: { threads: 0 } });
  expect(releases.learned(growing(10))[0]?.rises.threads).toBeCloseTo(1 / HOUR);
});

test('a release that comes back is the newest again', () => {
  const learned = history(['v43', quiet(9)], ['v42', quiet(9)]).learned(quiet(1));
  expect(learned.map(({ release }) => release)).toEqual(['v43', 'v42']);
});

describe('a host whose program is deployed anew', () => {
  const INTERVAL = 20;
  let t = 1_800_000_000;

  /** Watches the program for so many samples of an hour, from its start. */
  function watch(state: ReturnType<typeof createState>, start: string, hours: number, zombies: (at: number) => number) {
    const events: Event[] = [];
    for (let at = 0; at < (hours * HOUR) / INTERVAL; at++) {
      t += INTERVAL;
      const values = { threads: 9, zombies: zombies(at), processes: 3, fds: 20, rss: 1e8 };
      const groups: Readings['groups'] = new Map([
        ['shop', { start, values, bounds: {}, oldestZombieSeconds: at * INTERVAL }],
      ]);
      events.push(...step(state, { t, groups, bounds: {} }).events);
    }
    return events;
  }

  const deployed = (
    release: string | undefined,
    learned?: ReturnType<ReturnType<typeof createState>['groups']['learned']>,
  ) => {
    const state = createState({ intervalSeconds: INTERVAL, falseAlarmsPerMonth: 1, ...(release && { release }) });
    if (learned) state.groups.learn(learned);
    return state;
  };
  const leaking = (at: number): number => Math.floor(at / 3);

  test('is told since which release it leaks', () => {
    const before = deployed('v42');
    watch(before, '1:1', 6, () => 0);
    const alerts = watch(deployed('v43', before.groups.learned()), '2:2', 4, leaking).filter(
      ({ at }) => at === 'alert',
    );
    expect(alerts[0]?.evidence).toMatchObject({ grownSince: { first: 'v43', last: 'v43', steady: 'v42' } });
    expect(sentence(alerts[0]!)).toMatch(/^shop leaks zombies: .*, since v43; v42 did not grow$/);
  });

  test('is not, if the release before leaked as well, or if nobody named it', () => {
    const before = deployed('v42');
    watch(before, '1:1', 6, leaking);
    const same = watch(deployed('v43', before.groups.learned()), '2:2', 4, leaking).filter(({ at }) => at === 'alert');
    const unnamed = deployed(undefined);
    watch(unnamed, '1:1', 6, () => 0);
    const other = watch(deployed('v43', unnamed.groups.learned()), '2:2', 4, leaking).filter(
      ({ at }) => at === 'alert',
    );
    for (const [alert] of [same, other]) {
      expect(alert?.code).toBe('W11');
      expect(alert?.evidence).not.toHaveProperty('grownSince');
    }
  });

  test('what a group did under a release outlives its absence', () => {
    const state = deployed('v42');
    watch(state, '1:1', 6, () => 0);
    for (let at = 0; at < 40; at++) {
      t += INTERVAL;
      step(state, { t, groups: new Map(), bounds: {} });
    }
    const [group] = state.groups.learned().groups;
    expect(group?.releases).toMatchObject([{ release: 'v42', rises: { zombies: 0, threads: 0 } }]);
    expect(group?.releases?.[0]?.seconds).toBeGreaterThan(5.9 * HOUR);
  });
});
