import { expect, test } from 'vitest';
import { StandingEvents } from '../../src/daemon/standing-events.ts';
import type { AlertCode, At } from '../../src/model/alerts.ts';
import type { Metric } from '../../src/model/metrics.ts';
import type { Event } from '../../src/verdict/report.ts';

function event(at: At, code: AlertCode, metric: Metric, group = 'web'): Event {
  return {
    t: 0,
    at,
    code,
    desc: '',
    group,
    metric,
    verdict: 'ok',
    previous: 'ok',
    value: undefined,
    evidence: {},
  } as Event;
}

const toldOf = (standing: StandingEvents<Event>, events: readonly Event[]) => events.map((each) => standing.tell(each));

test('two metrics of one code are told once, and are over when both are', () => {
  const standing = new StandingEvents<Event>();
  const events = [
    event('warn', 'W12', 'rss'),
    event('warn', 'W12', 'anon'),
    event('alert', 'W12', 'anon'),
    event('alert', 'W12', 'rss'),
    event('resolved', 'W12', 'anon'),
    event('resolved', 'W12', 'rss'),
  ];
  expect(toldOf(standing, events)).toEqual([true, false, true, false, false, true]);
  expect(standing.list()).toEqual([]);
  expect([...standing.totals()]).toEqual([['W12', 2]]);
});

test('a limit is over when it is, whichever metric came nearest to it meanwhile', () => {
  const standing = new StandingEvents<Event>();
  expect(toldOf(standing, [event('alert', 'W21', 'threads'), event('resolved', 'W21', 'zombies')])).toEqual([
    true,
    true,
  ]);
  expect(standing.list()).toEqual([]);
});

test('a limit that is told again is news, whichever metric comes nearest to it now', () => {
  const standing = new StandingEvents<Event>();
  const again = [event('warn', 'W20', 'threads'), event('warn', 'W20', 'zombies'), event('warn', 'W20', 'zombies')];
  expect(toldOf(standing, again)).toEqual([true, true, true]);
  expect(standing.list()).toHaveLength(1);
});

test('what stands may have another number, which is no news and does not make it newer', () => {
  const standing = new StandingEvents<Event>();
  const first = event('warn', 'W41', 'rss');
  const second = event('warn', 'W20', 'rss');
  toldOf(standing, [first, second]);
  const renewed = { ...first, value: 7 } as Event;
  standing.update(renewed);
  standing.update(event('warn', 'W10', 'threads'));
  expect(standing.list()).toEqual([second, renewed]);
  expect([...standing.totals()]).toEqual([
    ['W41', 1],
    ['W20', 1],
  ]);
});

test('limits of several resources, groups and codes stand side by side, newest first', () => {
  const standing = new StandingEvents<Event>();
  const events = [
    event('warn', 'W20', 'threads'),
    event('warn', 'W20', 'rss'),
    event('alert', 'W10', 'threads'),
    event('alert', 'W10', 'threads', 'redis'),
  ];
  expect(toldOf(standing, events)).toEqual([true, true, true, true]);
  expect(standing.list()).toEqual(events.toReversed());
  expect(Object.fromEntries(standing.totals())).toEqual({ W20: 2, W10: 2 });
});

test('what stands is bounded: the oldest go first', () => {
  const standing = new StandingEvents<Event>();
  for (let number = 0; number < 500; number++) standing.tell(event('alert', 'W10', 'threads', `group${number}`));
  expect(standing.list()).toHaveLength(200);
  expect(standing.list()[0]!.group).toBe('group499');
  expect(standing.totals().get('W10')).toBe(500);
});

test('the totals given are those of the moment', () => {
  const standing = new StandingEvents<Event>();
  const before = standing.totals();
  standing.tell(event('alert', 'W10', 'threads'));
  expect([...before]).toEqual([]);
});
