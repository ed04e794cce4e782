/**
 * What a thread does, in a few words: `running`, `in futex_wait`, `in uninterruptible wait (NFS)`. The kernel function that
 * it sleeps in says more of some waits (a pipe, a file system), the system call more of others. Both may be read of
 * processes of our own user; the system call not where Yama forbids it. Arguments of the call are not read on.
 * Source: proc_pid_wchan(5), proc_pid_syscall(5); fs/proc/base.c. Cost: one file for each sleeping thread, sometimes two.
 */
import type { FileReader } from '../file.ts';
import type { LookContext } from './context.ts';

/** By the letter of the state, proc_pid_stat(5). */
const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'in uninterruptible wait',
  T: 'stopped',
  t: 'stopped by a debugger',
  Z: 'ended',
  X: 'ended',
  I: 'idle',
  P: 'parked',
};

/**
 * Kernel functions in which a thread can wait for one thing only, Linux 4.9 to 6.18; tried on 6.18, the others from the
 * sources of the kernel (kernel/futex, fs/eventpoll.c, fs/pipe.c, net/ipv4, net/unix, fs/locks.c, fs/fuse/dev.c, fs/nfs).
 */
const WAITS: readonly (readonly [name: string, functions: string])[] = [
  ['futex_wait', 'futex_do_wait futex_wait_queue futex_wait_queue_me futex_wait_multiple'],
  ['epoll_wait', 'ep_poll do_epoll_wait'],
  ['nanosleep', 'hrtimer_nanosleep do_nanosleep'],
  ['accept', 'inet_csk_accept inet_csk_wait_for_connect'],
  ['recv of a unix socket', 'unix_stream_read_generic unix_stream_data_wait'],
  ['send to a socket that is full', 'sk_stream_wait_memory'],
  ['read of a pipe', 'pipe_read anon_pipe_read fifo_pipe_read pipe_wait_readable'],
  ['write to a pipe that is full', 'pipe_write anon_pipe_write fifo_pipe_write pipe_wait_writable'],
  ['read of a terminal', 'n_tty_read'],
  ['wait for a child', 'do_wait kernel_wait4 kernel_waitid'],
  ['sigwait', 'do_sigtimedwait'],
  ['sigsuspend', 'sigsuspend'],
  ['pause', '__do_sys_pause sys_pause'],
  ['a lock of a file', 'locks_lock_inode_wait flock_lock_inode_wait fcntl_setlk do_lock_file_wait'],
  ['io_uring_enter', 'io_cqring_wait'],
  ['NFS', 'rpc_wait_bit_killable nfs_wait_bit_killable nfs_wait_on_request nfs4_handle_exception'],
  ['FUSE', 'request_wait_answer fuse_wait_answer'],
  [
    'a disk',
    'io_schedule folio_wait_bit_common wait_on_page_bit_common wait_on_buffer submit_bio_wait jbd2_log_wait_commit',
  ],
  ['a lock of the kernel', 'rwsem_down_read_slowpath rwsem_down_write_slowpath __mutex_lock_slowpath __mutex_lock'],
];
const WAIT_OF = new Map(WAITS.flatMap(([name, functions]) => functions.split(' ').map((one) => [one, name] as const)));

/** The system calls that threads wait in: number on x86_64 and on arm64 (asm/unistd_64.h, asm-generic/unistd.h). */
const CALLS: readonly (readonly [name: string, x64: number | undefined, arm64: number | undefined])[] = [
  ['read', 0, 63],
  ['write', 1, 64],
  ['poll', 7, undefined],
  ['poll', 271, 73],
  ['readv', 19, 65],
  ['writev', 20, 66],
  ['select', 23, undefined],
  ['select', 270, 72],
  ['pause', 34, undefined],
  ['nanosleep', 35, 101],
  ['nanosleep', 230, 115],
  ['nanosleep', 219, 128], // restart_syscall: goes on with a sleep after a stop
  ['connect', 42, 203],
  ['accept', 43, 202],
  ['accept', 288, 242],
  ['send', 44, 206],
  ['send', 46, 211],
  ['recv', 45, 207],
  ['recv', 47, 212],
  ['recv', 299, 243],
  ['wait for a child', 61, 260],
  ['wait for a child', 247, 95],
  ['semop', 65, 193],
  ['semop', 220, 192],
  ['msgrcv', 70, 188],
  ['msgrcv', 243, 183],
  ['fcntl', 72, 25],
  ['a lock of a file', 73, 32],
  ['fsync', 74, 82],
  ['fsync', 75, 83],
  ['sigwait', 128, 137],
  ['sigsuspend', 130, 133],
  ['futex_wait', 202, 98],
  ['futex_wait', 449, 449],
  ['epoll_wait', 232, undefined],
  ['epoll_wait', 281, 22],
  ['epoll_wait', 441, 441],
  ['open', 2, undefined],
  ['open', 257, 56],
  ['close', 3, 57],
  ['io_getevents', 208, 4],
  ['io_uring_enter', 426, 426],
];

