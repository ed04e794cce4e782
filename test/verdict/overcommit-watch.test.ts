import { describe, expect, test } from 'vitest';
import { createState } from '../../src/step.ts';
import type { Judge } from '../../src/verdict/judge.ts';
import { OvercommitWatch } from '../../src/verdict/overcommit-watch.ts';
import { eventsOf, evidenceOf, type HostDraft, inShort } from '../support/readings.ts';
import { DAY, HOUR, INTERVAL_SECONDS, MIB, MINUTE, Random, wandering } from '../support/synthetic.ts';

const OPTIONS = { intervalSeconds: INTERVAL_SECONDS, falseAlarmsPerMonth: 1 };

/** A parent of 51 MB and workers that each climb to so much, for half an hour, and then hold it. */
function dyno(workers: number, plateau: number, { limit = 1000, leak = 0 } = {}) {
  const noise = wandering(new Random(workers), 0.9);
  return (slot: number): HostDraft => {
    const each = Math.min(plateau, 50 + (slot * (plateau - 50)) / (30 * MINUTE)) + noise();
    const rss = (51 + workers * each + (leak * slot) / HOUR) * MIB;
    const bounds = { memory: { used: rss, limit: limit * MIB, of: 'dyno' } };
    return { groups: { unicorn: { processes: workers + 1, rss, bounds } }, bounds };
  };
}

const said = (host: (slot: number) => HostDraft, to = 2 * DAY) => eventsOf(createState(OPTIONS), host, { to });
const overcommit = (host: (slot: number) => HostDraft, to?: number) =>
  said(host, to).filter(({ code }) => code === 'W40');

describe('workers that do not fit', () => {
  test('3 x 600 MB under 1,000 MB: no leak, and one fits', () => {
    const events = said(dyno(3, 600));
    expect(events.map(inShort)).not.toContain('alert W12 unicorn rss');
    const [told, ...more] = events.filter(({ code }) => code === 'W40');
    expect(more).toEqual([]);
    expect(told).toMatchObject({ at: 'warn', metric: 'rss', verdict: 'ok', evidence: { workers: 3, workersFit: 1 } });
    expect(evidenceOf(told!).workerBytes! / MIB).toBeCloseTo(617, -1);
  });

  test('nothing is said of those that fit, nor while they climb', () => {
    expect(overcommit(dyno(1, 600))).toEqual([]);
    expect(overcommit(dyno(3, 600, { limit: 2000 }))).toEqual([]);
    expect(overcommit(dyno(3, 600), HOUR)).toEqual([]);
  });

  test('nor of a leak that is on its way past the limit', () => {
    for (const leak of [10, 40, 160]) expect(overcommit(dyno(2, 300, { leak })), `${leak} MB/h`).toEqual([]);
  });

  test('nor of a spike, and it is over when there is room again', () => {
    const spike = dyno(1, 600);
    const spiking = (slot: number): HostDraft => {
      const draft = spike(slot);
      const rss = slot % DAY < 10 * MINUTE ? 1100 * MIB : draft.groups.unicorn!.rss!;
      const bounds = { memory: { used: rss, limit: 1000 * MIB, of: 'dyno' } };
      return { groups: { unicorn: { processes: 2, rss, bounds } }, bounds };
    };
    expect(overcommit(spiking)).toEqual([]);
    const fewer = (slot: number): HostDraft => (slot < DAY ? dyno(3, 600)(slot) : dyno(1, 600)(slot));
    expect(overcommit(fewer).map(inShort)).toEqual(['warn W40 unicorn rss', 'resolved W40 unicorn rss']);
    const gone = (slot: number): HostDraft => (slot < DAY ? dyno(3, 600)(slot) : { groups: { other: { threads: 1 } } });
    expect(overcommit(gone).at(-1)).toMatchObject({ at: 'resolved' });
  });

  test('the group that fills the limit is named, not one beside it', () => {
    const host = (slot: number): HostDraft => {
      const { unicorn } = dyno(3, 600)(slot).groups;
      const used = unicorn!.rss! + 100 * MIB;
      const bounds = { memory: { used, limit: 1000 * MIB, of: 'dyno' } };
      return { groups: { unicorn: { ...unicorn, bounds }, redis: { rss: 100 * MIB, processes: 1, bounds } }, bounds };
    };
    expect(overcommit(host).map(({ group }) => group)).toEqual(['unicorn']);
  });
});

describe('at the edges', () => {
  const LIMIT = 1000;

  /** Follows a group at a plateau from sample to sample; @returns how it is told in each. */
  function follow(
    samples: readonly { readonly used: number; readonly plateau?: number; readonly processes?: number }[],
  ) {
    const watch = new OvercommitWatch({ intervalSeconds: INTERVAL_SECONDS });
    return samples.flatMap(({ used, plateau = used, processes = 4 }, at) => {
      const group = { name: 'app', judgeOf: () => ({ verdict: 'ok', plateau: () => plateau }) as unknown as Judge };
      const bounds = { memory: { used, limit: LIMIT } };
      return watch.see(group, { start: '1:1', values: { rss: used, processes }, bounds }, { t: at * INTERVAL_SECONDS });
    });
  }
  const times = <T>(count: number, sample: T): T[] => Array.from({ length: count }, () => sample);

  test('the limit must have been exceeded for 45 intervals', () => {
    expect(follow(times(45, { used: 1100 }))).toEqual([]);
    expect(follow(times(46, { used: 1100 }))).toHaveLength(1);
  });

  test('the group must have half of what is used', () => {
    expect(follow(times(46, { used: 1100, plateau: 549 }))).toEqual([]);
    expect(follow(times(46, { used: 1100, plateau: 550 }))).toHaveLength(1);
  });

  test('it is over below 95 % of the limit', () => {
    const told = times(46, { used: 1100 });
    expect(follow([...told, { used: 951 }, { used: 1100 }]).map(({ at }) => at)).toEqual(['warn']);
    expect(follow([...told, { used: 950 }]).map(({ at }) => at)).toEqual(['warn', 'resolved']);
  });

  test('of three processes one is the parent, of two none', () => {
    const workers = (processes: number) => evidenceOf(follow(times(46, { used: 1100, processes }))[0]!).workers;
    expect([1, 2, 3, 4].map(workers)).toEqual([1, 2, 2, 3]);
  });
});
