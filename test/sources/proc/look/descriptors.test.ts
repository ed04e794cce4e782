import { symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fdKind } from '../../../../src/sources/proc/look/descriptors.ts';
import { looker, NOW } from '../../../support/looker.ts';
import { withoutRoot } from '../../../support/proc-tree.ts';

test('descriptors are counted by kind', () => {
  const { tree, look } = looker({ fds: 2 });
  symlinkSync('socket:[4711]', `${tree.dir}/10/fd/2`);
  symlinkSync('anon_inode:[eventpoll]', `${tree.dir}/10/fd/3`);
  const { kinds } = look('fds');
  expect(Object.fromEntries(kinds.map(({ name, amount }) => [name, amount]))).toEqual({
    device: 2,
    socket: 1,
    eventpoll: 1,
  });
});

test('the look says if descriptors may not be read', () => {
  const { look } = looker({ fds: 'denied' });
  expect(withoutRoot(() => look('fds'))).toEqual({ t: NOW, at: 'fds', kinds: [], incomplete: 'denied' });
});

test.each([
  ['socket:[1]', 'socket'],
  ['pipe:[1]', 'pipe'],
  ['anon_inode:[eventfd]', 'eventfd'],
  ['anon_inode:inotify', 'inotify'],
  ['anon_inode:[io_uring]', 'io_uring'],
  ['/dev/null', 'device'],
  ['/var/log/x (deleted)', 'file'],
  ['/memfd:x (deleted)', 'file'],
  ['/tmp/socket:[1]', 'file'],
  ['net:[4026531840]', 'other'],
  ['anon_inode:[<b>]', 'other'],
  ['', 'other'],
])('a descriptor of %j is a %s', (link, kind) => {
  expect(fdKind(link)).toBe(kind);
});
