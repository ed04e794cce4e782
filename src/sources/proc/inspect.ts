/**
 * A bounded look at the process that a growth comes from, taken only when a verdict turns: thread names, kinds of
 * descriptors, kinds of memory. Reads no file that takes the process's memory lock (no smaps, no maps).
 */
import { readdirSync, readlinkSync } from 'node:fs';
import type { Inspection, ThreadFamily } from '../../model/inspection.ts';
import { missReason } from '../miss.ts';
import type { InspectionTarget } from '../source.ts';
import type { FileReader } from './file.ts';
import { parseUptime } from './host.ts';
import { parseStat } from './stat.ts';
import { parseMemoryKinds } from './status.ts';

/** Threads and descriptors looked at; about 20 ms of work. */
const MOST_LOOKED_AT = 1000;
const MOST_FAMILIES = 10;

interface Place {
  readonly procfs: string;
  readonly files: FileReader;
  readonly ticksPerSecond: number;
  /** Seconds since the epoch. */
  readonly now: number;
}

export function inspectProcess(target: InspectionTarget, place: Place): Inspection {
  const directory = `${place.procfs}/${target.pid}`;
  const length = place.files.read(`${directory}/stat`);
  if (length < 0) return { incomplete: place.files.reason };
  if (parseStat(place.files.buffer, length)?.startTicks !== target.startTicks) return { incomplete: 'vanished' };
  try {
    switch (target.metric) {
      case 'threads':
        return threadFamilies(directory, target.since, place);
      case 'fds':
        return fdKinds(directory);
      case 'rss':
      case 'anon': {
        const status = place.files.text(`${directory}/status`);
        return status === undefined ? { incomplete: place.files.reason } : { memory: parseMemoryKinds(status) };
      }
      default:
        return {};
    }
  } catch (error) {
    return { incomplete: missReason(error) };
  }
}

function threadFamilies(directory: string, since: number | undefined, place: Place): Inspection {
  const tids = readdirSync(`${directory}/task`);
  const uptime = parseUptime(place.files.text(`${place.procfs}/uptime`) ?? '');
  const sinceTicks =
    since === undefined || uptime === undefined ? undefined : (uptime - (place.now - since)) * place.ticksPerSecond;
  const families = new Map<string, { only: string | undefined; count: number; growth: number }>();
  for (const tid of tids.slice(-MOST_LOOKED_AT)) {
    const length = place.files.read(`${directory}/task/${tid}/stat`);
    const stat = length < 0 ? undefined : parseStat(place.files.buffer, length);
    if (!stat) continue;
    const name = foldThreadName(stat.comm);
    const family = families.get(name) ?? { only: stat.comm, count: 0, growth: 0 };
    // `python3` is a name; only where the digits differ are they numbers.
    if (stat.comm !== family.only) family.only = undefined;
    family.count++;
    if (sinceTicks !== undefined && stat.startTicks >= sinceTicks) family.growth++;
    families.set(name, family);
  }
  const sorted: ThreadFamily[] = [...families]
    .map(([name, { only, count, growth }]) => ({
      name: only ?? name,
      count,
      growth: sinceTicks === undefined ? undefined : growth,
    }))
    .sort((a, b) => (b.growth ?? 0) - (a.growth ?? 0) || b.count - a.count);
  return {
    threadFamilies: sorted.slice(0, MOST_FAMILIES),
    ...(tids.length > MOST_LOOKED_AT && { incomplete: `looked at ${MOST_LOOKED_AT} of ${tids.length} threads` }),
  };
}

function fdKinds(directory: string): Inspection {
  const names = readdirSync(`${directory}/fd`);
  const kinds: Record<string, number> = {};
  // The newest have the highest numbers: those are what leaks.
  for (const name of names.slice(-MOST_LOOKED_AT)) {
    let kind: string;
    try {
      kind = fdKind(readlinkSync(`${directory}/fd/${name}`));
    } catch {
      continue; // closed in the meantime
    }
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return {
    fdKinds: kinds,
    ...(names.length > MOST_LOOKED_AT && { incomplete: `looked at ${MOST_LOOKED_AT} of ${names.length} descriptors` }),
  };
}

/**
 * @param link what /proc/PID/fd/N points at, proc_pid_fd(5)
 * @example fdKind('socket:[4711]') // => 'socket'
 * @example fdKind('anon_inode:[eventpoll]') // => 'eventpoll'
 * @example fdKind('/var/log/syslog') // => 'file'
 */
export function fdKind(link: string): string {
  const anonymous = /^anon_inode:\[?([a-z_-]{1,32})\]?$/i.exec(link);
  if (anonymous) return anonymous[1]!;
  const special = /^(socket|pipe):\[\d+\]$/.exec(link);
  if (special) return special[1]!;
  if (/^\/dev\//.test(link)) return 'device';
  return link.startsWith('/') ? 'file' : 'other';
}

/**
 * The family of a thread's name: a pool numbers its threads, and the numbers are folded to `#`.
 * @example foldThreadName('worker-17') // => 'worker-#'
 * @example foldThreadName('puma 003/2') // => 'puma #/#'
 */
export function foldThreadName(name: string): string {
  return name.replace(/\d+/g, '#');
}
