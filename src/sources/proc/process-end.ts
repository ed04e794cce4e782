/**
 * Tells when one process ends. Its stat is kept open: the file stays with the process it was opened for, whoever has the
 * pid later, and can be read when the host has no descriptor left. Cost: one system call twice a second.
 */
import { openSync, readFileSync, readSync } from 'node:fs';
import { isZombie } from '../../model/snapshot.ts';
import { parseStat, type Stat } from './stat.ts';

/** With what is then left to write, within two seconds. */
const EVERY_MS = 500;
/** Longer than any stat line: 52 numbers and a name. */
const STAT_BYTES = 2048;

/**
 * @param pid of a process that was there when we were started; one that has taken its number since then is another
 * @returns aborted when it has ended, whether or not its parent has noticed, and at once if it is not there
 * @throws {Error} if /proc is not there, or the process may not be read
 */
export function endOf(pid: number): AbortSignal {
  const own = readFileSync('/proc/self/stat');
  const startedBy = parseStat(own, own.length)?.startTicks ?? Number.POSITIVE_INFINITY;
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/stat`, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return AbortSignal.abort();
    throw error;
  }
  const buffer = Buffer.allocUnsafe(STAT_BYTES);
  const first = read(fd, buffer);
  if (first === 'gone' || (first && (isZombie(first) || first.startTicks > startedBy))) return AbortSignal.abort();
  const ended = new AbortController();
  const timer = setInterval(() => {
    const stat = read(fd, buffer, first);
    if (stat !== 'gone' && !(stat && isZombie(stat))) return;
    clearInterval(timer);
    ended.abort();
  }, EVERY_MS).unref();
  return ended.signal;
}

/** @returns undefined for what is no stat line, which says nothing of its end */
function read(fd: number, buffer: Buffer, before?: Stat): Stat | 'gone' | undefined {
  try {
    return parseStat(buffer, readSync(fd, buffer, 0, STAT_BYTES, 0), before);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : undefined;
  }
}
