import { describe, expect, test } from 'vitest';
import { METRICS, type Metric } from '../../src/model/metrics.ts';
import { createState, step } from '../../src/step.ts';
import type { Report, SeriesReport } from '../../src/verdict/report.ts';
import { eventsOf, evidenceOf, type HostDraft, inShort, readingsOf, slotOf } from '../support/readings.ts';
import {
  DAY,
  EPOCH,
  HOUR,
  INTERVAL_SECONDS,
  MIB,
  MINUTE,
  Random,
  twoForwardOneBack,
  wandering,
} from '../support/synthetic.ts';

const OPTIONS = { intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 };

function seriesOf(report: Report, group: string, metric: Metric): SeriesReport {
  return report.groups.find(({ name }) => name === group)!.series.find((series) => series.metric === metric)!;
}

/** A life is old enough by then: what grows later is told as soon as it can be. */
const ONSET = 2 * DAY;

/** Calm, then two threads forward and one back. */
const unicorn = (slot: number) => 43 + twoForwardOneBack(Math.max(0, slot - ONSET));

describe('a turn is told once', () => {
  test('when it is suspected, when it is sure, and when it is over', () => {
    const host = (slot: number): HostDraft => ({
      groups: { unicorn: { threads: slot < ONSET + 8 * HOUR ? unicorn(slot) : 43 }, redis: { threads: 4 } },
    });
    const state = createState(OPTIONS);
    const events = eventsOf(state, host, { to: 4 * DAY });
    expect(events.map(inShort)).toEqual([
      'warn W10 unicorn threads',
      'alert W10 unicorn threads',
      'resolved W10 unicorn threads',
    ]);
    const [warn, alert, resolved] = events;
    expect(slotOf(warn!)).toBeLessThan(ONSET + HOUR);
    expect(warn).toMatchObject({ desc: 'thread_leak', previous: 'ok', verdict: 'suspect' });
    expect(alert).toMatchObject({ previous: 'suspect', verdict: 'leak', value: unicorn(slotOf(alert!)) });
    expect(evidenceOf(alert!).slopePerSecond! * 3600).toBeCloseTo(30, 0);
    expect(Math.abs(evidenceOf(alert!).since! - (EPOCH + ONSET * INTERVAL_SECONDS))).toBeLessThan(600);
    expect(evidenceOf(alert!).rise).toBeGreaterThan(4);
    expect(slotOf(resolved!)).toBeGreaterThanOrEqual(ONSET + 8 * HOUR);
    expect(resolved).toMatchObject({ previous: 'leak', verdict: 'ok' });
  });

  test('without a warning where it is sure at once', () => {
    const zombies = (slot: number) => (slot < 100 ? 0 : slot - 100);
    const host = (slot: number): HostDraft => ({
      groups: { unicorn: { zombies: zombies(slot), oldestZombieSeconds: zombies(slot) * INTERVAL_SECONDS } },
    });
    expect(eventsOf(createState(OPTIONS), host, { to: HOUR }).map(inShort)).toEqual(['alert W11 unicorn zombies']);
  });

  test('zombies whose parent cannot be seen are one alert, whatever short processes the samples catch', () => {
    // Two a minute, each from a check that one sample in ten sees alive.
    const host = (slot: number): HostDraft => {
      const isAlive = slot % 10 === 7;
      return {
        groups: {
          curl: {
            start: isAlive ? `${slot}:1` : '',
            processes: isAlive ? 1 : 0,
            zombies: Math.floor((slot * INTERVAL_SECONDS) / 30),
            oldestZombieSeconds: slot * INTERVAL_SECONDS,
          },
        },
      };
    };
    const told = eventsOf(createState(OPTIONS), host, { to: 6 * HOUR }).filter(({ at }) => at !== 'warn');
    expect(told.map(inShort)).toEqual(['alert W11 curl zombies']);
    expect(evidenceOf(told[0]!)).toMatchObject({ parentUnseen: true });
  });

  test.each([
    ['a reading says that it cannot be seen', { parentUnseen: true, processes: 3 }, true],
    ['the group is nothing but zombies', { start: '', processes: 0 }, true],
    ['the group has a root', { processes: 3 }, undefined],
    ['a recording tells no roots', { start: '', processes: 3 }, undefined],
    ['a recording tells neither', { start: '' }, undefined],
  ])('the parent of zombies: %s', (_, facts, parentUnseen) => {
    const host = (slot: number): HostDraft => ({
      groups: { web: { ...facts, zombies: slot, oldestZombieSeconds: slot * INTERVAL_SECONDS } },
    });
    const alert = eventsOf(createState(OPTIONS), host, { to: HOUR }).find(({ at }) => at === 'alert');
    expect(alert?.code).toBe('W11');
    expect(evidenceOf(alert!).parentUnseen).toBe(parentUnseen);
  });

  test('nothing is told of a host where nothing grows', () => {
    const random = new Random(1);
    const noise = wandering(random, 0.9);
    const host = (): HostDraft => ({
      groups: {
        web: {
          threads: 40 + random.between(0, 3),
          fds: 200 + random.between(0, 40),
          rss: (400 + 5 * noise()) * MIB,
          zombies: 0,
        },
      },
      bounds: { threads: { used: 60, limit: 256 }, memory: { used: 400 * MIB, limit: 512 * MIB } },
    });
    expect(eventsOf(createState(OPTIONS), host, { to: 3 * DAY })).toEqual([]);
  });
});

