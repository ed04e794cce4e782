/**
 * Load and memory of the container that we and pid 1 are in, or else of the host: the figures that Heroku prints of a
 * dyno, for hosts that are no dyno. Swap and pages are 0 if the kernel does not count them, because the lines must have
 * them. Without /proc: the load averages of the system, and no memory.
 * Source: cgroup-v2.rst, cgroup-v1/memory.rst, proc_meminfo(5). Cost: about ten small files, and in a container its
 * tasks.
 */
import { loadavg } from 'node:os';
import type { MemoryUse, RuntimeFigures } from '../../model/runtime-figures.ts';
import { Turns } from '../../turns.ts';
import { parseCgroup } from '../cgroup/membership.ts';
import {
  type CgroupMemory,
  parseIo,
  parseLegacyLimit,
  parseLegacyMemory,
  parseUnifiedMemory,
} from '../cgroup/memory-use.ts';
import { type CgroupMount, type CgroupMounts, directoriesOf, parseMounts, USUAL_MOUNTS } from '../cgroup/mounts.ts';
import { DampedLoad } from '../load-average.ts';
import { FileReader } from './file.ts';
import { parseAuxv, parseCount, parseLoadavgRunnable, parseMeminfo, parseMemoryByKind, parsePaging } from './host.ts';
import { countRunnable } from './runnable.ts';
import { parseStat } from './stat.ts';

export interface RuntimeSourceOptions {
  readonly procfs: string;
  /** Seconds on a clock that does not go back. */
  readonly clock?: () => number;
}

export class RuntimeSource {
  readonly #procfs: string;
  readonly #clock: () => number;
  readonly #files = new FileReader();
  readonly #load = new DampedLoad();
  readonly #pageSize: number;
  readonly #selfPid: number | undefined;
  /** Directories of the container's cgroup (version 2) and its ancestors, innermost first; none on a host. */
  readonly #unified: readonly string[];
  /** Directory of the container's memory cgroup (version 1). */
  readonly #legacy: string | undefined;
  readonly #hasProc: boolean;

  constructor({ procfs, clock = () => performance.now() / 1000 }: RuntimeSourceOptions) {
    this.#procfs = procfs;
    this.#clock = clock;
    const auxv = this.#files.read('/proc/self/auxv');
    this.#pageSize = parseAuxv(this.#files.buffer.subarray(0, Math.max(0, auxv))).pageSize;
    const self = this.#files.read(`${procfs}/self/stat`);
    this.#selfPid = self < 0 ? undefined : parseStat(this.#files.buffer, self)?.pid;
    this.#hasProc = this.#text(`${procfs}/loadavg`) !== undefined;
    const mountinfo = this.#files.text(`${procfs}/self/mountinfo`, { toTheEnd: true });
    const mounts = mountinfo === undefined ? USUAL_MOUNTS : parseMounts(mountinfo);
    this.#unified = this.#unifiedDirectories(mounts);
    this.#legacy = this.#unified.length > 0 ? undefined : this.#legacyDirectory(mounts);
  }

  /** Lets the event loop run while it counts tasks. Must not be called again before it has resolved. */
  async read(): Promise<RuntimeFigures> {
    if (!this.#hasProc) {
      const [minute1 = 0, minutes5, minutes15] = loadavg();
      return { load: { minute1, minutes5, minutes15 }, memory: undefined };
    }
    const runnable = await this.#runnable();
    return {
      load: runnable === undefined ? undefined : this.#load.add(runnable, this.#clock()),
      memory: this.#memory(),
    };
  }

  async #runnable(): Promise<number | undefined> {
    if (this.#unified.length > 0 || this.#legacy !== undefined) {
      return countRunnable({
        procfs: this.#procfs,
        files: this.#files,
        selfPid: this.#selfPid,
        turns: new Turns(),
      });
    }
    const runnable = parseLoadavgRunnable(this.#text(`${this.#procfs}/loadavg`) ?? '');
    // leakwatch is running while it reads the file.
    return runnable === undefined ? undefined : Math.max(0, runnable - 1);
  }

