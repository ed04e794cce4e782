/** The sentence of an event of each code, told in each way: what the terminal, the page, Alertmanager and JSON say. */

import { describe, expect, test } from 'vitest';
import { ALERT_CODES, ALERTS, type At } from '../../src/model/alerts.ts';
import type { Metric } from '../../src/model/metrics.ts';
import type { Culprit, CulpritEvent } from '../../src/verdict/culprit.ts';
import { byEvidence, type Event } from '../../src/verdict/report.ts';
import { describeCulprit, details, headline, sentence } from '../../src/verdict/sentence.ts';
import { seen } from '../support/seen.ts';
import { toldEvent as event, TOLD_AT } from '../support/told-event.ts';

const T = TOLD_AT;
const MB = 2 ** 20;

const ruby: Culprit = { pid: 4711, comm: 'ruby' };
const waiting: Culprit = {
  ...ruby,
  children: 87,
  zombies: { oldestSeconds: 240, names: [{ name: 'convert', count: 87 }] },
};
const growing = { slopePerSecond: 1200 / 3600, since: T - 300, exhaustionSeconds: 357 };
const bound = { used: 137, limit: 256 };

describe('an alert', () => {
  test.each<[string, CulpritEvent]>([
    [
      'shop leaks zombies: ruby (pid 4711) has not waited for 87 children (87 x convert), +1,200 an hour, limit of 256 in 6 min',
      event('W11', { culprit: waiting, evidence: growing, bound }),
    ],
    [
      "shop leaks zombies: a parent outside of what can be seen (the container's runtime) has not waited for 87 children (87 x convert), +1,200 an hour, limit of 256 in 6 min",
      event('W11', { culprit: { ...waiting, pid: 0, comm: '', unseen: true }, evidence: growing, bound }),
    ],
    [
      "shop leaks zombies: 87 zombies of a parent outside of what can be seen (the container's runtime)",
      event('W11', { evidence: { parentUnseen: true } }),
    ],
    [
      'shop leaks threads: ruby (pid 4711) has 61 threads (57 x Timer-#), +12 an hour',
      event('W10', {
        culprit: {
          ...ruby,
          value: 61,
          growth: 57,
          ...seen({
            t: T,
            at: 'threads',
            kinds: [
              { name: 'Timer-#', amount: 57, newer: 57 },
              { name: 'ruby', amount: 4, newer: 0 },
            ],
          }),
        },
        evidence: { slopePerSecond: 12 / 3600 },
      }),
    ],
    [
      'shop leaks zombies: ruby (pid 4711) has not waited for 3 children (3 x convert), one every 20.0 s (±0.1 s): a timer, it blocks SIGCHLD, +180 an hour',
      event('W11', {
        metric: 'zombies',
        culprit: {
          ...ruby,
          children: 3,
          zombies: { oldestSeconds: 60, names: [{ name: 'convert', count: 3 }] },
          ...seen({ t: T, at: 'zombies', kinds: [{ name: 'convert', amount: 3 }], remarks: ['blocks SIGCHLD'] }),
          rhythm: 'one every 20.0 s (±0.1 s): a timer',
        },
        evidence: { slopePerSecond: 180 / 3600 },
      }),
    ],
    [
      'shop leaks file descriptors: ruby (pid 4711) has 215 file descriptors (196 x file, 12 x pipe, 6 x socket)',
      event('W13', {
        culprit: {
          ...ruby,
          value: 215,
          ...seen({
            t: T,
            at: 'fds',
            kinds: [
              { name: 'file', amount: 196 },
              { name: 'pipe', amount: 12 },
              { name: 'socket', amount: 6 },
              { name: 'device', amount: 1 },
            ],
          }),
        },
      }),
    ],
    [
      'shop leaks memory: ruby (pid 4711) has 76.5 MB of anonymous memory, +1.4 GB an hour, limit of 512 MB in 18 min',
      event('W12', {
        metric: 'anon',
        culprit: { ...ruby, value: 76.5 * MB },
        evidence: { slopePerSecond: (1434 * MB) / 3600, exhaustionSeconds: 1100 },
        bound: { used: 80 * MB, limit: 512 * MB },
      }),
    ],
    ['shop leaks processes: ruby (pid 4711) has 1 living child', event('W14', { culprit: { ...ruby, children: 1 } })],
    [
      'shop leaks processes: ruby (pid 4711) has 133 living children, +11,902 processes an hour',
      event('W14', {
        metric: 'processes',
        culprit: { ...ruby, children: 133 },
        evidence: { slopePerSecond: 11_902 / 3600 },
      }),
    ],
    [
      'shop has reached its thread limit: 256 of 256 used, +1,200 an hour, ruby (pid 4711) has not waited for 87 children (87 x convert)',
      event('W21', { metric: 'zombies', culprit: waiting, evidence: growing, bound: { used: 256, limit: 256 } }),
    ],
    [
      'shop crashes again and again: 19 restarts in 40 s, half of its lives no longer than 1 s, shop.sh (pid 5) is started by bash (pid 2)',
      event('W30', {
        culprit: { pid: 5, comm: 'shop.sh', parent: { pid: 2, comm: 'bash' } },
        evidence: { since: T - 40, restarts: 19, medianLifeSeconds: 1 },
      }),
    ],
    [
      'shop has orphaned processes: 3 processes live on without their parent, the oldest for 30 s, sleep (pid 5) was started by node (pid 2)',
      event('W31', {
        culprit: { pid: 5, comm: 'sleep', parent: { pid: 2, comm: 'node' } },
        evidence: { since: T - 30, orphans: 3, oldestOrphanSeconds: 30 },
      }),
    ],
  ])('%s', (text, told) => {
    expect(sentence(told)).toBe(text);
  });
});