test('while it learns, it says how many samples are missing', () => {
  const state = createState(OPTIONS);
  const seen = Array.from({ length: 200 }, (_, slot) =>
    seriesOf(step(state, readingsOf(slot, { groups: { web: { threads: 5 } } })), 'web', 'threads'),
  );
  expect(seen[0]).toEqual({ metric: 'threads', value: 5, verdict: 'learning', evidence: {}, learningSamplesLeft: 179 });
  expect(seen.slice(0, 179).map(({ learningSamplesLeft }) => learningSamplesLeft)).toEqual(
    Array.from({ length: 179 }, (_, slot) => 179 - slot),
  );
  for (const series of seen.slice(179))
    expect(series).toEqual({ metric: 'threads', value: 5, verdict: 'ok', evidence: {} });
});

test('a metric that is unknown is reported as unknown', () => {
  const report = step(createState(OPTIONS), readingsOf(0, { groups: { web: { threads: 5 } } }));
  expect(seriesOf(report, 'web', 'rss')).toMatchObject({ value: undefined, verdict: 'learning', evidence: {} });
});

describe('an incarnation', () => {
  test('that ends takes with it what was said of it', () => {
    const died = ONSET + 8 * HOUR;
    const host = (slot: number): HostDraft => ({
      groups: { unicorn: slot < died ? { threads: unicorn(slot) } : { threads: 43, start: 'unicorn:2' } },
    });
    const state = createState(OPTIONS);
    const events = eventsOf(state, host, { to: died + 1 });
    expect(events.map(inShort).slice(1)).toEqual(['alert W10 unicorn threads', 'resolved W10 unicorn threads']);
    expect(events.at(-1)).toMatchObject({ t: EPOCH + died * INTERVAL_SECONDS, verdict: 'learning', evidence: {} });
    const report = step(state, readingsOf(died + 1, host(died + 1)));
    expect(report.groups[0]!.start).toBe('unicorn:2');
    expect(seriesOf(report, 'unicorn', 'threads').learningSamplesLeft).toBe(178);
  });

  test('that follows one is told of anew', () => {
    const values = (slot: number) => 43 + twoForwardOneBack(slot);
    const state = createState(OPTIONS);
    const host = (slot: number): HostDraft => ({
      groups: { web: { threads: values(slot % DAY), start: `web:${Math.floor(slot / DAY)}` } },
    });
    const first = eventsOf(state, host, { to: DAY });
    const second = eventsOf(state, host, { from: DAY, to: 2 * DAY });
    expect(first.map(inShort)).toEqual(['warn W10 web threads', 'alert W10 web threads']);
    expect(second.map(inShort)).toEqual(['resolved W10 web threads', ...first.map(inShort)]);
  });

  test('of days without a reading is over', () => {
    const state = createState(OPTIONS);
    eventsOf(state, (slot) => ({ groups: { unicorn: { threads: unicorn(slot) } } }), { to: ONSET + 8 * HOUR });
    const events = eventsOf(state, () => ({ groups: { unicorn: { threads: 400 } } }), {
      from: 9 * DAY,
      to: 9 * DAY + HOUR,
    });
    expect(events.map(inShort)).toEqual(['resolved W10 unicorn threads']);
    expect(events[0]).toMatchObject({ t: EPOCH + 9 * DAY * INTERVAL_SECONDS, verdict: 'learning' });
  });
});

