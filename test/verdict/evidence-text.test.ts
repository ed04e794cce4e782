import { describe, expect, test } from 'vitest';
import type { Look } from '../../src/model/look.ts';
import { evidenceLines, evidenceSentence, grownText, kindText } from '../../src/verdict/evidence-text.ts';
import { seen } from '../support/seen.ts';

const MB = 2 ** 20;
const RUBY = { pid: 7, comm: 'ruby' };

const threads: Look = {
  t: 60,
  at: 'threads',
  kinds: [
    { name: 'Timer-#', amount: 57, newer: 50, states: [{ name: 'in futex_wait', count: 57 }] },
    { name: 'ruby', amount: 4, newer: 0 },
  ],
};

describe('a kind', () => {
  test.each([
    ['57 x Timer-# in futex_wait', { name: 'Timer-#', amount: 57, states: [{ name: 'in futex_wait', count: 57 }] }],
    [
      '57 x Timer-# mostly in futex_wait',
      { name: 'Timer-#', amount: 57, states: [{ name: 'in futex_wait', count: 29 }] },
    ],
    [
      '58 x Timer-# (29 in futex_wait, 29 running)',
      { name: 'Timer-#', amount: 58, states: ['in futex_wait', 'running'].map((name) => ({ name, count: 29 })) },
    ],
    [
      '60 x pi (20 killed by SIGABRT, 20 exited with 0, 10 exited with 1)',
      {
        name: 'pi',
        amount: 60,
        states: [
          { name: 'killed by SIGABRT', count: 20 },
          { name: 'exited with 0', count: 20 },
          { name: 'exited with 1', count: 10 },
          { name: 'exited with 2', count: 10 },
        ],
      },
    ],
    ['1,200 x a\\u{1b}[2J', { name: 'a\u001b[2J', amount: 1200 }],
  ])('reads %s', (text, kind) => {
    expect(kindText(kind, 'threads')).toBe(text);
  });

  test('of memory has a size', () => {
    expect(kindText({ name: 'malloc arenas', amount: 210 * MB }, 'memory')).toBe('210 MB in malloc arenas');
    expect(grownText({ name: 'heap', amount: 3 * MB, gained: MB }, 'memory')).toBe('3 MB in heap (+1 MB)');
  });
});

test('the lines tell what grew, its rhythm, remarks and what is missing', () => {
  const starts = Array.from({ length: 20 }, (_, at) => 20 * at);
  const look: Look = { ...threads, t: 385, starts, remarks: ['blocks SIGCHLD'], incomplete: 'denied' };
  expect(evidenceLines(seen(look))).toEqual([
    'Grown: 57 x Timer-# in futex_wait (+50)',
    expect.stringMatching(/^Each java\.util\.Timer .* They wait for a lock, /),
    expect.stringMatching(/^They came one every 20\.00 s .*\.$/),
    'It blocks SIGCHLD.',
    'Not all could be seen: denied.',
  ]);
  expect(evidenceSentence({ ...RUBY, ...seen(look) })).toMatch(
    /^Grown in ruby \(pid 7\): 57 x Timer-# in futex_wait \(\+50\); one every 20\.00 s .*; it blocks SIGCHLD; each java/,
  );
});

test('where no growth is known, the lines tell what there is: six kinds', () => {
  const kinds = Array.from({ length: 8 }, (_, at) => ({ name: `k${at}`, amount: 9 - at }));
  expect(evidenceLines(seen({ t: 0, at: 'fds', kinds }))).toEqual([
    'Open: 9 x k0, 8 x k1, 7 x k2, 6 x k3, 5 x k4, 4 x k5',
  ]);
});

test('the meaning of the first kind is told', () => {
  const evidence = {
    ...seen(threads),
    telling: [{ name: 'Timer-#', amount: 5, gained: 5, meaning: 'A timer for each.' }],
  };
  expect(evidenceLines(evidence)).toEqual(['Grown: 5 x Timer-# (+5)', 'A timer for each.']);
  expect(evidenceSentence({ ...RUBY, ...evidence })).toBe('Grown in ruby (pid 7): 5 x Timer-# (+5); a timer for each.');
});

test('a look that saw nothing says why, and has no sentence', () => {
  const nothing = seen({ t: 0, at: 'fds', kinds: [], incomplete: 'denied' });
  expect(evidenceLines(nothing)).toEqual(['Not all could be seen: denied.']);
  expect(evidenceSentence({ ...RUBY, ...nothing })).toBeUndefined();
});