test('a warning says that it may be so', () => {
  expect(sentence(event('W10', { at: 'warn', value: 59 }))).toBe('shop may be leaking threads: 59 threads');
  expect(sentence(event('W20', { at: 'warn', culprit: waiting, evidence: growing, bound }))).toBe(
    'shop will reach its thread limit: 137 of 256 used, +1,200 an hour, reached in 6 min, ruby (pid 4711) has not waited for 87 children (87 x convert)',
  );
  const filling = { slopePerSecond: (20 * MB) / 3600, exhaustionSeconds: 3600 };
  const memory = { used: 482 * MB, limit: 512 * MB };
  expect(sentence(event('W20', { at: 'warn', metric: 'anon', evidence: filling, bound: memory }))).toBe(
    'shop will reach its memory limit: 482 MB of 512 MB used, +20 MB an hour, 98 % reached in 60 min',
  );
  const told = { ...filling, exhaustionLow: 3000, exhaustionHigh: 7200 };
  expect(sentence(event('W20', { at: 'warn', metric: 'anon', evidence: told, bound: memory }))).toContain(
    '98 % reached in 60 min (50 min to 2 h)',
  );
  const close = { ...filling, exhaustionLow: 3000, exhaustionHigh: 7201 };
  expect(sentence(event('W20', { at: 'warn', metric: 'anon', evidence: close, bound: memory }))).not.toContain('(');
  const workers = { since: T - 900, floor: 1765 * MB, workers: 3, workerBytes: 588 * MB, workersFit: 1 };
  const quota = { used: 1765 * MB, limit: 1000 * MB };
  expect(sentence(event('W40', { at: 'warn', metric: 'rss', evidence: workers, bound: quota }))).toBe(
    'shop needs more memory than it may use: memory has stopped growing, 3 workers of 588 MB each, 1,000 MB holds 1',
  );
});

test('what is over has no numbers', () => {
  const over = event('W11', { at: 'resolved', culprit: waiting, evidence: growing, bound });
  expect(sentence(over)).toBe('shop no longer leaks zombies');
  expect(details(over)).toBe('');
});

test('every code has words for every way to be told, and its limit is named', () => {
  for (const code of ALERT_CODES) {
    for (const at of ['alert', 'warn', 'resolved'] satisfies At[]) {
      for (const metric of ['rss', 'fds', 'zombies'] satisfies Metric[]) {
        const words = headline(event(code, { at, metric }));
        expect(words).toMatch(/^shop [a-z][a-z ]+$/);
        expect(words.includes(' limit')).toBe(ALERTS[code].about === 'limit');
      }
    }
  }
});

test('names from the host cannot hide or move anything', () => {
  const hostile = event('W11', { group: 'a\u202eb\u001b[2J', culprit: { ...waiting, comm: '\n\u2066x' } });
  expect(sentence(hostile)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('the case of its kind of evidence is asked for each code, and no other', () => {
  const kinds = {
    growth: () => 'growth',
    restarts: () => 'restarts',
    orphans: () => 'orphans',
    overcommit: () => 'overcommit',
    degradation: () => 'degradation',
  };
  for (const code of ALERT_CODES) expect(byEvidence<Event, string>(event(code), kinds)).toBe(ALERTS[code].evidence);
});

describe('kinds of fewer things than there are now', () => {
  const told = (value: number, more: { readonly incomplete?: string } = {}) =>
    describeCulprit({
      metric: 'fds',
      culprit: {
        ...ruby,
        value,
        ...seen({ t: T, at: 'fds', kinds: [{ name: 'inotify', amount: 70 }], rest: 20, ...more }),
      },
    });

  test('are told with the number that was there when they were looked at', () => {
    expect(told(100)).toBe('ruby (pid 4711) has 100 file descriptors (70 x inotify)');
    expect(told(101)).toBe('ruby (pid 4711) has 101 file descriptors (when it had 90: 70 x inotify)');
  });

  test('or with the number that could be looked at', () => {
    expect(told(911, { incomplete: 'looked at 90 of 911 descriptors' })).toBe(
      'ruby (pid 4711) has 911 file descriptors (of 90 looked at: 70 x inotify)',
    );
  });
});
