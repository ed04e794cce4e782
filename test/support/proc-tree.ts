/**
 * Writes a directory that looks like /proc from a short description, byte for byte as Linux formats these files:
 * proc_pid_stat(5) and its neighbours. A test names what matters to it; the rest has defaults.
 */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Content, IN_MEMORY, temporaryDirectory, writeFiles } from './files.ts';

export interface ProcessSpec {
  readonly pid: number;
  /** 1, unless it is pid 1 or a kernel thread. */
  readonly ppid?: number;
  /** A Buffer for bytes that are not UTF-8. Not cut to the kernel's 15 bytes. */
  readonly comm?: string | Buffer;
  readonly state?: string;
  /** As many as there are `tasks`, or 1. */
  readonly threads?: number;
  /** 10,000 + pid. */
  readonly startTicks?: number;
  /** Of `stat`, in pages; 10 MB, and nothing for the dead and for kernel threads. */
  readonly rssPages?: number;
  /** Of `statm` and `status`; as `rssPages` unless given. */
  readonly residentPages?: number;
  /** Of `statm`; a quarter of the resident pages. */
  readonly sharedPages?: number;
  /** Those of the shared pages that belong to no file. */
  readonly shmemPages?: number;
  readonly swapPages?: number;
  readonly uid?: number;
  readonly utime?: number;
  readonly stime?: number;
  readonly cutime?: number;
  readonly cstime?: number;
  readonly flags?: number;
  /** As wait(2) tells it; 0. */
  readonly exitStatus?: number;
  /** The whole content of the file, or its `0::/path` line. */
  readonly cgroup?: string;
  readonly cmdline?: readonly string[];
  /** Denied: a directory that may not be read; root may all the same, see `withoutRoot`. */
  readonly fds?: number | 'denied';
  /** Soft and hard limits alike; Infinity: unlimited. */
  readonly limits?: { readonly nproc?: number; readonly nofile?: number };
  /** All threads, the leader included; made up from `threads` unless given. */
  readonly tasks?: readonly TaskSpec[];
  /** Contents that override what would be written, by path within the process's directory. */
  readonly files?: Readonly<Record<string, Content>>;
}

export interface TaskSpec {
  readonly tid: number;
  readonly comm?: string | Buffer;
  readonly startTicks?: number;
  /** That of the process. */
  readonly state?: string;
}

export interface HostSpec {
  readonly threadsMax?: number;
  readonly pidMax?: number;
  /** Tasks in `loadavg`; as many as the processes have unless given. */
  readonly tasks?: number;
  readonly memoryTotal?: number;
  readonly memoryAvailable?: number;
  readonly uptimeSeconds?: number;
  /** Seconds since the epoch. */
  readonly bootTime?: number;
  readonly pageSize?: number;
  readonly ticksPerSecond?: number;
  /** The whole content of `self/mountinfo`; see `cgroupTree`. */
  readonly mountinfo?: string;
  /** Contents that override what would be written, by path within the tree. */
  readonly files?: Readonly<Record<string, Content>>;
}

export interface ProcTreeSpec {
  readonly processes?: readonly ProcessSpec[];
  readonly host?: HostSpec;
  /** The pid that `self` points to. Unless given `self` is no link, as if we were not in this tree. */
  readonly self?: number;
}

export interface ProcTree {
  readonly dir: string;
  /** Changes a process, or adds one. Files are rewritten in place. */
  set(pid: number, patch: Omit<ProcessSpec, 'pid'>): void;
  setHost(patch: HostSpec): void;
  /** The process is gone without a trace. (A zombie is `set(pid, { state: 'Z' })`.) */
  kill(pid: number): void;
  remove(): void;
}

const PAGE = 4096;
const KERNEL_THREAD = 0x00200000;
const UNLIMITED_WORD = '18446744073709551615';