  #memory(): MemoryUse | undefined {
    const meminfo = this.#text(`${this.#procfs}/meminfo`) ?? '';
    const { total } = parseMeminfo(meminfo);
    const found = this.#unifiedMemory() ?? this.#legacyMemory() ?? this.#hostMemory(meminfo);
    if (found === undefined) return undefined;
    const { use, limit } = found;
    const quota = Math.min(limit ?? Number.POSITIVE_INFINITY, total ?? Number.POSITIVE_INFINITY);
    if (quota === Number.POSITIVE_INFINITY) return undefined;
    const { rss, cache, swap = 0, pagesIn = 0, pagesOut = 0 } = use;
    return { rss, cache, swap, pagesIn, pagesOut, quota };
  }

  #unifiedMemory(): { use: CgroupMemory; limit: number | undefined } | undefined {
    const [directory] = this.#unified;
    if (directory === undefined) return undefined;
    const kinds = parseUnifiedMemory(this.#text(`${directory}/memory.stat`) ?? '');
    if (kinds === undefined) return undefined;
    const io = this.#text(`${directory}/io.stat`);
    const limits = this.#unified.flatMap((level) =>
      ['memory.max', 'memory.high'].map((file) => this.#number(`${level}/${file}`) ?? Number.POSITIVE_INFINITY),
    );
    return {
      use: { ...kinds, swap: this.#number(`${directory}/memory.swap.current`), ...this.#pages(io && parseIo(io)) },
      limit: Math.min(...limits),
    };
  }

  #legacyMemory(): { use: CgroupMemory; limit: number | undefined } | undefined {
    const stat = this.#legacy === undefined ? undefined : this.#text(`${this.#legacy}/memory.stat`);
    const use = stat === undefined ? undefined : parseLegacyMemory(stat);
    return use && { use, limit: parseLegacyLimit(stat!) };
  }

  #hostMemory(meminfo: string): { use: CgroupMemory; limit: undefined } | undefined {
    const kinds = parseMemoryByKind(meminfo);
    const vmstat = this.#text(`${this.#procfs}/vmstat`);
    return kinds && { use: { ...kinds, ...this.#pages(vmstat && parsePaging(vmstat)) }, limit: undefined };
  }

  #pages(bytes: { read: number; written: number } | '' | undefined): Pick<CgroupMemory, 'pagesIn' | 'pagesOut'> {
    if (!bytes) return { pagesIn: undefined, pagesOut: undefined };
    return { pagesIn: bytes.read / this.#pageSize, pagesOut: bytes.written / this.#pageSize };
  }

  /** Only the root cgroup of a host has no memory.current, so a directory without it is no container. */
  #unifiedDirectories({ unified }: CgroupMounts): readonly string[] {
    const directories = this.#containerDirectories(unified, 'unified');
    const [directory] = directories;
    return directory !== undefined && this.#number(`${directory}/memory.current`) !== undefined ? directories : [];
  }

  /** In version 1 the root cgroup of a host has the same files, but no limit, and it is mounted as '/'. */
  #legacyDirectory({ memory }: CgroupMounts): string | undefined {
    const [directory, above] = this.#containerDirectories(memory, 'memory');
    if (directory === undefined) return undefined;
    const stat = this.#text(`${directory}/memory.stat`) ?? '';
    const isRoot = above === undefined && memory!.root === '/' && parseLegacyLimit(stat) === undefined;
    return isRoot ? undefined : directory;
  }

  /**
   * Directories of the innermost cgroup that holds both us and pid 1, and of its ancestors; none if it cannot be seen.
   */
  #containerDirectories(mount: CgroupMount | undefined, hierarchy: 'unified' | 'memory'): readonly string[] {
    const [own, first] = ['self', '1'].map((pid) =>
      parseCgroup(this.#text(`${this.#procfs}/${pid}/cgroup`) ?? '')
        ?.[hierarchy]?.split('/')
        .filter(Boolean),
    );
    if (!mount || !own || !first || own.includes('..') || first.includes('..')) return [];
    const differs = own.findIndex((name, at) => name !== first[at]);
    return directoriesOf(mount, `/${own.slice(0, differs < 0 ? own.length : differs).join('/')}`);
  }

  #text(path: string): string | undefined {
    return this.#files.text(path);
  }

  #number(path: string): number | undefined {
    return parseCount(this.#text(path) ?? '');
  }
}
