/**
 * Limits and usage of the cgroups of processes, version 1 and 2: numbers of tasks, and bytes of memory.
 * Limits are read when a cgroup is first seen, and again every 15 samples. Each sample reads the usage of the cgroups
 * that have a limit; of the others only the shared memory, and that only if the shared memory of the host has changed.
 * Source: kernel admin-guide/cgroup-v2.rst and cgroup-v1/{memory,pids}.rst.
 */
import type { CgroupLevel, CgroupMembership, CgroupShmem, Snapshot } from '../../model/snapshot.ts';
import type { MissCounter } from '../miss.ts';
import type { FileReader } from '../proc/file.ts';
import { type CgroupPaths, parseCgroup } from './membership.ts';
import { type CgroupMount, type CgroupMounts, directoriesOf } from './mounts.ts';

/**
 * A host may have thousands of cgroups. This bounds memory and the files read in a sample, and is more than the groups
 * that can be reported (500). The limits of cgroups beyond it are unknown, and counted as a miss.
 */
const MOST_MEMBERSHIPS = 512;
/** The same of them and their ancestors together: eight for each, if no two share one. */
const MOST_LEVELS = 4096;
/** Limits are read again every so many samples: 5 minutes at the default interval of 20 s. */
const REFRESH_EVERY = 15;
/**
 * Shared memory is read again when that of the host has changed by so much: a quarter of the least growth of memory that
 * counts (`METRICS`).
 */
const SHMEM_CHANGE_BYTES = 1 << 20;
/** Cgroups whose shared memory is read in one sample, those first that have waited longest: some 2 ms of work. */
const MOST_SHMEM_READS = 64;
/**
 * Cgroups whose counts of refused forks and of killed processes are read in one sample, in turn if there are more: some
 * 2 ms of work.
 */
const MOST_EVENT_READS = 64;
/** Version 1 writes "no limit" as the largest page-aligned 63-bit number. No host has 2^60 bytes or tasks. */
const UNLIMITED_FROM = 2 ** 60;

/** One cgroup that a process is in, or an ancestor of it. */
interface Level {
  readonly directory: string;
  readonly version: 1 | 2;
  pidsMax: number | undefined;
  memoryMax: number | undefined;
  /** Its shared memory, and that of the host when it was read; the same object until it changes. */
  shmem: CgroupShmem | undefined;
  shmemReadAt: number;
  readonly forks: Enforcement;
  readonly kills: Enforcement;
}

/** A kind of limit: where its fields stand in a `Level`, and the file that tells what is used of it. */
interface LimitKind {
  readonly of: 'forks' | 'kills';
  readonly max: 'pidsMax' | 'memoryMax';
  readonly usage: string;
}

/** What is known of how a limit is enforced on a cgroup, also a limit of an ancestor that cannot be seen. */
interface Enforcement {
  /** The file that counts it, of the cgroup alone where the kernel has one; undefined = not found. */
  file: string | undefined;
  /** How often since the cgroup was made; undefined = not read yet, or unknown. */
  total: number | undefined;
  /** How often since the sample before. */
  recent: number;
  /** What was used when a limit was enforced that cannot be seen: it takes the limit's place. */
  observedMax: number | undefined;
  /** When that was, in milliseconds of the monotonic clock. */
  observedAt: number;
  /** What was used at the last sample that read it. */
  used: number | undefined;
}

interface Member {
  readonly membership: CgroupMembership;
  readonly levels: readonly Level[];
  /** The cgroup that counts its memory: the innermost one with the memory controller. */
  readonly counter: Level | undefined;
  /** The cgroup that counts its refused forks: the innermost one with the controller of tasks. */
  readonly forkCounter: Level | undefined;
  /** It has more ancestors than are looked at: their limits are unknown. */
  readonly isCut: boolean;
}

const UNREAD = { pidsMax: undefined, memoryMax: undefined, shmem: undefined, shmemReadAt: Number.NEGATIVE_INFINITY };

/** The files that tell the memory in use, by version. */
const MEMORY_USE = { 1: 'memory.usage_in_bytes', 2: 'memory.current' } as const;
/** Version 2 counts forks and kills in two files; so does version 1, in each of its hierarchies. */
const REFUSED_FORKS = { files: ['pids.events.local', 'pids.events'], line: /^max (\d{1,15})$/m };
const OOM_KILLS = {
  1: { files: ['memory.oom_control'], line: /^oom_kill (\d{1,15})$/m },
  2: { files: ['memory.events.local', 'memory.events'], line: /^oom_kill (\d{1,15})$/m },
};
/** A limit that can be seen is taken for the one that was enforced if so much of it is used: a kill frees a part. */
const ENFORCED_SHARE = 0.8;
/** What was used when a hidden limit was enforced stands for it so long: five minutes, as W21 of other limits does. */
const OBSERVED_MS = 300_000;