describe('a group that is absent', () => {
  const there: HostDraft['groups'] = { redis: { threads: 4 } };
  const leaking = (slot: number): HostDraft => ({ groups: { ...there, unicorn: { threads: unicorn(slot) } } });
  const gone = ONSET + 8 * HOUR;

  test('for fifteen readings is the same when it comes back', () => {
    const state = createState(OPTIONS);
    const host = (slot: number) => (slot >= gone && slot < gone + 15 ? { groups: there } : leaking(slot));
    expect(eventsOf(state, host, { to: gone + HOUR }).map(({ at }) => at)).toEqual(['warn', 'alert']);
  });

  test('for longer is forgotten, and what was said of it withdrawn', () => {
    const state = createState(OPTIONS);
    const bounds = { fds: { used: 1024, limit: 1024 } };
    eventsOf(state, (slot) => ({ groups: { ...there, unicorn: { threads: unicorn(slot), fds: 1024, bounds } } }), {
      to: gone,
    });
    expect(state.groups.series).toBe(2 * METRICS.length);
    expect(eventsOf(state, () => ({ groups: there }), { from: gone, to: gone + 15 })).toEqual([]);
    const events = step(state, readingsOf(gone + 15, { groups: there })).events;
    expect(events.map(inShort)).toEqual(['resolved W10 unicorn threads', 'resolved W21 unicorn fds']);
    expect(state.groups.series).toBe(METRICS.length);
    expect(state.groups.points('unicorn', 'threads', 3600)).toBeUndefined();
    const back = step(state, readingsOf(gone + 16, leaking(gone + 16)));
    expect(seriesOf(back, 'unicorn', 'threads').learningSamplesLeft).toBe(179);
  });
});

