import { describe, expect, test } from 'vitest';
import { createState, step } from '../../src/step.ts';
import { CrashLoopWatch } from '../../src/verdict/crash-loop-watch.ts';
import type { Event } from '../../src/verdict/report.ts';
import { eventsOf, evidenceOf, type GroupDraft, type HostDraft, readingsOf, slotOf } from '../support/readings.ts';
import { DAY, EPOCH, HOUR, INTERVAL_SECONDS, MINUTE, Random } from '../support/synthetic.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** How long the next incarnation lives and how long the group is away after it, in seconds; undefined: no more. */
type Course = (number: number, random: Random) => readonly [life: number, away: number] | undefined;

/** What is there at an instant; undefined: nothing. */
type Look = (seconds: number) => GroupDraft | undefined;

/** A group with one tree that dies and comes again; what falls between two samples nobody sees. */
function follow(course: Course, seed: number): Look {
  const random = new Random(seed);
  // Samples come when they come.
  let begun = 20 * random.next();
  let number = 0;
  let next = course(number, random);
  return (seconds) => {
    while (next && seconds >= begun + next[0] + next[1]) {
      begun += next[0] + next[1];
      next = course(++number, random);
    }
    if (!next || seconds < begun || seconds >= begun + next[0]) return undefined;
    return { start: `${1000 + number}:${Math.floor(100 * begun)}`, processes: 3 };
  };
}

/** The groups that are there, beside one that always is. */
function hostAt(slot: number, groups: Readonly<Record<string, Look>>): HostDraft {
  const there: Record<string, GroupDraft> = { redis: { processes: 1 } };
  for (const [name, look] of Object.entries(groups)) {
    const group = look(slot * INTERVAL_SECONDS);
    if (group) there[name] = group;
  }
  return { groups: there };
}

/** Events of the watch alone, which is given what the core gives it: judging the series would take fifty times as long. */
function told(groups: Readonly<Record<string, Look>>, { slots }: { readonly slots: number }): Event[] {
  const watch = new CrashLoopWatch({ intervalSeconds: INTERVAL_SECONDS });
  const events: Event[] = [];
  for (let slot = 0; slot < slots; slot++) {
    const readings = readingsOf(slot, hostAt(slot, groups));
    for (const name of [...readings.groups.keys()].toSorted()) {
      events.push(...watch.see({ name }, readings.groups.get(name)!, readings));
    }
    events.push(...watch.settle(readings));
  }
  return events;
}

const inShort = ({ at, group, verdict, previous }: Event): string => `${at} ${group} ${previous} ${verdict}`;

/** From low to high, evenly. */
const uniform = (random: Random, low: number, high: number): number => low + (high - low) * random.next();
const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random.next());
const doubling = (number: number, first: number, longest: number): number => Math.min(longest, first * 2 ** number);

interface Found {
  readonly course: Course;
  /** Seconds until it must be told, and until it must be an alert. */
  readonly told: number;
  readonly sure: number;
}

const LOOPS: Readonly<Record<string, Found>> = {
  'at boot, after 10 s to 2 min, restarted at once': {
    course: (_, random) => [uniform(random, 10, 120), 0.2],
    told: 10 * 60,
    sure: 20 * 60,
  },
  'after exactly a minute, restarted at once': { course: () => [60, 0], told: 6 * 60, sure: 12 * 60 },
  'several times between two samples': { course: () => [4, 0.1], told: 5 * 60, sure: 8 * 60 },
  'after 5 s, restarted a second later': { course: (_, random) => [uniform(random, 4, 6), 1], told: 900, sure: 1800 },
  'after 10 s, restarted ten seconds later': { course: (_, random) => [10 + random.next(), 10], told: 900, sure: 1800 },
  'after lives of any length': { course: (_, random) => [exponential(random, 60), 1], told: 1800, sure: 3600 },
  'once more by a supervisor that waits for 30 s': {
    course: (_, random) => [uniform(random, 20, 100), 30],
    told: 1800,
    sure: 1800,
  },
  'once more by a supervisor that waits for a minute': {
    course: (_, random) => [uniform(random, 20, 100), 60],
    told: 2400,
    sure: 2400,
  },
  'away for one sample in three': { course: () => [40, 20], told: 900, sure: 900 },
  'with the back-off of Kubernetes': {
    course: (number, random) => [uniform(random, 30, 60), doubling(number, 10, 300)],
    told: 900,
    sure: 900,
  },
  'with the back-off of Heroku': {
    course: (number, random) => [uniform(random, 30, 90), number === 0 ? 1 : doubling(number - 1, 600, 20_000)],
    told: 11_000,
    sure: 11_000,
  },
};

