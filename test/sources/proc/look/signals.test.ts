import { expect, test } from 'vitest';
import { parseSignals, type SignalMasks, sigchldRemark } from '../../../../src/sources/proc/look/signals.ts';

const STATUS =
  'Name:\tSigIgn:\\t1\nSigQ:\t1/31437\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000001\nSigBlk:\t0000000000010000\nSigIgn:\t0000000000001006\nSigCgt:\t0000000180004a03\nCapInh:\t0000000000000000\n';

test('the masks of a process are read from its status', () => {
  expect(parseSignals(STATUS)).toEqual({
    pending: 1n,
    blocked: 0x10000n,
    ignored: 0x1006n,
    caught: 0x180004a03n,
  });
  expect(parseSignals(STATUS.replace('ShdPnd:', 'Shd:'))).toBeUndefined();
  expect(parseSignals('')).toBeUndefined();
});

const CHILD = 1n << 16n;

test.each([
  ['does not handle SIGCHLD, and does not wait either', {}],
  ['does not handle SIGCHLD, and does not wait either', { caught: CHILD << 1n }],
  ['catches SIGCHLD but does not wait', { caught: CHILD }],
  ['blocks SIGCHLD, so that it is not told that its children end', { blocked: CHILD, pending: CHILD, caught: CHILD }],
  ['blocks SIGCHLD in its main thread and takes it in another way, but does not wait', { blocked: CHILD }],
  [
    'ignores SIGCHLD, so that the kernel reaps its children, but only those that end from now on',
    { ignored: CHILD, pending: 1n },
  ],
])('a parent that %s', (remark, masks: Partial<SignalMasks>) => {
  expect(sigchldRemark({ pending: 0n, blocked: 0n, ignored: 0n, caught: 0n, ...masks })).toBe(remark);
});