export function procTree({ processes = [], host: hostSpec = {}, self }: ProcTreeSpec = {}): ProcTree {
  const dir = temporaryDirectory('leakwatch-proc-', IN_MEMORY);
  const specs = new Map(processes.map((spec) => [spec.pid, spec]));
  let host = hostSpec;

  function writeHost(): void {
    writeFiles(dir, {
      ...hostFiles(host, [...specs.values()]),
      ...selfFiles(host, String(self ?? 'self')),
      ...host.files,
    });
  }

  function forget(pid: number): void {
    chmodIfThere(join(dir, String(pid), 'fd'), 0o755);
    rmSync(join(dir, String(pid)), { recursive: true, force: true });
    specs.delete(pid);
  }

  for (const spec of specs.values()) writeProcess(join(dir, String(spec.pid)), spec);
  if (self !== undefined) symlinkSync(String(self), join(dir, 'self'));
  writeHost();

  return {
    dir,
    set(pid, patch) {
      const spec = { ...specs.get(pid), ...patch, pid };
      specs.set(pid, spec);
      writeProcess(join(dir, String(pid)), spec);
      writeHost();
    },
    setHost(patch) {
      host = { ...host, ...patch };
      writeHost();
    },
    kill(pid) {
      forget(pid);
      writeHost();
    },
    remove() {
      for (const pid of [...specs.keys()]) forget(pid);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Runs a synchronous function as a user who is not root, so that what may not be read cannot be.
 * Needs a process's main thread, where vitest's forks run tests.
 */
export function withoutRoot<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid!(65534);
  const restore = (): void => process.seteuid!(0);
  let result: T | undefined;
  try {
    result = run();
    return result instanceof Promise ? (result.finally(restore) as T) : result;
  } finally {
    if (!(result instanceof Promise)) restore();
  }
}

function writeProcess(dir: string, spec: ProcessSpec): void {
  const kernel = ((spec.flags ?? 0) & KERNEL_THREAD) !== 0;
  const { pid, tasks = taskList(spec), state = kernel ? 'I' : 'S' } = spec;
  const threads = spec.threads ?? tasks.length;
  // Neither a kernel thread nor a process that is dead has an address space.
  const memory = !kernel && state !== 'Z' && state !== 'X';
  const rssPages = spec.rssPages ?? (memory ? 2560 : 0);
  const residentPages = spec.residentPages ?? Math.max(0, rssPages);
  const process: Facts = {
    ...spec,
    ppid: spec.ppid ?? (pid <= 2 ? 0 : kernel ? 2 : 1),
    comm: spec.comm ?? 'app',
    startTicks: spec.startTicks ?? 10_000 + pid,
    sharedPages: spec.sharedPages ?? Math.floor(residentPages / 4),
    state,
    threads,
    memory,
    rssPages,
    residentPages,
  };
  const cgroup = spec.cgroup ?? '/';
  const cmdline = spec.cmdline ?? (memory ? [String(process.comm)] : []);
  const files: Record<string, Content> = {
    stat: statLine(process),
    statm: statmLine(process),
    status: statusText(process),
    comm: commFile(process.comm),
    cgroup: cgroup.startsWith('/') ? `0::${cgroup}\n` : cgroup,
    cmdline: cmdline.map((word) => `${word}\0`).join(''),
    limits: limitsText(spec.limits ?? {}),
  };
  rmSync(join(dir, 'task'), { recursive: true, force: true });
  for (const { tid, comm = process.comm, startTicks = process.startTicks, state = process.state } of tasks) {
    files[`task/${tid}/stat`] = statLine({ ...process, pid: tid, comm, startTicks, state });
    files[`task/${tid}/comm`] = commFile(comm);
  }
  writeFiles(dir, { ...files, ...spec.files });
  writeFds(join(dir, 'fd'), spec.fds ?? (memory ? 3 : 0));
}

/** A process with nothing left to be made up. */
type Facts = ProcessSpec &
  Required<
    Pick<
      ProcessSpec,
      'ppid' | 'comm' | 'state' | 'threads' | 'startTicks' | 'rssPages' | 'residentPages' | 'sharedPages'
    >
  > & { readonly memory: boolean };

function taskList({ pid, threads = 1 }: ProcessSpec): TaskSpec[] {
  return Array.from({ length: threads }, (_, i) => ({ tid: i === 0 ? pid : pid * 1000 + i }));
}

/** 52 fields, comm raw between the first two. */
function statLine(of: Facts): Buffer {
  const { ppid, startTicks, rssPages, threads, memory } = of;
  const addresses = memory ? '94529509515264 94529509535145 140724274519168 0 0' : '0 0 0 0 0';
  const data = memory
    ? '94529509551152 94529509552768 94529856204800 140724274522778 140724274522869 140724274522869 140724274524139'
    : '0 0 0 0 0 0 0';
  const fields = [
    of.state,
    `${ppid} ${of.pid} ${of.pid} 0 -1 ${of.flags ?? 0x00400000}`, // ppid pgrp session tty_nr tpgid flags
    '99 0 0 0', // minflt cminflt majflt cmajflt
    `${of.utime ?? 0} ${of.stime ?? 0} ${of.cutime ?? 0} ${of.cstime ?? 0}`,
    `20 0 ${threads} 0 ${startTicks}`, // priority nice num_threads itrealvalue starttime
    `${memory ? Math.max(0, rssPages) * PAGE * 4 : 0} ${rssPages} ${UNLIMITED_WORD}`, // vsize rss rsslim
    addresses, // startcode endcode startstack kstkesp kstkeip
    '0 0 0 0 0 0 0', // signal blocked sigignore sigcatch wchan nswap cnswap
    '17 0 0 0 0 0 0', // exit_signal processor rt_priority policy delayacct_blkio_ticks guest_time cguest_time
    data, // start_data end_data start_brk arg_start arg_end env_start env_end
    String(of.exitStatus ?? 0), // exit_code
  ];
  return Buffer.concat([Buffer.from(`${of.pid} (`), Buffer.from(of.comm), Buffer.from(`) ${fields.join(' ')}\n`)]);
}

function statmLine({ memory, residentPages, sharedPages }: Facts): string {
  return memory ? `${residentPages * 4} ${residentPages} ${sharedPages} 5 0 123 0\n` : '0 0 0 0 0 0 0\n';
}

const STATE_NAMES: Readonly<Record<string, string>> = {
  R: 'R (running)',
  S: 'S (sleeping)',
  D: 'D (disk sleep)',
  T: 'T (stopped)',
  t: 't (tracing stop)',
  X: 'X (dead)',
  Z: 'Z (zombie)',
  P: 'P (parked)',
  I: 'I (idle)',
};

function statusText(of: Facts): Buffer {
  const { pid, uid = 1000, residentPages, sharedPages, shmemPages = 0, swapPages = 0 } = of;
  // Here, unlike in stat and comm, the kernel escapes newlines and backslashes.
  const name = Buffer.from(of.comm).toString('latin1').replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  const ids = `\t${uid}`.repeat(4);
  const size = (label: string, pages: number): string => `${label}:\t${String((pages * PAGE) / 1024).padStart(8)} kB`;
  const lines = [
    `Name:\t${name}`,
    ...(of.memory ? ['Umask:\t0022'] : []),
    `State:\t${STATE_NAMES[of.state] ?? of.state}`,
    `Tgid:\t${pid}`,
    'Ngid:\t0',
    `Pid:\t${pid}`,
    `PPid:\t${of.ppid}`,
    'TracerPid:\t0',
    `Uid:${ids}`,
    `Gid:${ids}`,
    'FDSize:\t64',
    'Groups:\t ',
  ];
  if (of.memory) {
    lines.push(
      size('VmPeak', residentPages * 4),
      size('VmSize', residentPages * 4),
      size('VmHWM', residentPages),
      size('VmRSS', residentPages),
      size('RssAnon', Math.max(0, residentPages - sharedPages)),
      size('RssFile', Math.max(0, sharedPages - shmemPages)),
      size('RssShmem', shmemPages),
      size('VmSwap', swapPages),
    );
  }
  lines.push(`Threads:\t${of.threads}`, 'voluntary_ctxt_switches:\t0', 'nonvoluntary_ctxt_switches:\t0');
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

function limitsText({ nproc = 63_304, nofile = 1024 }: NonNullable<ProcessSpec['limits']>): string {
  const rows: [name: string, value: number | string, unit: string][] = [
    ['Max cpu time', Number.POSITIVE_INFINITY, 'seconds'],
    ['Max file size', Number.POSITIVE_INFINITY, 'bytes'],
    ['Max data size', Number.POSITIVE_INFINITY, 'bytes'],
    ['Max stack size', 8_388_608, 'bytes'],
    ['Max core file size', 0, 'bytes'],
    ['Max resident set', Number.POSITIVE_INFINITY, 'bytes'],
    ['Max processes', nproc, 'processes'],
    ['Max open files', nofile, 'files'],
    ['Max locked memory', 8_388_608, 'bytes'],
    ['Max address space', Number.POSITIVE_INFINITY, 'bytes'],
    ['Max file locks', Number.POSITIVE_INFINITY, 'locks'],
    ['Max pending signals', 63_304, 'signals'],
    ['Max msgqueue size', 819_200, 'bytes'],
    ['Max nice priority', 0, ''],
    ['Max realtime priority', 0, ''],
    ['Max realtime timeout', Number.POSITIVE_INFINITY, 'us'],
  ];
  const line = (name: string, soft: string, hard: string, unit: string): string =>
    `${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} ${unit === '' ? '' : unit.padEnd(10)}\n`;
  const word = (value: number | string): string => (value === Number.POSITIVE_INFINITY ? 'unlimited' : String(value));
  return (
    line('Limit', 'Soft Limit', 'Hard Limit', 'Units') +
    rows.map(([name, value, unit]) => line(name, word(value), word(value), unit)).join('')
  );
}

function writeFds(dir: string, fds: number | 'denied'): void {
  chmodIfThere(dir, 0o755);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  if (fds === 'denied') chmodSync(dir, 0);
  else for (let fd = 0; fd < fds; fd++) symlinkSync('/dev/null', join(dir, String(fd)));
}

function hostFiles(host: HostSpec, processes: readonly ProcessSpec[]): Record<string, Content> {
  const { memoryTotal = 8 * 2 ** 30, memoryAvailable = memoryTotal / 2, uptimeSeconds = 100_000 } = host;
  const tasks = host.tasks ?? processes.reduce((sum, { threads, tasks }) => sum + (threads ?? tasks?.length ?? 1), 0);
  const kilobytes = (label: string, bytes: number): string =>
    `${`${label}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`;
  return {
    loadavg: `0.00 0.01 0.05 1/${tasks} ${Math.max(1, ...processes.map(({ pid }) => pid))}\n`,
    uptime: `${uptimeSeconds.toFixed(2)} ${(uptimeSeconds * 2).toFixed(2)}\n`,
    stat: `cpu  3096 0 2013 233508 226 0 55 6 0 0\ncpu0 3096 0 2013 233508 226 0 55 6 0 0\nbtime ${host.bootTime ?? 1_700_000_000}\nprocesses 4500\n`,
    meminfo:
      kilobytes('MemTotal', memoryTotal) +
      kilobytes('MemFree', memoryAvailable) +
      kilobytes('MemAvailable', memoryAvailable) +
      kilobytes('Buffers', 0),
    'sys/kernel/threads-max': `${host.threadsMax ?? 126_608}\n`,
    'sys/kernel/pid_max': `${host.pidMax ?? 4_194_304}\n`,
  };
}

function selfFiles(host: HostSpec, self: string): Record<string, Content> {
  const auxv = Buffer.alloc(48);
  const words = [6, host.pageSize ?? PAGE, 17, host.ticksPerSecond ?? 100, 0, 0]; // AT_PAGESZ, AT_CLKTCK, AT_NULL
  for (const [i, word] of words.entries()) auxv.writeBigUInt64LE(BigInt(word), i * 8);
  return { [`${self}/auxv`]: auxv, [`${self}/mountinfo`]: host.mountinfo ?? ROOT_MOUNT };
}

export const ROOT_MOUNT = '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n';

function chmodIfThere(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

const commFile = (comm: string | Buffer): Buffer => Buffer.concat([Buffer.from(comm), Buffer.from('\n')]);
