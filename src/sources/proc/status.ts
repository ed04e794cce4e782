/**
 * /proc/PID/status: lines `Name:\tvalue`, proc_pid_status(5). Read at first sight and when a verdict turns, not each time.
 * The first line has the name of the process, in which newlines are escaped, but not the other characters that begin
 * a line for a regular expression.
 */
import type { MemoryKinds } from '../../model/inspection.ts';

/** The real uid, first of the four on the line `Uid:`. */
export function parseRealUid(text: string): number | undefined {
  const match = /\nUid:\t(\d{1,10})\t/.exec(text);
  return match ? Number(match[1]) : undefined;
}

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