describe('a limit', () => {
  /** Threads of a host with a limit of 256: calm for 2 hours, 60 more an hour until the limit, then calm again. */
  function threads(slot: number): number {
    if (slot < 2 * HOUR) return 100;
    if (slot < 8 * HOUR) return Math.min(256, 100 + Math.floor((slot - 2 * HOUR) / MINUTE));
    return 100;
  }
  const host = (slot: number): HostDraft => ({
    groups: { web: { threads: threads(slot) } },
    bounds: { threads: { used: threads(slot), limit: 256 } },
  });
  const limitEvents = (events: ReturnType<typeof eventsOf>) =>
    events.filter(({ code }) => code === 'W20' || code === 'W21');

  test('is foretold, is told when it is reached, and each is taken back', () => {
    const events = limitEvents(eventsOf(createState(OPTIONS), host, { to: 12 * HOUR }));
    expect(events.map(inShort)).toEqual([
      'warn W20 web threads',
      'resolved W20 web threads',
      'alert W21 web threads',
      'resolved W21 web threads',
    ]);
    const reachedAt = 2 * HOUR + 156 * MINUTE;
    expect(slotOf(events[0]!)).toBeGreaterThan(reachedAt - 1.5 * HOUR);
    expect(slotOf(events[0]!)).toBeLessThan(reachedAt - HOUR / 2);
    const { exhaustionSeconds, exhaustionLow } = evidenceOf(events[0]!);
    const truth = (reachedAt - slotOf(events[0]!)) * INTERVAL_SECONDS;
    expect(exhaustionSeconds! / truth).toBeGreaterThan(0.9);
    expect(exhaustionSeconds! / truth).toBeLessThan(1.1);
    expect(exhaustionLow).toBeLessThanOrEqual(exhaustionSeconds!);
    expect(events.slice(1, 3).map(slotOf)).toEqual([reachedAt, reachedAt]);
    expect(slotOf(events[3]!)).toBe(8 * HOUR + 4);
  });

  test('is told once, though the number plays around it', () => {
    const played = (slot: number): HostDraft => {
      const used = slot < 10 ? 200 : slot < 500 ? 250 + (slot % 7) : 240;
      return { groups: { web: { threads: used } }, bounds: { threads: { used, limit: 256 } } };
    };
    expect(limitEvents(eventsOf(createState(OPTIONS), played, { to: 600 })).map(inShort)).toEqual([
      'alert W21 web threads',
      'resolved W21 web threads',
    ]);
  });

  test('that still holds outlives the incarnation that came up to it', () => {
    const full = (slot: number): HostDraft => ({
      groups: { web: { threads: 256, start: `web:${Math.floor(slot / 50)}` } },
      bounds: { threads: { used: 256, limit: 256 } },
    });
    expect(eventsOf(createState(OPTIONS), full, { to: 200 }).map(inShort)).toEqual(['alert W21 web threads']);
  });

  test('of memory is reached a little before the last page', () => {
    const full = (slot: number): HostDraft => {
      const used = (slot < 10 ? 500 : 502) * MIB;
      return { groups: { web: { rss: used } }, bounds: { memory: { used, limit: 512 * MIB } } };
    };
    const events = eventsOf(createState(OPTIONS), full, { to: 20 });
    expect(events.map(inShort)).toEqual(['alert W21 web rss']);
    expect(slotOf(events[0]!)).toBe(10);
  });

  test('of memory is foretold from what must be given back, not from pages of files', () => {
    const growing = (metric: 'rss' | 'anon' | 'shmem') => (slot: number) => {
      const grown = Math.floor((60 * slot) / HOUR) * MIB;
      const web = { rss: 300 * MIB + grown, anon: 100 * MIB, shmem: 10 * MIB, processes: 1 };
      if (metric !== 'rss') web[metric] += grown;
      return { groups: { web }, bounds: { memory: { used: 200 * MIB + grown, limit: 512 * MIB } } };
    };
    const said = (metric: 'rss' | 'anon' | 'shmem') =>
      limitEvents(eventsOf(createState(OPTIONS), growing(metric), { to: 5 * HOUR })).map(inShort);
    expect(said('rss')).toEqual([]);
    expect(said('anon')).toEqual(['warn W20 web anon']);
    expect(said('shmem')).toEqual(['warn W20 web shmem']);
  });

  test('of one of several replicas is reached by its own part of the growth', () => {
    const replicas = (count: number) => (slot: number) => {
      const each = (20 + (60 * slot) / HOUR) * MIB;
      const bounds = { memory: { used: each, limit: 512 * MIB, of: '/replica' } };
      return { groups: { web: { rss: count * each, anon: count * each, shmem: 0, processes: count, bounds } }, bounds };
    };
    const told = (count: number) => limitEvents(eventsOf(createState(OPTIONS), replicas(count), { to: 9 * HOUR }));
    expect(told(3).map(inShort)).toEqual([
      'warn W20 web anon',
      'warn W20 web anon',
      'resolved W20 web anon',
      'alert W21 web anon',
    ]);
    expect(told(3).map(slotOf)).toEqual(told(1).map(slotOf));
  });

  test('of memory is foretold from resident memory where nothing else is known', () => {
    const growing = (slot: number): HostDraft => {
      const rss = (200 + Math.floor((60 * slot) / HOUR)) * MIB;
      return { groups: { web: { rss } }, bounds: { memory: { used: rss, limit: 512 * MIB } } };
    };
    const events = limitEvents(eventsOf(createState(OPTIONS), growing, { to: 5 * HOUR }));
    expect(events.map(inShort)).toEqual(['warn W20 web rss']);
  });

  test('that is unknown is not foretold', () => {
    const state = createState(OPTIONS);
    for (let slot = 0; slot < 5 * HOUR; slot++) {
      const report = step(state, readingsOf(slot, { groups: host(slot).groups }));
      expect(report.exhaustionSeconds).toEqual({});
      expect(report.events.filter(({ code }) => code === 'W20' || code === 'W21')).toEqual([]);
      expect(seriesOf(report, 'web', 'threads').evidence.exhaustionSeconds).toBeUndefined();
    }
  });

  test('is nearer than to any of the groups that grow towards it: what they bring adds up', () => {
    const state = createState(OPTIONS);
    const two = (slot: number): HostDraft => {
      const fast = threads(slot);
      const slow = 20 + Math.floor(Math.max(0, slot - 2 * HOUR) / (5 * MINUTE));
      return {
        groups: { fast: { threads: fast }, slow: { threads: slow } },
        bounds: { threads: { used: fast + slow, limit: 300 } },
      };
    };
    eventsOf(state, two, { to: 4 * HOUR });
    const report = step(state, readingsOf(4 * HOUR, two(4 * HOUR)));
    const of = (group: string) => seriesOf(report, group, 'threads').evidence.exhaustionSeconds;
    expect(of('fast')).toBeDefined();
    expect(report.exhaustionSeconds.threads).toBeLessThan(of('fast')!);
    // Twelve more an hour beside sixty.
    expect(report.exhaustionSeconds.threads).toBeGreaterThan(0.7 * of('fast')!);
  });
});

