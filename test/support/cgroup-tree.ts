/**
 * Writes directories that look like /sys/fs/cgroup, version 1 or 2, from a short description. Its `mountinfo` leads
 * there from a `procTree`. Source: the kernel's admin-guide/cgroup-v2 and cgroup-v1/memory.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Content, IN_MEMORY, temporaryDirectory, writeFiles } from './files.ts';
import { ROOT_MOUNT } from './proc-tree.ts';

/** What one cgroup says, in bytes and tasks; Infinity: no limit. A controller of which nothing is named is not there. */
export interface CgroupSpec {
  readonly memoryMax?: number;
  readonly memoryCurrent?: number;
  readonly inactiveFile?: number;
  readonly activeFile?: number;
  /** Of the cgroup and those below it. */
  readonly shmem?: number;
  readonly pidsMax?: number;
  readonly pidsCurrent?: number;
  /** Contents that override what would be written, by the file's name. */
  readonly files?: Readonly<Record<string, Content>>;
}

export interface CgroupTreeSpec {
  readonly version?: 1 | 2;
  /** By path from the hierarchy's root. A root that has the files of a cgroup is that of a container. */
  readonly groups: Readonly<Record<string, CgroupSpec>>;
  /** The cgroup that is mounted: `/` unless seen from within a container without a cgroup namespace. */
  readonly mountRoot?: string;
}

export interface CgroupTree {
  readonly dir: string;
  /** For `host.mountinfo`. */
  readonly mountinfo: string;
  /** For a process's `cgroup`: the file of one that lives at `path`. */
  membership(path: string): string;
  set(path: string, patch: CgroupSpec): void;
  remove(): void;
}

const V1_UNLIMITED = '9223372036854771712';

export function cgroupTree({ version = 2, groups, mountRoot = '/' }: CgroupTreeSpec): CgroupTree {
  const dir = temporaryDirectory('leakwatch-cgroup-', IN_MEMORY);
  const specs = new Map(Object.entries(groups));
  const mountPoint = dir.replaceAll('\\', '\\134').replaceAll(' ', '\\040');

  function write(path: string, spec: CgroupSpec): void {
    const below = mountRoot === '/' ? path : path.slice(mountRoot.length);
    const files = { ...(version === 2 ? unifiedFiles(spec) : legacyFiles(spec)), ...spec.files };
    for (const controller of ['memory', 'pids']) {
      const own = Object.entries(files).filter(([name]) => name.startsWith(`${controller}.`));
      writeFiles(join(dir, version === 2 ? '' : controller, below), Object.fromEntries(own));
    }
  }

  for (const [path, spec] of specs) write(path, spec);
  const mounts =
    version === 2
      ? `31 23 0:28 ${mountRoot} ${mountPoint} rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n`
      : ['memory', 'pids']
          .map(
            (controller, i) =>
              `${35 + i} 31 0:${32 + i} ${mountRoot} ${mountPoint}/${controller} rw,relatime - cgroup cgroup rw,${controller}\n`,
          )
          .join('');

  return {
    dir,
    mountinfo: ROOT_MOUNT + mounts,
    membership: (path) =>
      version === 2 ? `0::${path}\n` : `9:name=systemd:${path}\n8:pids:${path}\n4:memory:${path}\n`,
    set(path, patch) {
      const spec = { ...specs.get(path), ...patch };
      specs.set(path, spec);
      write(path, spec);
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function unifiedFiles(spec: CgroupSpec): Record<string, Content> {
  const max = (value = Number.POSITIVE_INFINITY): string =>
    value === Number.POSITIVE_INFINITY ? 'max\n' : `${value}\n`;
  return {
    ...(hasMemory(spec) && {
      'memory.max': max(spec.memoryMax),
      'memory.current': `${spec.memoryCurrent ?? 0}\n`,
      'memory.stat': `anon 0\nfile ${spec.inactiveFile ?? 0}\nshmem ${spec.shmem ?? 0}\ninactive_anon 0\nactive_anon 0\ninactive_file ${spec.inactiveFile ?? 0}\nactive_file ${spec.activeFile ?? 0}\n`,
    }),
    ...(hasPids(spec) && { 'pids.max': max(spec.pidsMax), 'pids.current': `${spec.pidsCurrent ?? 0}\n` }),
  };
}

function legacyFiles(spec: CgroupSpec): Record<string, Content> {
  const { memoryMax = Number.POSITIVE_INFINITY, pidsMax = Number.POSITIVE_INFINITY } = spec;
  const { inactiveFile = 0, activeFile = 0, shmem = 0 } = spec;
  return {
    ...(hasMemory(spec) && {
      'memory.limit_in_bytes': `${memoryMax === Number.POSITIVE_INFINITY ? V1_UNLIMITED : memoryMax}\n`,
      'memory.usage_in_bytes': `${spec.memoryCurrent ?? 0}\n`,
      'memory.stat': `cache ${inactiveFile}\nrss 0\nshmem ${shmem}\ninactive_file 0\nhierarchical_memory_limit ${V1_UNLIMITED}\ntotal_cache ${inactiveFile}\ntotal_rss 0\ntotal_shmem ${2 * shmem}\ntotal_inactive_file ${inactiveFile}\ntotal_active_file ${activeFile}\n`,
    }),
    ...(hasPids(spec) && {
      'pids.max': `${pidsMax === Number.POSITIVE_INFINITY ? 'max' : pidsMax}\n`,
      'pids.current': `${spec.pidsCurrent ?? 0}\n`,
    }),
  };
}

const hasMemory = ({ memoryMax, memoryCurrent, inactiveFile, shmem }: CgroupSpec): boolean =>
  (memoryMax ?? memoryCurrent ?? inactiveFile ?? shmem) !== undefined;

const hasPids = ({ pidsMax, pidsCurrent }: CgroupSpec): boolean => (pidsMax ?? pidsCurrent) !== undefined;
