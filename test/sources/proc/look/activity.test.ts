import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FileReader } from '../../../../src/sources/proc/file.ts';
import { Activities, callsOf, parseSyscall, parseWchan } from '../../../../src/sources/proc/look/activity.ts';
import { withoutRoot } from '../../../support/proc-tree.ts';
import { processes } from '../../trees.ts';

const at = (number: number) => `${number} 0x7 0x0 0x0 0x0 0x0 0x0 0x7fffeb8ffb28 0x7fb7c0290503\n`;

function activities({ wchan, syscall }: { wchan?: string; syscall?: string } = {}) {
  const tree = processes({
    processes: [
      { pid: 10, files: { ...(wchan !== undefined && { wchan }), ...(syscall !== undefined && { syscall }) } },
    ],
  });
  let files = 0;
  const budget = {
    spend(more = 1) {
      files += more;
      return true;
    },
  };
  const of = new Activities({ files: new FileReader(), budget }, callsOf('x64'));
  return { tree, of: (state = 'S') => of.of(`${tree.dir}/10`, state), files: () => files, isDenied: () => of.isDenied };
}

const activity = (content: { wchan?: string; syscall?: string }, state?: string) => activities(content).of(state);

describe('what a thread does', () => {
  test('is what the kernel function that it sleeps in says, if that says it', () => {
    expect(activity({ wchan: 'futex_do_wait', syscall: at(202) })).toBe('in futex_wait');
    expect(activity({ wchan: 'futex_wait_queue_me', syscall: at(202) })).toBe('in futex_wait');
    expect(activity({ wchan: 'anon_pipe_read', syscall: at(0) })).toBe('in read of a pipe');
    expect(activity({ wchan: 'do_sigtimedwait.isra.0', syscall: at(128) })).toBe('in sigwait');
  });

  test('is the system call, where several wait in the same function', () => {
    expect(activity({ wchan: 'wait_woken', syscall: at(45) })).toBe('in recv');
    expect(activity({ wchan: 'wait_woken', syscall: at(44) })).toBe('in send');
    expect(activity({ wchan: 'poll_schedule_timeout.constprop.0', syscall: at(7) })).toBe('in poll');
    expect(activity({ wchan: '0', syscall: at(202) })).toBe('in futex_wait');
  });

  test('is the function itself, where the call is not known', () => {
    expect(activity({ wchan: 'wait_woken' })).toBe('in wait_woken');
    expect(activity({ wchan: 'drm_wait', syscall: at(9999) })).toBe('in drm_wait');
    expect(activity({ wchan: 'x'.repeat(49) })).toBe('sleeping');
  });

  test('is its state, where it does not sleep or nothing is known', () => {
    expect(activity({ wchan: '0', syscall: 'running\n' })).toBe('running');
    expect(activity({ wchan: '0', syscall: '-1 0x7fffeb8ffb28 0x7fb7c0290503\n' })).toBe('sleeping');
    expect(activity({})).toBe('sleeping');
    expect(activity({}, 'D')).toBe('in uninterruptible wait');
    expect(activity({ wchan: 'rpc_wait_bit_killable' }, 'D')).toBe('in uninterruptible wait (NFS)');
    const { of, files } = activities({ wchan: 'futex_do_wait' });
    expect(['R', 'T', 't', 'Z', 'X', 'I', 'P'].map(of)).toEqual([
      'running',
      'stopped',
      'stopped by a debugger',
      'ended',
      'ended',
      'idle',
      'parked',
    ]);
    expect(files()).toBe(0);
  });

  test('is asked once of a process that tells nothing', () => {
    const { tree, of, files, isDenied } = activities({ wchan: '0', syscall: '' });
    chmodSync(`${tree.dir}/10/syscall`, 0);
    withoutRoot(() => {
      expect(of()).toBe('sleeping');
      expect(of()).toBe('sleeping');
    });
    expect(isDenied()).toBe(true);
    expect(files()).toBe(2);
  });
});

test('numbers of system calls are those of x86_64 and arm64', () => {
  expect(callsOf('x64').get(232)).toBe('epoll_wait');
  expect(callsOf('arm64').get(98)).toBe('futex_wait');
  expect(callsOf('arm64').get(202)).toBe('accept');
  expect(callsOf('riscv64').size).toBe(0);
});

test('a call of a 32-bit program has another number, and is not told', () => {
  expect(parseSyscall(at(3))).toBe(3);
  expect(parseSyscall('3 0x7 0x0 0x0 0x0 0x0 0x0 0xffb28 0xf7f0503\n')).toBeUndefined();
});

test('what is cut off or malformed is no call and no function', () => {
  expect(parseSyscall(at(202).slice(0, -1))).toBeUndefined();
  expect(parseSyscall('')).toBeUndefined();
  expect(parseWchan('')).toBeUndefined();
  expect(parseWchan('a b')).toBeUndefined();
  expect(parseWchan('0')).toBeUndefined();
});