describe.each(Object.entries(LOOPS))('a program that dies %s', (_, { course, told: within, sure }) => {
  test.each([1, 2, 3, 4, 5])('is told, and only once (%i)', (seed) => {
    const events = told({ app: follow(course, seed) }, { slots: 6 * HOUR });
    expect(
      events.map(inShort).filter((event) => !/^(warn app ok suspect|alert app (ok|suspect) leak)$/.test(event)),
    ).toEqual([]);
    expect(slotOf(events[0]!) * INTERVAL_SECONDS).toBeLessThanOrEqual(within);
    expect(events.at(-1)!.at).toBe('alert');
    expect(slotOf(events.at(-1)!) * INTERVAL_SECONDS).toBeLessThanOrEqual(sure);
    const evidence = evidenceOf(events[0]!);
    expect(evidence.restarts).toBeGreaterThanOrEqual(5);
    expect(evidence.medianLifeSeconds).toBeLessThanOrEqual(150);
    expect(evidence.since).toBeLessThan(events[0]!.t);
  });
});

const HEALTHY: Readonly<Record<string, Course>> = {
  'deployed four times an hour': (_, random) => [uniform(random, 720, 1080), 5],
  'deployed at any time of a busy day': (_, random) => [uniform(random, 240, 3600), 5],
  'restarted each night': () => [DAY_SECONDS - 5, 5],
  'cycled each day': (_, random) => [DAY_SECONDS + uniform(random, 0, 12_960), 30],
  'a job of a minute every five minutes': () => [60, 240],
  'a job of a minute every hour': () => [60, 3540],
  'a job of seconds every minute': () => [8, 52],
  'a job every five minutes that takes as long as it takes': (_, random) => {
    const life = uniform(random, 20, 280);
    return [life, 300 - life];
  },
  'a job every two minutes that takes as long as it takes': (_, random) => {
    const life = uniform(random, 20, 110);
    return [life, 120 - life];
  },
  'what a build server runs now and then': (_, random) => [exponential(random, 120), exponential(random, 300)],
  'what people run when they want it': (_, random) => [exponential(random, 20), exponential(random, 900)],
  'up after three attempts': (number) => (number < 3 ? [15, 5] : [30 * DAY_SECONDS, 0]),
};

test.each(Object.entries(HEALTHY))('%s is no crash loop', (_, course) => {
  for (const seed of [1, 2, 3]) expect(told({ app: follow(course, seed) }, { slots: 2 * DAY })).toEqual([]);
});

test('nothing is said where nothing is restarted', () => {
  // A master that forks a worker for each request, as inetd does.
  const inetd: Look = (seconds) => ({ start: '10:1000', processes: 1 + (seconds % 7) });
  const nameless: Look = (seconds) => ({ start: '', processes: 1 + (seconds % 7) });
  expect(told({ inetd, nameless }, { slots: DAY })).toEqual([]);
});

test.each(['sh', 'bash', 'sleep', 'sshd', 'cron', 'npm', 'other'])('%s is no program that could crash', (name) => {
  expect(told({ [name]: follow(() => [15, 0.1], 1) }, { slots: HOUR })).toEqual([]);
});

test('what somebody runs in a session again and again is no crash loop', () => {
  const look = follow(() => [15, 0.1], 1);
  const typed: Look = (seconds) => ({ ...look(seconds), session: true });
  expect(told({ bench: typed }, { slots: HOUR })).toEqual([]);
});

describe('of several trees with one name', () => {
  /** Each sample finds another one oldest. */
  const trees = (roots: number): Look => {
    const look = follow(() => [15, 0.1], 1);
    return (seconds) => ({ ...look(seconds)!, roots });
  };

  test('another one is oldest now: nobody was restarted', () => {
    expect(told({ git: trees(3) }, { slots: HOUR })).toEqual([]);
  });

  test('there is only what the dead left behind', () => {
    expect(told({ web: trees(0) }, { slots: HOUR })).toEqual([]);
  });

  test('there is one', () => {
    expect(told({ web: trees(1) }, { slots: HOUR }).map(inShort)).toEqual([
      'warn web ok suspect',
      'alert web suspect leak',
    ]);
  });
});

