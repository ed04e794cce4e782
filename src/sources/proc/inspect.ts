/**
 * A bounded look at the process that grew, taken only when its verdict changes: names of its threads, kinds of its
 * descriptors, or kinds of its memory. Does not read smaps or maps: they take the process's memory lock and stall it.
 * Source: proc_pid_task(5), proc_pid_fd(5), proc_pid_status(5).
 */
import { readdirSync, readlinkSync } from 'node:fs';
import type { Inspection, ThreadFamily } from '../../model/inspection.ts';
import { METRIC_ROWS } from '../../model/metrics.ts';
import { missReason } from '../miss.ts';
import type { InspectionTarget } from '../source.ts';
import type { FileReader } from './file.ts';
import { parseStat } from './stat.ts';
import { parseMemoryKinds } from './status.ts';

/** Threads or descriptors that are looked at: about 20 ms of work. */
const MOST_LOOKED_AT = 1000;
/** Families that are reported, those that grew most: a bound of the report's size. */
const MOST_FAMILIES = 10;

interface InspectionContext {
  readonly procfs: string;
  readonly files: FileReader;
  /** When the growth began, on the clock of start times; undefined if unknown. */
  readonly sinceTicks: number | undefined;
}

export function inspectProcess(target: InspectionTarget, context: InspectionContext): Inspection {
  const { inspects } = METRIC_ROWS.get(target.metric)!;
  if (!inspects) return {};
  const { procfs, files } = context;
  const directory = `${procfs}/${target.pid}`;
  const length = files.read(`${directory}/stat`);
  if (length < 0) return { incomplete: files.reason };
  if (parseStat(files.buffer, length)?.startTicks !== target.startTicks) return { incomplete: 'vanished' };
  try {
    switch (inspects) {
      case 'threads':
        return threadFamilies(directory, context);
      case 'fds':
        return fdKinds(directory);
      case 'memory': {
        const status = files.text(`${directory}/status`);
        return status === undefined ? { incomplete: files.reason } : { memory: parseMemoryKinds(status) };
      }
    }
  } catch (error) {
    return { incomplete: missReason(error) };
  }
}

function threadFamilies(directory: string, { files, sinceTicks }: InspectionContext): Inspection {
  const tids = readdirSync(`${directory}/task`);
  const families = new Map<string, { onlyName: string | undefined; count: number; growth: number }>();
  for (const tid of tids.slice(-MOST_LOOKED_AT)) {
    const length = files.read(`${directory}/task/${tid}/stat`);
    const stat = length < 0 ? undefined : parseStat(files.buffer, length);
    if (!stat) continue;
    const name = foldThreadName(stat.comm);
    const family = families.get(name) ?? { onlyName: stat.comm, count: 0, growth: 0 };
    // If all threads of a family have the same name (`python3`), its digits are part of the name and are not folded.
    if (stat.comm !== family.onlyName) family.onlyName = undefined;
    family.count++;
    if (sinceTicks !== undefined && stat.startTicks >= sinceTicks) family.growth++;
    families.set(name, family);
  }
  const sorted: ThreadFamily[] = [...families]
    .map(([name, { onlyName, count, growth }]) => ({
      name: onlyName ?? name,
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
  // The last names are the newest descriptors; a leak is among them.
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
 * The kind of a descriptor.
 * @param link target of the symbolic link /proc/PID/fd/N, proc_pid_fd(5)
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
 * The family of a thread: its name with each number replaced by `#`, because a pool numbers its threads.
 * @example foldThreadName('worker-17') // => 'worker-#'
 * @example foldThreadName('puma 003/2') // => 'puma #/#'
 */
export function foldThreadName(name: string): string {
  return name.replace(/\d+/g, '#');
}
