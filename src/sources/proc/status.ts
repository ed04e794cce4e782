/**
 * Parses /proc/PID/status, lines `Name:\tvalue`. Source: proc_pid_status(5).
 * The first line has the name of the process. Newlines in it are escaped, but not the other line terminators that `^`
 * matches behind (U+2028, carriage return), so lines are found by `\n`.
 */
import type { MemoryKinds } from '../../model/inspection.ts';

/** The real uid, the first of the four on the line `Uid:`. */
export function parseRealUid(text: string): number | undefined {
  const match = /\nUid:\t(\d{1,10})\t/.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** Resident memory by kind, and swap; bytes. */
export function parseMemoryKinds(text: string): MemoryKinds {
  return {
    anonBytes: kilobytes(text, 'RssAnon'),
    fileBytes: kilobytes(text, 'RssFile'),
    sharedBytes: kilobytes(text, 'RssShmem'),
    swapBytes: kilobytes(text, 'VmSwap'),
  };
}

function kilobytes(text: string, name: string): number | undefined {
  const match = new RegExp(`\n${name}:\t *(\\d{1,12}) kB\n`).exec(text);
  return match ? Number(match[1]) * 1024 : undefined;
}
