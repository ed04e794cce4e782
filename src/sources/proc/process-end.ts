/**
 * Tells when one process ends. Its /proc/PID/stat is kept open: the file stays with that process even if the pid is
 * used again, and can be read when the host has no descriptor left. Cost: one system call twice a second.
 */
import { openSync, readFileSync, readSync } from 'node:fs';
import { isZombie } from '../../model/snapshot.ts';
import { MOST_STAT_BYTES, parseStat, type Stat } from './stat.ts';

/** Short enough that the daemon has ended two seconds after the process, including its last writes. */
const EVERY_MS = 500;
/**
 * @param pid a process that is older than leakwatch; a younger one with this pid counts as ended
 * @returns a signal that is aborted when the process has ended (also as a zombie), at once if it is not there
 * @throws {Error} if there is no /proc, or the process may not be read
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
  const buffer = Buffer.allocUnsafe(MOST_STAT_BYTES);
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

/** @returns undefined if the content is not a stat line, which does not tell whether the process has ended */
function read(fd: number, buffer: Buffer, before?: Stat): Stat | 'gone' | undefined {
  try {
    return parseStat(buffer, readSync(fd, buffer, 0, MOST_STAT_BYTES, 0), before);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : undefined;
  }
}
