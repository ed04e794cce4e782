/**
 * Parses /proc/PID/stat, one line `pid (comm) state ppid ...`. Source: proc_pid_stat(5).
 * comm may contain any byte, also `)` and newlines, so it ends at the last `)` of the line.
 */
import { type Cursor, readInteger, skipWords } from './fields.ts';

export interface Stat {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  /** It is a kernel thread. */
  readonly kernel: boolean;
  /** User and system time of the process, in clock ticks. */
  readonly cpuTicks: number;
  /** User and system time of the children that it has waited for, in clock ticks. */
  readonly childCpuTicks: number;
  readonly threads: number;
  /** Start time in clock ticks since boot. */
  readonly startTicks: number;
  /** Undefined if the kernel gives a negative number, as some kernels have. */
  readonly rssPages: number | undefined;
}

/** Longer than any stat line: 52 numbers of at most 20 digits and a name of at most 64 bytes. */
export const MOST_STAT_BYTES = 2048;

const OPEN = 0x28;
const CLOSE = 0x29;
const SPACE = 0x20;
/** PF_KTHREAD of include/linux/sched.h. */
const KERNEL_THREAD = 0x00200000;
const STATES = new Map([...'RSDZTtWXxKPI'].map((letter) => [letter.charCodeAt(0), letter]));

/** Shared by all calls, to make no garbage per process and sample. Parsing is synchronous, so calls do not overlap. */
const cursor: Cursor = { bytes: new Uint8Array(), position: 0, end: 0 };

/**
 * @param bytes the file's content is in the first `length` bytes
 * @param before the result of the process's last reading
 * @returns `before` itself if nothing has changed; undefined if the line is empty, cut off or malformed
 */
export function parseStat(bytes: Buffer, length: number, before?: Stat): Stat | undefined {
  cursor.bytes = bytes;
  cursor.position = 0;
  cursor.end = length;
  const pid = readInteger(cursor);
  if (!(pid > 0) || bytes[cursor.position] !== OPEN) return undefined;
  const opening = cursor.position;
  const closing = lastIndexOf(bytes, CLOSE, length);
  if (closing <= opening || closing + 4 > length || bytes[closing + 1] !== SPACE || bytes[closing + 3] !== SPACE) {
    return undefined;
  }
  const state = STATES.get(bytes[closing + 2]!);
  if (state === undefined) return undefined;
  cursor.position = closing + 4;
  const ppid = readInteger(cursor);
  skipWords(cursor, 4); // pgrp session tty_nr tpgid
  const flags = readInteger(cursor);
  skipWords(cursor, 4); // minflt cminflt majflt cmajflt
  const cpuTicks = readInteger(cursor) + readInteger(cursor);
  const childCpuTicks = readInteger(cursor) + readInteger(cursor);
  skipWords(cursor, 2); // priority nice
  const threads = readInteger(cursor);
  skipWords(cursor, 1); // itrealvalue
  const startTicks = readInteger(cursor);
  skipWords(cursor, 1); // vsize
  const rss = readInteger(cursor);
  // A sum with a NaN is NaN, so one comparison finds a malformed number among them.
  if (!(ppid + flags + threads + startTicks + cpuTicks + childCpuTicks + rss <= Number.MAX_VALUE)) return undefined;
  if (ppid < 0 || threads < 0 || startTicks < 0 || cpuTicks < 0 || childCpuTicks < 0) return undefined;
  const rssPages = rss < 0 ? undefined : rss;
  const kernel = (flags & KERNEL_THREAD) !== 0;
  const isNamedAsBefore = before !== undefined && holdsText(bytes, opening + 1, closing, before.comm);
  if (
    isNamedAsBefore &&
    before.pid === pid &&
    before.state === state &&
    before.ppid === ppid &&
    before.kernel === kernel &&
    before.cpuTicks === cpuTicks &&
    before.childCpuTicks === childCpuTicks &&
    before.threads === threads &&
    before.startTicks === startTicks &&
    before.rssPages === rssPages
  ) {
    return before;
  }
  const comm = isNamedAsBefore ? before.comm : bytes.toString('utf8', opening + 1, closing);
  return { pid, comm, state, ppid, kernel, cpuTicks, childCpuTicks, threads, startTicks, rssPages };
}

function lastIndexOf(bytes: Uint8Array, byte: number, length: number): number {
  for (let at = length - 1; at >= 0; at--) if (bytes[at] === byte) return at;
  return -1;
}

/** Are these bytes exactly this text? Answers for ASCII only: false for anything else, which is then decoded. */
function holdsText(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x80 || byte !== text.charCodeAt(at - from)) return false;
  }
  return true;
}
