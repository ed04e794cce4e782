/**
 * Parses /proc/PID/status, lines `Name:\tvalue`. Source: proc_pid_status(5).
 * The first line has the name of the process. Newlines in it are escaped, but not the other line terminators that `^`
 * matches behind (U+2028, carriage return), so lines are found by `\n`.
 */

/** Bytes; undefined = unknown. */
export interface MemoryKinds {
  readonly anonBytes: number | undefined;
  readonly fileBytes: number | undefined;
  readonly sharedBytes: number | undefined;
  readonly swapBytes: number | undefined;
}

/** The real uid, the first of the four on the line `Uid:`. */
export function parseRealUid(text: string): number | undefined {
  const match = /\nUid:\t(\d{1,10})\t/.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** CAP_SYS_ADMIN and CAP_SYS_RESOURCE of include/uapi/linux/capability.h. */
const FREE_OF_LIMITS = (1n << 21n) | (1n << 24n);

/** Has it a capability that frees a process from RLIMIT_NPROC, in its own user namespace? Source: kernel/fork.c. */
export function mayExceedNproc(text: string): boolean {
  const match = /\nCapEff:\t([0-9a-f]{16})\n/.exec(text);
  return match !== null && (BigInt(`0x${match[1]}`) & FREE_OF_LIMITS) !== 0n;
}

const ANON = /\nRssAnon:\t *(\d{1,12}) kB\n/;
const FILE = /\nRssFile:\t *(\d{1,12}) kB\n/;
const SHMEM = /\nRssShmem:\t *(\d{1,12}) kB\n/;
const SWAP = /\nVmSwap:\t *(\d{1,12}) kB\n/;

/** Resident memory by kind (since Linux 4.5), and swap; bytes. */
export function parseMemoryKinds(text: string): MemoryKinds {
  return {
    anonBytes: kilobytes(text, ANON),
    fileBytes: kilobytes(text, FILE),
    sharedBytes: kilobytes(text, SHMEM),
    swapBytes: kilobytes(text, SWAP),
  };
}

/** The two kinds that statm does not tell: resident shared memory, and swap. */
export function parseShmemAndSwap(text: string): Pick<MemoryKinds, 'sharedBytes' | 'swapBytes'> {
  return { sharedBytes: kilobytes(text, SHMEM), swapBytes: kilobytes(text, SWAP) };
}

function kilobytes(text: string, line: RegExp): number | undefined {
  const match = line.exec(text);
  return match ? Number(match[1]) * 1024 : undefined;
}