/** @returns names by number; none on another architecture */
export function callsOf(arch: string): ReadonlyMap<number, string> {
  const column = arch === 'x64' ? 1 : arch === 'arm64' ? 2 : undefined;
  if (column === undefined) return new Map();
  return new Map(CALLS.flatMap((row) => (row[column] === undefined ? [] : [[row[column], row[0]] as const])));
}

const CALLS_OF_HOST = callsOf(process.arch);

/** Longest name of a kernel function that is shown. Chosen. */
const MOST_FUNCTION_NAME = 48;
/** A stack below 4 GB is that of a 32-bit program, whose calls have other numbers. */
const LEAST_STACK = 2n ** 32n;

export class Activities {
  readonly #files: FileReader;
  readonly #budget: LookContext['budget'];
  readonly #calls: ReadonlyMap<number, string>;
  /** Neither file tells anything of this process: they are not read again. */
  isDenied = false;

  /** @param calls names of system calls by number: those of the host's architecture */
  constructor({ files, budget }: Pick<LookContext, 'files' | 'budget'>, calls = CALLS_OF_HOST) {
    this.#files = files;
    this.#budget = budget;
    this.#calls = calls;
  }

  /**
   * @param directory of the thread: `/proc/PID/task/TID`, or `/proc/PID` for the main one
   * @param state the letter of its state
   */
  of(directory: string, state: string): string {
    if (state !== 'S' && state !== 'D') return STATES[state] ?? 'unknown';
    const wait = this.isDenied ? undefined : this.#waitOf(directory);
    if (wait === undefined) return STATES[state]!;
    if (wait === 'running') return wait;
    return state === 'D' ? `${STATES[state]} (${wait})` : `in ${wait}`;
  }

  #waitOf(directory: string): string | undefined {
    const place = this.#text(`${directory}/wchan`);
    const where = place === undefined ? undefined : parseWchan(place);
    const wait = where === undefined ? undefined : WAIT_OF.get(where);
    if (wait !== undefined) return wait;
    const call = this.#text(`${directory}/syscall`);
    if (where === undefined && call === undefined) this.isDenied = this.#files.reason === 'denied';
    const number = call === undefined ? undefined : parseSyscall(call);
    return number === 'running' ? number : (this.#calls.get(number ?? -1) ?? where);
  }

  #text(path: string): string | undefined {
    return this.#budget.spend() ? this.#files.text(path) : undefined;
  }
}

/**
 * The kernel function that a thread sleeps in, without what a compiler adds to its name.
 * @param text content of /proc/PID/wchan: no line end; `0` if it does not sleep, or may not be looked at
 * @example parseWchan('poll_schedule_timeout.constprop.0') // => 'poll_schedule_timeout'
 * @example parseWchan('0') // => undefined
 */
export function parseWchan(text: string): string | undefined {
  const [name = ''] = text.trimEnd().split('.', 1);
  return /^[a-z_]\w*$/i.test(name) && name.length <= MOST_FUNCTION_NAME ? name : undefined;
}

/**
 * The number of the system call that a thread is in.
 * @param text content of /proc/PID/syscall: number, six arguments, stack and program counter; or `running`
 * @returns undefined if it is in none, or in one of a 32-bit program
 * @example parseSyscall('running\n') // => 'running'
 * @example parseSyscall('202 0x7f 0x189 0x0 0x0 0x0 0xf 0x7fffeb8ffb28 0x7fb7c0290503\n') // => 202
 * @example parseSyscall('-1 0x7fffeb8ffb28 0x7fb7c0290503\n') // => undefined
 */
export function parseSyscall(text: string): number | 'running' | undefined {
  if (text === 'running\n') return 'running';
  const match = /^(\d{1,4})(?: 0x[0-9a-f]{1,16}){6} (0x[0-9a-f]{1,16}) 0x[0-9a-f]{1,16}\n$/.exec(text);
  return match && BigInt(match[2]!) >= LEAST_STACK ? Number(match[1]) : undefined;
}
