/**
 * The figures of which the platform's own lines are made, for where there is no platform: load and memory of the container
 * that we and pid 1 live in, else of the host. What the lines must have and nobody says is 0: swap where it is not
 * accounted for, pages where the kernel does not count them.
 * Without /proc: the load averages of the system, and no memory. Cost: some ten small files, and in a container its tasks.
 */
import { loadavg } from 'node:os';
import type { MemoryUse, RuntimeFigures } from '../../model/runtime-figures.ts';
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
import { Turns } from '../turns.ts';
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
  /** Of the memory controller, innermost first; none on a host. */
  readonly #unified: readonly string[];
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

  /** Gives way while it counts. One call at a time. */
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
    // We ourselves run while we ask.
    return runnable === undefined ? undefined : Math.max(0, runnable - 1);
  }

  #memory(): MemoryUse | undefined {
    const meminfo = this.#text(`${this.#procfs}/meminfo`) ?? '';
    const { total } = parseMeminfo(meminfo);
    const found = this.#ofUnified() ?? this.#ofLegacy() ?? this.#ofHost(meminfo);
    if (found === undefined) return undefined;
    const { use, limit } = found;
    const quota = Math.min(limit ?? Number.POSITIVE_INFINITY, total ?? Number.POSITIVE_INFINITY);
    if (quota === Number.POSITIVE_INFINITY) return undefined;
    const { rss, cache, swap = 0, pagesIn = 0, pagesOut = 0 } = use;
    return { rss, cache, swap, pagesIn, pagesOut, quota };
  }

  #ofUnified(): { use: CgroupMemory; limit: number | undefined } | undefined {
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

  #ofLegacy(): { use: CgroupMemory; limit: number | undefined } | undefined {
    const stat = this.#legacy === undefined ? undefined : this.#text(`${this.#legacy}/memory.stat`);
    const use = stat === undefined ? undefined : parseLegacyMemory(stat);
    return use && { use, limit: parseLegacyLimit(stat!) };
  }

  #ofHost(meminfo: string): { use: CgroupMemory; limit: undefined } | undefined {
    const kinds = parseMemoryByKind(meminfo);
    const vmstat = this.#text(`${this.#procfs}/vmstat`);
    return kinds && { use: { ...kinds, ...this.#pages(vmstat && parsePaging(vmstat)) }, limit: undefined };
  }

  #pages(bytes: { read: number; written: number } | '' | undefined): Pick<CgroupMemory, 'pagesIn' | 'pagesOut'> {
    if (!bytes) return { pagesIn: undefined, pagesOut: undefined };
    return { pagesIn: bytes.read / this.#pageSize, pagesOut: bytes.written / this.#pageSize };
  }

  /** The root of a host has no such file: it is no container. */
  #unifiedDirectories({ unified }: CgroupMounts): readonly string[] {
    const directories = this.#shared(unified, 'unified');
    const [directory] = directories;
    return directory !== undefined && this.#number(`${directory}/memory.current`) !== undefined ? directories : [];
  }

  /** The root of a host looks like any other here, but has no limit and stands at no other place. */
  #legacyDirectory({ memory }: CgroupMounts): string | undefined {
    const [directory, above] = this.#shared(memory, 'memory');
    if (directory === undefined) return undefined;
    const stat = this.#text(`${directory}/memory.stat`) ?? '';
    const isRoot = above === undefined && memory!.root === '/' && parseLegacyLimit(stat) === undefined;
    return isRoot ? undefined : directory;
  }

  /** The directory of the cgroup that we and pid 1 are both in, and those above it; none where it cannot be seen. */
  #shared(mount: CgroupMount | undefined, hierarchy: 'unified' | 'memory'): readonly string[] {
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
