/**
 * /proc/PID/stat: one line, `pid (comm) state ppid ...`, proc_pid_stat(5).
 * comm may hold anything, `)` and newlines included, so it ends at the last `)` of the line.
 */
import { type Cursor, readInteger, skipWords } from './fields.ts';

export interface Stat {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly kernel: boolean;
  readonly cpuTicks: number;
  readonly childCpuTicks: number;
  readonly threads: number;
  readonly startTicks: number;
  /** Undefined where the kernel says a negative number, as some have. */
  readonly rssPages: number | undefined;
}

const OPEN = 0x28;
const CLOSE = 0x29;
const SPACE = 0x20;
/** PF_KTHREAD of include/linux/sched.h. */
const KERNEL_THREAD = 0x00200000;
const STATES = 'RSDZTtWXxKPI';

/**
 * @param bytes the content of the file in its first `length` bytes
 * @param before what was read of the process last time: a name that has not changed is not decoded again
 * @returns undefined if the line is empty, cut or not of the form: no number is ever guessed
 */
export function parseStat(bytes: Buffer, length: number, before?: Stat): Stat | undefined {
  const cursor: Cursor = { bytes, position: 0, end: length };
  const pid = readInteger(cursor);
  if (!(pid > 0) || bytes[cursor.position] !== OPEN) return undefined;
  const opening = cursor.position;
  const closing = lastIndexOf(bytes, CLOSE, length);
  if (closing <= opening || closing + 4 > length || bytes[closing + 1] !== SPACE || bytes[closing + 3] !== SPACE) {
    return undefined;
  }
  const state = String.fromCharCode(bytes[closing + 2]!);
  if (!STATES.includes(state)) return undefined;
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
  const rssPages = readInteger(cursor);
  // One comparison finds a NaN among them all.
  if (!(ppid + flags + threads + startTicks + cpuTicks + childCpuTicks + rssPages <= Number.MAX_VALUE))
    return undefined;
  if (ppid < 0 || threads < 0 || startTicks < 0 || cpuTicks < 0 || childCpuTicks < 0) return undefined;
  return {
    pid,
    comm:
      before !== undefined && holdsText(bytes, opening + 1, closing, before.comm)
        ? before.comm
        : bytes.toString('utf8', opening + 1, closing),
    state,
    ppid,
    kernel: (flags & KERNEL_THREAD) !== 0,
    cpuTicks,
    childCpuTicks,
    threads,
    startTicks,
    rssPages: rssPages < 0 ? undefined : rssPages,
  };
}

function lastIndexOf(bytes: Uint8Array, byte: number, length: number): number {
  for (let at = length - 1; at >= 0; at--) if (bytes[at] === byte) return at;
  return -1;
}

/** Are these bytes exactly this text? Only asked of ASCII: anything else says no and is decoded. */
function holdsText(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte >= 0x80 || byte !== text.charCodeAt(at - from)) return false;
  }
  return true;
}