describe('more processes', () => {
  const count = (slot: number) => 10 + Math.floor(Math.max(0, slot - DAY) / (3 * MINUTE));
  const each = (processes: number) => ({
    processes,
    threads: 4 * processes,
    fds: 12 * processes,
    rss: 20 * MIB * processes,
    anon: 9 * MIB * processes,
  });

  test('explain what each of them brings: only they are accused', () => {
    const host = (slot: number): HostDraft => ({ groups: { web: each(count(slot)) } });
    const events = eventsOf(createState(OPTIONS), host, { to: 2 * DAY });
    expect(events.map(inShort)).toEqual(['warn W14 web processes', 'alert W14 web processes']);
  });

  test('do not explain a growth of every one of them', () => {
    const host = (slot: number): HostDraft => {
      const processes = count(slot);
      const kept = Math.floor(Math.max(0, slot - DAY) / 2);
      return { groups: { web: { ...each(processes), fds: 12 * processes + kept * processes } } };
    };
    const codes = eventsOf(createState(OPTIONS), host, { to: 2 * DAY })
      .filter(({ at }) => at === 'alert')
      .map(({ code }) => code);
    expect(codes.toSorted()).toEqual(['W13', 'W14']);
  });

  test('explain nothing where their number is unknown', () => {
    const host = (slot: number): HostDraft => ({ groups: { web: { threads: 4 * count(slot) } } });
    const events = eventsOf(createState(OPTIONS), host, { to: 2 * DAY });
    expect(events.map(inShort)).toEqual(['warn W10 web threads', 'alert W10 web threads']);
  });
});

test('the budget of false alarms is the host’s: shared by its groups', () => {
  const slots = 4 * DAY;
  function told(others: number, falseAlarmsPerMonth: number) {
    const noise = wandering(new Random(1), 0.995);
    const rest = Object.fromEntries(Array.from({ length: others }, (_, number) => [`other${number}`, {}]));
    const host = (slot: number): HostDraft => ({
      groups: { web: { rss: (500 + 10 * noise() + (3 * Math.max(0, slot - ONSET)) / HOUR) * MIB }, ...rest },
    });
    return eventsOf(createState({ intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth }), host, { to: slots });
  }
  const alone = told(0, 2000);
  const shared = told(7, 2000);
  expect(alone.length).toBeGreaterThan(0);
  expect(shared).not.toEqual(alone);
  expect(shared).toEqual(told(0, 250));
});

test('groups are bounded, and those beyond are not judged', () => {
  const state = createState(OPTIONS);
  const groups = Object.fromEntries(Array.from({ length: 1010 }, (_, number) => [`group${number}`, { threads: 1 }]));
  const report = step(state, readingsOf(0, { groups }));
  expect(report.groups).toHaveLength(1000);
  expect(state.groups.series).toBe(1000 * METRICS.length);
});

test('points are those of the series', () => {
  const state = createState(OPTIONS);
  eventsOf(state, (slot) => ({ groups: { web: { threads: slot } } }), { to: 5 });
  expect(state.groups.points('web', 'threads', 60)).toEqual(
    [2, 3, 4].map((slot) => ({ t: EPOCH + slot * INTERVAL_SECONDS, v: slot })),
  );
  expect(state.groups.points('web', 'rss', 60)).toEqual([]);
  expect(state.groups.points('nobody', 'threads', 60)).toBeUndefined();
});

