import { describe, expect, test } from 'vitest';
import { ALERT_CODES, type AlertCode } from '../../src/model/alerts.ts';
import { CAUSE_NAMES } from '../../src/verdict/causes.ts';
import type { Culprit, CulpritEvent } from '../../src/verdict/culprit.ts';
import { CAUSE_REMEDIES, remediesInGeneral, remedy } from '../../src/verdict/remedies.ts';
import { seen } from '../support/seen.ts';
import { toldEvent } from '../support/told-event.ts';

const MB = 2 ** 20;
const RUBY: Culprit = { pid: 4711, comm: 'ruby' };

const saysOf = (code: AlertCode, more: Partial<CulpritEvent>): string => remedy(toldEvent(code, more)) ?? '';

test.each<readonly [AlertCode, string, Partial<CulpritEvent>]>([
  [
    'W10',
    'starts threads named worker-# (14 now) in ruby (pid 4711): an executor',
    { culprit: { ...RUBY, ...seen({ t: 0, at: 'threads', kinds: [{ name: 'worker-#', amount: 14, newer: 8 }] }) } },
  ],
  [
    'W11',
    'Restart ruby (pid 4711) within 6 min: its zombies go at once. Then find where it starts convert, and wait',
    {
      evidence: { exhaustionSeconds: 357 },
      culprit: { ...RUBY, children: 3, zombies: { oldestSeconds: 9, names: [{ name: 'convert', count: 3 }] } },
    },
  ],
  ['W11', 'Restart nothing here: what is dead was started from outside', { evidence: { parentUnseen: true } }],
  ['W11', 'Restart nothing here: what is dead was started from outside', { culprit: { ...RUBY, unseen: true } }],
  ['W12', 'Take two heap snapshots of ruby (pid 4711) some hours apart', { culprit: RUBY, metric: 'anon' }],
  ['W12', 'for segments that nobody removes (ipcs --shmems)', { culprit: RUBY, metric: 'shmem' }],
  [
    'W13',
    'opens descriptors like TCP in CLOSE_WAIT to 10.0.0.5:5432 (90 now) in ruby (pid 4711) and does not close them (ls -l /proc/4711/fd): a response',
    {
      culprit: {
        ...RUBY,
        ...seen({
          t: 0,
          at: 'fds',
          kinds: [
            { name: 'TCP in CLOSE_WAIT to 10.0.0.5:5432', amount: 90 },
            { name: 'file', amount: 3 },
          ],
        }),
      },
    },
  ],
  ['W13', 'opens its newest descriptors in the process and does not close them', {}],
  ['W14', 'Look at the 61 children of ruby (pid 4711) (ps --ppid 4711)', { culprit: { ...RUBY, children: 61 } }],
  [
    'W20',
    'Decide within 6 min whether to restart shop, to raise the limit of 256, or',
    { evidence: { exhaustionSeconds: 357 }, bound: { used: 137, limit: 256 } },
  ],
  ['W21', 'Restart shop, which fills the limit of 512 MB.', { metric: 'rss', bound: { used: 1, limit: 512 * MB } }],
  [
    'W30',
    'the log of ruby (pid 4711): they say why it dies 2 s after each start.',
    { culprit: RUBY, evidence: { medianLifeSeconds: 2 } },
  ],
  [
    'W31',
    'Look at the 3 processes without a parent (ps -o pid,ppid,lstart,args -p 4711) and end what is not needed. So that it does not come back, node (pid 9) has to stop',
    { culprit: { ...RUBY, parent: { pid: 9, comm: 'node' } }, evidence: { orphans: 3 } },
  ],
  ['W31', 'the parent has to stop its children', { culprit: RUBY, evidence: { orphans: 3 } }],
  ['W40', 'Run 2 workers instead of 3, or', { metric: 'rss', evidence: { workers: 3, workersFit: 2 } }],
  ['W40', 'Run as many workers as fit instead of all, or', { metric: 'rss', evidence: { workers: 3, workersFit: 0 } }],
  ['W41', 'Nothing: the kernel takes these pages back. If the limit kills shop all', { metric: 'rss' }],
])('%s: %s', (code, text, more) => {
  expect(saysOf(code, more)).toContain(text);
});

test.each([
  ['socket', 'a response'],
  ['UDP', 'a response'],
  ['unix /run/#.sock', 'a response'],
  ['pipe to sh (pid 9)', 'children'],
  ['file', 'a close'],
  ['/var/log/app.log', 'a close'],
  ['eventpoll', 'of sockets, a response'],
])('descriptors of the kind %s have the cause: %s', (name, cause) => {
  const look = seen({ t: 0, at: 'fds', kinds: [{ name, amount: 9 }] });
  expect(saysOf('W13', { culprit: { ...RUBY, ...look } })).toContain(`/fd): ${cause}`);
});

test.each(CAUSE_NAMES)('W50 has its own for %s', (cause) => {
  expect(saysOf('W50', { evidence: { cause } })).toBe(CAUSE_REMEDIES[cause]);
});

describe.each(ALERT_CODES)('%s', (code) => {
  test('says nothing when it is over', () => {
    expect(remedy(toldEvent(code, { at: 'resolved' }))).toBeUndefined();
  });

  test('is whole sentences where nothing is known, and in general', () => {
    for (const text of [saysOf(code, {}), saysOf(code, { at: 'warn' }), ...remediesInGeneral(code)])
      expect(text).toMatch(/^[A-Z](?!.*(undefined|NaN| {2}|\.\.)).*\.$/);
  });

  test('gives no time where no end is in sight', () => {
    expect(saysOf(code, {})).not.toMatch(/within|before the limit/);
  });

  test('shows nothing that a terminal would obey', () => {
    const comm = 'a\u001b[2J\nb';
    const look = (at: 'threads' | 'fds') => seen({ t: 0, at, kinds: [{ name: comm, amount: 1 }] });
    const zombies = { oldestSeconds: 1, names: [{ name: comm, count: 1 }] };
    for (const from of [look('threads'), look('fds'), { zombies }, { parent: { pid: 1, comm } }])
      expect(saysOf(code, { group: comm, culprit: { pid: 1, comm, ...from } })).not.toMatch(/\p{Cc}/u);
  });
});