describe('it is over', () => {
  const crashes = 30;
  /** Dies thirty times, then does what it does. */
  const then =
    (after: readonly [life: number, away: number] | undefined, life = 30): Course =>
    (number) =>
      number < crashes ? [life, 0.2] : number === crashes ? after : undefined;

  test('when it has lived for ten minutes', () => {
    const events = told({ app: follow(then([HOUR_SECONDS, 0]), 1) }, { slots: 2 * HOUR });
    expect(events.map(inShort)).toEqual(['warn app ok suspect', 'alert app suspect leak', 'resolved app leak ok']);
    const recovered = crashes * 30.2;
    expect(slotOf(events[2]!) * INTERVAL_SECONDS - recovered).toBeGreaterThanOrEqual(600 - INTERVAL_SECONDS);
    expect(slotOf(events[2]!) * INTERVAL_SECONDS - recovered).toBeLessThanOrEqual(660);
    expect(events[2]).toMatchObject({ value: 3, evidence: {} });
  });

  test('when it has lived much longer than the others, where those lived long', () => {
    const events = told({ app: follow(then([HOUR_SECONDS, 0], 280), 1) }, { slots: 5 * HOUR });
    expect(events.map(({ at }) => at)).toEqual(['warn', 'alert', 'resolved']);
    const recovered = crashes * 280.2;
    expect(slotOf(events[2]!) * INTERVAL_SECONDS - recovered).toBeGreaterThan(1000);
  });

  test('when nobody restarts it any more', () => {
    const events = told({ app: follow(then(undefined), 1) }, { slots: 2 * HOUR });
    expect(events.map(inShort)).toEqual(['warn app ok suspect', 'alert app suspect leak', 'resolved app leak ok']);
    expect(slotOf(events[2]!)).toBeGreaterThan(crashes * 1.5 + 30 * MINUTE);
    expect(slotOf(events[2]!)).toBeLessThan(crashes * 1.5 + 32 * MINUTE);
    expect(events[2]).toMatchObject({ value: undefined, evidence: {} });
  });

  test('and told anew when it begins anew', () => {
    const twice: Course = (number) => (number === crashes ? [HOUR_SECONDS, 0] : [30, 0.2]);
    const events = told({ app: follow(twice, 1) }, { slots: 3 * HOUR });
    expect(events.map(({ at }) => at)).toEqual(['warn', 'alert', 'resolved', 'warn', 'alert']);
    expect(events[3]!.evidence.since).toBeGreaterThan(EPOCH + crashes * 30 + HOUR_SECONDS - INTERVAL_SECONDS);
  });
});

test('of groups beyond a number the one not seen for the longest time is forgotten', () => {
  const toldOf = (strangers: number): string[] => {
    const loops = new CrashLoopWatch({ intervalSeconds: INTERVAL_SECONDS });
    const see = (group: string, t: number) =>
      loops.see({ name: group }, { start: `1:${t}`, values: {}, bounds: {} }, { t });
    for (let t = 0; t < 200; t += INTERVAL_SECONDS) expect(see('app', t)).toEqual([]);
    // Names that are never seen again, as a hostile program can make them.
    for (let number = 0; number < strangers; number++) see(`stranger${number}`, 190);
    return see('app', 200).map(inShort);
  };
  expect(toldOf(1999)).toEqual(['warn app ok suspect']);
  expect(toldOf(2000)).toEqual([]);
});

test('the core tells the same', () => {
  const app = (): Look => follow(() => [15, 0.1], 1);
  const state = createState({ intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 });
  const groups = { app: app() };
  const events = eventsOf(state, (slot) => hostAt(slot, groups), { to: HOUR });
  expect(events).toEqual(told({ app: app() }, { slots: HOUR }));
  expect(events.map(({ at }) => at)).toEqual(['warn', 'alert']);
});

test('a clock that was set back begins anew', () => {
  const app = follow(() => [30, 0.1], 1);
  const state = createState({ intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 });
  const at = (slot: number, look: number) => step(state, readingsOf(slot, { groups: { app: app(look)! } })).events;
  for (let slot = 1; slot <= 6; slot++) expect(at(1000 + slot, 20 * slot)).toEqual([]);
  for (let slot = 7; slot <= 14; slot++) expect(at(slot, 20 * slot)).toEqual([]);
});
