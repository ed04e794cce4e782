/** Files of /proc that speak of the host: loadavg, meminfo, vmstat, uptime, sys/kernel/*, self/auxv. proc(5), getauxval(3). */

/** `0.01 0.02 0.03 1/234 5678`: tasks that exist, the number behind the slash. */
export function parseLoadavgTasks(text: string): number | undefined {
  const match = /^\S+ \S+ \S+ \d+\/(\d{1,10}) /.exec(text);
  return match ? Number(match[1]) : undefined;
}

/**
 * The number before the slash: tasks that run or could run now, whoever asks among them.
 * @example parseLoadavgRunnable('0.01 0.02 0.03 3/234 5678\n') // => 3
 */
export function parseLoadavgRunnable(text: string): number | undefined {
  const match = /^\S+ \S+ \S+ (\d{1,10})\/\d/.exec(text);
  return match ? Number(match[1]) : undefined;
}

const MEMORY_TOTAL = /^MemTotal: +(\d{1,15}) kB$/m;
const MEMORY_AVAILABLE = /^MemAvailable: +(\d{1,15}) kB$/m;

/** Bytes. */
export function parseMeminfo(text: string): { total: number | undefined; available: number | undefined } {
  const bytes = (line: RegExp): number | undefined => {
    const match = line.exec(text);
    return match ? Number(match[1]) * 1024 : undefined;
  };
  return { total: bytes(MEMORY_TOTAL), available: bytes(MEMORY_AVAILABLE) };
}

/** Bytes of anonymous memory, of what is cached of disks, and of swap in use; undefined where one of them is missing. */
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

/** Bytes read from disks and written to them since boot: /proc/vmstat counts both in KiB, whatever it calls them. */
export function parsePaging(vmstat: string): { readonly read: number; readonly written: number } | undefined {
  const [, read] = /^pgpgin (\d{1,18})$/m.exec(vmstat) ?? [];
  const [, written] = /^pgpgout (\d{1,18})$/m.exec(vmstat) ?? [];
  return read === undefined || written === undefined
    ? undefined
    : { read: Number(read) * 1024, written: Number(written) * 1024 };
}

/** Seconds since boot. */
export function parseUptime(text: string): number | undefined {
  const match = /^(\d{1,12}\.\d+) /.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** A file that holds one whole number. */
export function parseCount(text: string): number | undefined {
  const match = /^(\d{1,15})\n?$/.exec(text);
  return match ? Number(match[1]) : undefined;
}

export interface Auxv {
  readonly pageSize: number;
  readonly ticksPerSecond: number;
}

const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/**
 * The auxiliary vector of a 64-bit process: pairs of words. It gives what sysconf(3) would, without asking getconf(1).
 * What it does not hold is taken to be 4,096 bytes and 100 ticks, as on nearly every Linux.
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
