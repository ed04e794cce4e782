import { expect, test } from 'vitest';
import { MissCounter, missReason } from '../../src/sources/miss.ts';

test.each([
  ['ENOENT', 'vanished'],
  ['ESRCH', 'vanished'],
  ['ENOTDIR', 'vanished'],
  ['EACCES', 'denied'],
  ['EPERM', 'denied'],
  ['EMFILE', 'exhausted'],
  ['ENFILE', 'exhausted'],
  ['ENOMEM', 'exhausted'],
  ['EIO', 'failed'],
])('%s is %s', (code, reason) => {
  expect(missReason(Object.assign(new Error(code), { code }))).toBe(reason);
});

test.each([undefined, null, 'text', new Error('no code')])('%s is the reason failed', (error) => {
  expect(missReason(error)).toBe('failed');
});

test('misses are counted by what could not be read and why', () => {
  const misses = new MissCounter();
  misses.add('stat', 'vanished');
  misses.add('stat', 'vanished');
  misses.add('fds', 'denied');
  expect(Object.fromEntries(misses.counts)).toEqual({ 'stat:vanished': 2, 'fds:denied': 1 });
});