test('groups are reported by name, in whatever order and whichever of them are there', () => {
  const state = createState(OPTIONS);
  const instants = [['b', 'a'], ['a', 'b'], ['c', 'a'], ['c', 'a', 'b'], []];
  const reported = instants.map((names, slot) => {
    const groups = Object.fromEntries(names.map((name) => [name, { threads: 1 }]));
    return step(state, readingsOf(slot, { groups })).groups.map(({ name }) => name);
  });
  expect(reported).toEqual(instants.map((names) => names.toSorted()));
});

describe('groups and their workers', () => {
  /** As many workers as the load asks for, each with its threads; from a day on one more thread an hour in each. */
  const fleet =
    (leakPerHour: number) =>
    (slot: number): HostDraft => {
      const workers = Math.round(8 + 6 * Math.sin((2 * Math.PI * slot) / DAY) + (slot % 7 === 0 ? 1 : 0));
      const own = 10 + Math.floor((leakPerHour * Math.max(0, slot - DAY)) / HOUR);
      return { groups: { web: { processes: workers + 1, threads: workers * own + 4 } } };
    };

  test('more threads because there are more workers are no leak of threads', () => {
    const events = eventsOf(createState(OPTIONS), fleet(0), { to: 12 * DAY });
    expect(events.filter(({ at }) => at === 'alert')).toEqual([]);
    // The morning of the first day, which nobody has seen before.
    expect(events.filter(({ at }) => at === 'warn').length).toBeLessThanOrEqual(2);
  });

  test('nor are those of a first day on which workers come, stay and leave again', () => {
    const told: string[] = [];
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed);
      const most = random.between(2, 14);
      const [morning, evening] = [random.between(2 * HOUR, 5 * HOUR), random.between(9 * HOUR, 13 * HOUR)];
      const load = (slot: number) =>
        Math.min(1, Math.max(0, (slot - morning) / (4 * HOUR)), Math.max(0, 1 - (slot - evening) / (5 * HOUR)));
      const host = (slot: number): HostDraft => {
        const processes = 2 + Math.round(most * load(slot) + random.between(0, 3) / 3);
        return { groups: { web: { processes, threads: 9 * processes } } };
      };
      const events = eventsOf(createState(OPTIONS), host, { to: DAY });
      told.push(...events.map(inShort).filter((event) => event === 'alert W10 web threads'));
    }
    expect(told).toEqual([]);
  });

  test('more threads in each worker are one', () => {
    const events = eventsOf(createState(OPTIONS), fleet(1), { to: 5 * DAY });
    expect(events.map(inShort)).toContain('alert W10 web threads');
  });
});

test('a suspicion that is about to hit its limit is a leak: there is no time to be sure', () => {
  // Ten threads a minute: a quarter of an hour to the limit.
  const host =
    (limit: number) =>
    (slot: number): HostDraft => {
      const threads = 40 + Math.floor((10 * Math.max(0, slot - ONSET)) / MINUTE);
      return { groups: { web: { threads, bounds: { threads: { used: threads, limit } } } } };
    };
  const near = eventsOf(createState(OPTIONS), host(400), { to: ONSET + 30 * MINUTE });
  expect(near.map(inShort)).toContain('alert W10 web threads');
  const far = eventsOf(createState(OPTIONS), host(40_000), { to: ONSET + 30 * MINUTE });
  expect(far.map(inShort)).not.toContain('alert W10 web threads');
});

test('another leakwatch has a descriptor for each process of the host, which is no leak', () => {
  const grows = (slot: number) => ({ fds: 30 + twoForwardOneBack(slot), threads: 5, processes: 1 });
  const told = (group: string) =>
    eventsOf(createState(OPTIONS), (slot) => ({ groups: { [group]: grows(slot) } }), { to: DAY }).map(inShort);
  expect(told('monitor')).toContain('alert W13 monitor fds');
  expect(told('leakwatch')).toEqual([]);
  const threads = (slot: number) => ({ ...grows(slot), threads: 5 + twoForwardOneBack(slot) });
  const events = eventsOf(createState(OPTIONS), (slot) => ({ groups: { leakwatch: threads(slot) } }), { to: DAY });
  expect(events.map(inShort)).toContain('alert W10 leakwatch threads');
});
