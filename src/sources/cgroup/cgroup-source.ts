/**
 * Limits and usage of the cgroups of processes, version 1 and 2: numbers of tasks, and bytes of memory.
 * Limits are read when a cgroup is first seen, and again every 15 samples. Each sample reads the usage of the cgroups
 * that have a limit, and nothing of the others.
 * Source: kernel admin-guide/cgroup-v2.rst and cgroup-v1/{memory,pids}.rst.
 */
import type { CgroupLevel, CgroupMembership } from '../../model/snapshot.ts';
import type { MissCounter } from '../miss.ts';
import type { FileReader } from '../proc/file.ts';
import { type CgroupPaths, parseCgroup } from './membership.ts';
import { type CgroupMounts, directoriesOf } from './mounts.ts';

/**
 * A host may have thousands of cgroups. This bounds memory and the files read in a sample, and is more than the groups
 * that can be reported (500). The limits of cgroups beyond it are unknown, and counted as a miss.
 */
const MOST_MEMBERSHIPS = 512;
/** Limits are read again every so many samples: 5 minutes at the default interval of 20 s. */
const REFRESH_EVERY = 15;
/** Version 1 writes "no limit" as the largest page-aligned 63-bit number. No host has 2^60 bytes or tasks. */
const UNLIMITED_FROM = 2 ** 60;

/** One cgroup that a process is in, or an ancestor of it. */
interface Level {
  readonly directory: string;
  readonly version: 1 | 2;
  pidsMax: number | undefined;
  memoryMax: number | undefined;
}

interface Member {
  readonly membership: CgroupMembership;
  readonly levels: readonly Level[];
}

export class CgroupSource {
  readonly #files: FileReader;
  readonly #mounts: CgroupMounts;
  readonly #members = new Map<string, Member>();
  /** Shared between memberships: siblings have the same ancestors. */
  readonly #levels = new Map<string, Level>();
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
    if (this.#members.size < MOST_MEMBERSHIPS) {
      this.#members.set(text, { membership, levels: this.#levelsOf(paths) });
    }
    return membership;
  }

  /**
   * Reads the usage of every cgroup with a limit that applies to one of these memberships.
   * @param wanted all memberships in use; others are forgotten
   */
  sample(wanted: ReadonlySet<CgroupMembership>, misses: MissCounter): Map<CgroupMembership, readonly CgroupLevel[]> {
    if (this.#sample++ % REFRESH_EVERY === 0) this.#refreshLevels();
    const read = new Map<Level, CgroupLevel>();
    const result = new Map<CgroupMembership, readonly CgroupLevel[]>();
    for (const [text, member] of this.#members) {
      if (!wanted.has(member.membership)) {
        this.#members.delete(text);
        continue;
      }
      const levels: CgroupLevel[] = [];
      for (const level of member.levels) {
        if (level.pidsMax === undefined && level.memoryMax === undefined) continue;
        let use = read.get(level);
        if (!use) {
          use = this.#readUse(level, misses);
          read.set(level, use);
        }
        levels.push(use);
      }
      result.set(member.membership, levels);
    }
    for (const membership of wanted) if (!result.has(membership)) misses.add('cgroup_limits', 'too_many');
    return result;
  }

  /** Reads all limits again, and forgets the levels that no membership needs any more. */
  #refreshLevels(): void {
    const needed = new Set([...this.#members.values()].flatMap((member) => member.levels));
    for (const [directory, level] of this.#levels) {
      if (needed.has(level)) this.#readLimits(level);
      else this.#levels.delete(directory);
    }
  }

  #levelsOf(paths: CgroupPaths): Level[] {
    const levels: Level[] = [];
    const add = (directories: readonly string[], version: 1 | 2): void => {
      for (const directory of directories) {
        let level = this.#levels.get(directory);
        if (!level) {
          level = { directory, version, pidsMax: undefined, memoryMax: undefined };
          this.#readLimits(level);
          this.#levels.set(directory, level);
        }
        if (!levels.includes(level)) levels.push(level);
      }
    };
    const { unified, memory, pids } = this.#mounts;
    if (unified) add(directoriesOf(unified, paths.unified ?? '/'), 2);
    if (memory) add(directoriesOf(memory, paths.memory ?? '/'), 1);
    if (pids) add(directoriesOf(pids, paths.pids ?? '/'), 1);
    return levels;
  }

  #readLimits(level: Level): void {
    level.pidsMax = this.#number(level.directory, 'pids.max');
    level.memoryMax =
      level.version === 2
        ? least(this.#number(level.directory, 'memory.max'), this.#number(level.directory, 'memory.high'))
        : this.#number(level.directory, 'memory.limit_in_bytes');
  }

  #readUse(level: Level, misses: MissCounter): CgroupLevel {
    const { directory, version, pidsMax, memoryMax } = level;
    let pidsCurrent: number | undefined;
    let memoryUsed: number | undefined;
    if (pidsMax !== undefined) {
      pidsCurrent = this.#number(directory, 'pids.current');
      if (pidsCurrent === undefined) misses.add('cgroup_pids', this.#files.reason);
    }
    if (memoryMax !== undefined) {
      const current = this.#number(directory, version === 2 ? 'memory.current' : 'memory.usage_in_bytes');
      if (current === undefined) misses.add('cgroup_memory', this.#files.reason);
      else memoryUsed = Math.max(0, current - (this.#inactiveFile(directory, version) ?? 0));
    }
    return { path: directory, pidsCurrent, pidsMax, memoryUsed, memoryMax };
  }

  /** Bytes of page cache that the kernel drops before it kills a process; they do not count as used. */
  #inactiveFile(directory: string, version: 1 | 2): number | undefined {
    const text = this.#files.text(`${directory}/memory.stat`);
    const match = text && /^(?:total_)?inactive_file (\d{1,18})$/m.exec(version === 2 ? text : onlyTotals(text));
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

/**
 * Version 1 lists figures of the cgroup alone, and `total_` figures with its children. The limit applies to the latter.
 */
function onlyTotals(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.startsWith('total_'))
    .join('\n');
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
