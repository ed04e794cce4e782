/**
 * Parsers for the files of /proc about the whole host: loadavg, meminfo, vmstat, uptime, sys/kernel/*, self/auxv.
 * Source: proc_loadavg(5), proc_meminfo(5), proc_vmstat(5), proc_uptime(5), proc_sys_kernel(5), getauxval(3).
 */

/**
 * Tasks (threads of all processes) that exist on the host: the number behind the slash of /proc/loadavg.
 * @example parseLoadavgTasks('0.01 0.02 0.03 3/234 5678\n') // => 234
 */
export function parseLoadavgTasks(text: string): number | undefined {
  const match = /^\S+ \S+ \S+ \d+\/(\d{1,10}) /.exec(text);
  return match ? Number(match[1]) : undefined;
}

/**
 * Tasks that are running or ready to run, including the one that reads the file: the number before the slash.
 * @example parseLoadavgRunnable('0.01 0.02 0.03 3/234 5678\n') // => 3
 */
export function parseLoadavgRunnable(text: string): number | undefined {
  const match = /^\S+ \S+ \S+ (\d{1,10})\/\d/.exec(text);
  return match ? Number(match[1]) : undefined;
}

const MEMORY_TOTAL = /^MemTotal: +(\d{1,15}) kB$/m;
const MEMORY_AVAILABLE = /^MemAvailable: +(\d{1,15}) kB$/m;

const SHARED = /^Shmem: +(\d{1,15}) kB$/m;
const SWAP_TOTAL = /^SwapTotal: +(\d{1,15}) kB$/m;
const SWAP_FREE = /^SwapFree: +(\d{1,15}) kB$/m;

/** Memory of the host in bytes. */
export interface HostMemory {
  readonly total: number | undefined;
  readonly available: number | undefined;
  /** Shared memory and tmpfs. */
  readonly shared: number | undefined;
  readonly swapUsed: number | undefined;
}

export function parseMeminfo(text: string): HostMemory {
  const bytes = (line: RegExp): number | undefined => {
    const match = line.exec(text);
    return match ? Number(match[1]) * 1024 : undefined;
  };
  const total = bytes(MEMORY_TOTAL);
  const swapTotal = bytes(SWAP_TOTAL);
  const swapFree = partOf(swapTotal, bytes(SWAP_FREE));
  return {
    total,
    available: partOf(total, bytes(MEMORY_AVAILABLE)),
    shared: bytes(SHARED),
    swapUsed: swapTotal === undefined || swapFree === undefined ? undefined : swapTotal - swapFree,
  };
}

/** What is free of more than there is, as a file that is laid over meminfo may say, is unknown. */
function partOf(whole: number | undefined, part: number | undefined): number | undefined {
  return whole !== undefined && part !== undefined && part > whole ? undefined : part;
}

/** @returns bytes of anonymous memory, of page cache and buffers, and of swap in use; undefined if one is missing */
export function parseMemoryByKind(
  meminfo: string,
): { readonly rss: number; readonly cache: number; readonly swap: number } | undefined {
  const bytes = (name: string): number => {
    const match = new RegExp(`^${name}: +(\\d{1,15}) kB$`, 'm').exec(meminfo);
    return match ? Number(match[1]) * 1024 : Number.NaN;
  };
  const rss = bytes('AnonPages');
  const cache = bytes('Cached') + bytes('Buffers');
  const swap = Math.max(0, bytes('SwapTotal') - bytes('SwapFree'));
  return rss + cache + swap >= 0 ? { rss, cache, swap } : undefined;
}

/** Bytes read from disks and written to them since boot. /proc/vmstat calls the counters pages, but they count KB. */
export function parsePaging(vmstat: string): { readonly read: number; readonly written: number } | undefined {
  const [, read] = /^pgpgin (\d{1,18})$/m.exec(vmstat) ?? [];
  const [, written] = /^pgpgout (\d{1,18})$/m.exec(vmstat) ?? [];
  return read === undefined || written === undefined
    ? undefined
    : { read: Number(read) * 1024, written: Number(written) * 1024 };
}

/** @returns seconds since boot, from /proc/uptime */
export function parseUptime(text: string): number | undefined {
  const match = /^(\d{1,12}\.\d+) /.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** @returns the number of a file that holds one whole number and nothing else */
export function parseCount(text: string): number | undefined {
  const match = /^(\d{1,15})\n?$/.exec(text);
  return match ? Number(match[1]) : undefined;
}

export interface Auxv {
  readonly pageSize: number;
  readonly ticksPerSecond: number;
}

/** Keys of the auxiliary vector: include/uapi/linux/auxvec.h. */
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/**
 * Parses the auxiliary vector of a 64-bit process, pairs of 8-byte words. It has the values of sysconf(3), so that
 * getconf(1) need not be spawned.
 * @returns page size in bytes and clock ticks per second; 4,096 and 100, as on nearly every Linux, if they are missing
 */
export function parseAuxv(bytes: Buffer): Auxv {
  let pageSize = 4096;
  let ticksPerSecond = 100;
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const key = bytes.readBigUInt64LE(at);
    const value = Number(bytes.readBigUInt64LE(at + 8));
    if (key === AT_PAGESZ && value >= 4096 && value <= 1 << 20) pageSize = value;
    if (key === AT_CLKTCK && value >= 1 && value <= 10_000) ticksPerSecond = value;
  }
  return { pageSize, ticksPerSecond };
}