/** Version 1 lists figures of the cgroup alone, and `total_` figures with its children. The limit applies to the latter. */
const FILE_PAGES = [/^active_file (\d{1,18})$/m, /^inactive_file (\d{1,18})$/m, /^slab_reclaimable (\d{1,18})$/m];
const FILE_PAGES_OF_ALL = [/^total_active_file (\d{1,18})$/m, /^total_inactive_file (\d{1,18})$/m];

export class CgroupSource {
  readonly #files: FileReader;
  readonly #mounts: CgroupMounts;
  readonly #members = new Map<string, Member>();
  /** Shared between memberships: siblings have the same ancestors. */
  readonly #levels = new Map<string, Level>();
  /** Levels that count the memory of a membership, in the order in which they were last read. */
  readonly #counters = new Set<Level>();
  #sample = 0;

  constructor(options: { files: FileReader; mounts: CgroupMounts }) {
    this.#files = options.files;
    this.#mounts = options.mounts;
  }

  /**
   * @param text the content of /proc/PID/cgroup
   * @returns the same object for the same text, as long as `sample` is asked for it
   */
  membership(text: string): CgroupMembership | undefined {
    const known = this.#members.get(text);
    if (known) return known.membership;
    const paths = parseCgroup(text);
    if (!paths) return undefined;
    const membership = { unitPath: paths.unitPath };
    if (this.#members.size < MOST_MEMBERSHIPS && this.#levels.size < MOST_LEVELS) {
      const { levels, isCut } = this.#levelsOf(paths);
      const counter = levels.find((level) => this.#countsMemory(level));
      if (counter) this.#counters.add(counter);
      const forkCounter = levels.find(({ directory }) => this.#number(directory, 'pids.current') !== undefined);
      this.#members.set(text, { membership, levels, counter, forkCounter, isCut });
    }
    return membership;
  }

  /**
   * Reads the usage of every cgroup with a limit that applies to one of these memberships, and their shared memory.
   * @param wanted all memberships in use; others are forgotten
   * @param hostShmemBytes shared memory of the host; undefined = unknown
   */
  sample(
    wanted: ReadonlySet<CgroupMembership>,
    { hostShmemBytes, misses }: { readonly hostShmemBytes: number | undefined; readonly misses: MissCounter },
  ): Required<Pick<Snapshot, 'cgroups' | 'shmem'>> {
    if (this.#sample++ % REFRESH_EVERY === 0) this.#refreshLevels();
    this.#readShmem(hostShmemBytes);
    for (const { forks, kills } of this.#levels.values()) {
      forks.recent = 0;
      kills.recent = 0;
    }
    this.#readEvents();
    const read = new Map<Level, CgroupLevel>();
    const result = new Map<CgroupMembership, readonly CgroupLevel[]>();
    const shmem = new Map<CgroupMembership, CgroupShmem>();
    for (const [text, member] of this.#members) {
      if (!wanted.has(member.membership)) {
        this.#members.delete(text);
        continue;
      }
      const levels: CgroupLevel[] = [];
      for (const level of member.levels) {
        if (!isLimited(level) && !level.forks.total && !level.kills.total) continue;
        let use = read.get(level);
        if (!use) {
          use = this.#readUse(level, misses);
          read.set(level, use);
        }
        levels.push(use);
      }
      result.set(member.membership, levels);
      if (member.isCut) misses.add('cgroup_limits', 'too_deep');
      if (member.counter?.shmem) shmem.set(member.membership, member.counter.shmem);
    }
    for (const membership of wanted) if (!result.has(membership)) misses.add('cgroup_limits', 'too_many');
    return { cgroups: result, shmem };
  }

  /**
   * Reads how often limits were enforced on the cgroups that processes are in: also limits of ancestors that cannot be
   * seen are counted there. (Forks only before Linux 6.12; since then they are counted where the limit is.)
   */
  #readEvents(): void {
    const paths = new Map<Level, readonly Level[]>();
    const members = [...this.#members.values()].slice(0, MOST_EVENT_READS);
    for (const { levels, counter, forkCounter } of members) {
      for (const level of levels)
        if (level === counter || level === forkCounter || level.pidsMax !== undefined)
          paths.set(level, levels.slice(levels.indexOf(level)));
    }
    const counters = new Set(members.map(({ counter }) => counter));
    for (const level of paths.keys()) {
      this.#readEnforcement(level, level.forks, REFUSED_FORKS);
      if (counters.has(level)) this.#readEnforcement(level, level.kills, OOM_KILLS[level.version]);
    }
    for (const [level, path] of paths) {
      this.#blame(level, path, { of: 'forks', max: 'pidsMax', usage: 'pids.current' });
      this.#blame(level, path, { of: 'kills', max: 'memoryMax', usage: MEMORY_USE[level.version] });
    }
    // Beyond the most that are read in one sample they take turns.
    for (const [text, member] of [...this.#members].slice(0, MOST_EVENT_READS)) {
      if (this.#members.size <= MOST_EVENT_READS) break;
      this.#members.delete(text);
      this.#members.set(text, member);
    }
  }

  #readEnforcement(
    { directory }: Level,
    enforcement: Enforcement,
    { files, line }: { readonly files: readonly string[]; readonly line: RegExp },
  ): void {
    const before = enforcement.total;
    const read = (file: string): string | undefined => line.exec(this.#files.text(`${directory}/${file}`) ?? '')?.[1];
    enforcement.file ??= files.find((file) => read(file) !== undefined);
    const digits = enforcement.file === undefined ? undefined : read(enforcement.file);
    enforcement.total = digits === undefined ? undefined : Number(digits);
    const isMore = before !== undefined && enforcement.total !== undefined && enforcement.total > before;
    enforcement.recent = isMore ? enforcement.total! - before : 0;
  }

  /**
   * Finds the limit that was enforced: that of the cgroup or of an ancestor, if it is nearly used up, else a hidden one.
   * @param path the cgroup and its ancestors
   */
  #blame(level: Level, path: readonly Level[], { of, max, usage }: LimitKind): void {
    const enforcement = level[of];
    const { recent } = enforcement;
    if (recent === 0) {
      if (performance.now() - enforcement.observedAt > OBSERVED_MS) enforcement.observedMax = undefined;
      return;
    }
    const used = (one: Level): number => Math.max(this.#number(one.directory, usage) ?? 0, one[of].used ?? 0);
    const enforced = path.find((one) => {
      const limit = one[max];
      return limit !== undefined && used(one) >= ENFORCED_SHARE * limit;
    });
    if (enforced) {
      enforcement.recent = 0;
      enforced[of].recent += recent;
    } else if (level[max] === undefined) {
      enforcement.observedMax = Math.max(enforcement.observedMax ?? 0, used(level));
      enforcement.observedAt = performance.now();
    }
  }

  /** The root cgroup of a host has no memory.current, and counts what no group can be blamed for. */
  #countsMemory({ directory, version }: Level): boolean {
    return this.#number(directory, MEMORY_USE[version]) !== undefined;
  }

  #readShmem(hostShmemBytes: number | undefined): void {
    const isStale = ({ shmemReadAt }: Level) =>
      hostShmemBytes === undefined || !(Math.abs(hostShmemBytes - shmemReadAt) < SHMEM_CHANGE_BYTES);
    for (const level of [...this.#counters].filter(isStale).slice(0, MOST_SHMEM_READS)) {
      level.shmemReadAt = hostShmemBytes ?? Number.NaN;
      // Version 1 also has `total_shmem`, which includes the cgroups below. In version 2 processes are in leaves.
      const isShared = /^0$/m.test(this.#files.text(`${level.directory}/cgroup.procs`) ?? '');
      // Processes outside of our pid namespace are listed as 0 (version 2): some of it may be theirs.
      const bytes = isShared ? undefined : this.#memoryStat(level, /^shmem (\d{1,18})$/m);
      if (bytes !== level.shmem?.bytes)
        level.shmem = bytes === undefined ? undefined : { path: level.directory, bytes };
      this.#counters.delete(level);
      this.#counters.add(level);
    }
  }

  /** Reads all limits again, and forgets the levels that no membership needs any more. */
  #refreshLevels(): void {
    const needed = new Set([...this.#members.values()].flatMap((member) => member.levels));
    for (const [directory, level] of this.#levels) {
      if (needed.has(level)) this.#readLimits(level);
      else {
        this.#levels.delete(directory);
        this.#counters.delete(level);
      }
    }
  }

  #levelsOf(paths: CgroupPaths): Pick<Member, 'levels' | 'isCut'> {
    const levels: Level[] = [];
    let isCut = false;
    const add = (mount: CgroupMount | undefined, path: string | undefined, version: 1 | 2): void => {
      if (!mount) return;
      const directories = directoriesOf(mount, path ?? '/');
      isCut ||= directories.length > 0 && directories.at(-1) !== mount.directory;
      for (const directory of directories) {
        let level = this.#levels.get(directory);
        if (!level) {
          level = { directory, version, ...UNREAD, forks: newEnforcement(), kills: newEnforcement() };
          this.#readLimits(level);
          this.#levels.set(directory, level);
        }
        if (!levels.includes(level)) levels.push(level);
      }
    };
    const { unified, memory, pids } = this.#mounts;
    add(unified, paths.unified, 2);
    add(memory, paths.memory, 1);
    add(pids, paths.pids, 1);
    return { levels, isCut };
  }

  #readLimits(level: Level): void {
    level.pidsMax = this.#number(level.directory, 'pids.max');
    level.memoryMax =
      level.version === 2
        ? least(this.#number(level.directory, 'memory.max'), this.#number(level.directory, 'memory.high'))
        : this.#number(level.directory, 'memory.limit_in_bytes');
  }

  #readUse(level: Level, misses: MissCounter): CgroupLevel {
    const { directory, version, forks, kills } = level;
    const pidsMax = pidsMaxOf(level);
    const memoryMax = memoryMaxOf(level);
    let pidsCurrent: number | undefined;
    let memoryUsed: number | undefined;
    if (pidsMax !== undefined) {
      pidsCurrent = this.#number(directory, 'pids.current');
      if (pidsCurrent === undefined) misses.add('cgroup_pids', this.#files.reason);
    }
    if (memoryMax !== undefined) {
      const current = this.#number(directory, MEMORY_USE[version]);
      if (current === undefined) misses.add('cgroup_memory', this.#files.reason);
      else memoryUsed = Math.max(0, current - this.#filePages(level));
    }
    follow(forks, pidsCurrent);
    follow(kills, memoryUsed);
    return {
      path: directory,
      pidsCurrent,
      pidsMax,
      memoryUsed,
      memoryMax,
      ...(forks.total && { refusedForksEver: forks.total }),
      ...(kills.total && { oomKillsEver: kills.total }),
      ...(forks.recent > 0 && { refusedForks: forks.recent }),
      ...(kills.recent > 0 && { oomKills: kills.recent }),
      ...(level.pidsMax === undefined && pidsMax !== undefined && { isPidsMaxObserved: true }),
      ...(level.memoryMax === undefined && memoryMax !== undefined && { isMemoryMaxObserved: true }),
    };
  }

  /**
   * Bytes of file pages, the active ones too, and of the kernel's own caches of names and inodes (version 2): the kernel
   * drops all of them before it kills a process, so they do not count as used. Source: mm/vmscan.c; the lists of
   * anonymous pages hold shared memory as well.
   */
  #filePages({ directory, version }: Level): number {
    const text = this.#files.text(`${directory}/memory.stat`) ?? '';
    const lines = version === 2 ? FILE_PAGES : FILE_PAGES_OF_ALL;
    return lines.reduce((sum, line) => sum + Number(line.exec(text)?.[1] ?? 0), 0);
  }

  #memoryStat({ directory }: Level, line: RegExp): number | undefined {
    const match = line.exec(this.#files.text(`${directory}/memory.stat`) ?? '');
    return match ? Number(match[1]) : undefined;
  }

  #number(directory: string, file: string): number | undefined {
    const text = this.#files.text(`${directory}/${file}`);
    if (text === undefined) return undefined;
    this.#files.reason = 'malformed';
    if (!/^\d{1,19}\n?$/.test(text)) return undefined;
    const value = Number(text);
    return value < UNLIMITED_FROM ? value : undefined;
  }
}

function newEnforcement(): Enforcement {
  return { file: undefined, total: undefined, recent: 0, observedMax: undefined, observedAt: 0, used: undefined };
}

function isLimited(level: Level): boolean {
  return pidsMaxOf(level) !== undefined || memoryMaxOf(level) !== undefined;
}

function pidsMaxOf({ pidsMax, forks }: Level): number | undefined {
  return pidsMax ?? forks.observedMax;
}

function memoryMaxOf({ memoryMax, kills }: Level): number | undefined {
  return memoryMax ?? kills.observedMax;
}

/** More is used than when the limit was enforced, and nothing was refused: the limit is another one by now. */
function follow(enforcement: Enforcement, used: number | undefined): void {
  enforcement.used = used;
  const { recent, observedMax } = enforcement;
  if (recent === 0 && used !== undefined && observedMax !== undefined && used > observedMax)
    enforcement.observedMax = undefined;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
