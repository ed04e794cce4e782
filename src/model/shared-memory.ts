/**
 * Shared memory of cgroups, told to the groups that it belongs to. A cgroup also counts what no process has mapped:
 * files in a tmpfs, a memfd that is only open, a System V segment that nobody has attached. It belongs to a group if no
 * other group has a process in that cgroup; otherwise nobody can say whose it is.
 */
import type { Members } from './members.ts';
import type { CgroupMembership, CgroupShmem } from './snapshot.ts';

/** A process of another group that passes through (a command in a container) changes no owner for so many snapshots. */
const PASSING = 15;

export class SharedMemory {
  /** By directory of the cgroup. */
  readonly #owners = new Map<string, { readonly owner: string; shared: number }>();

  /** @returns bytes of shared memory by group, for the groups that have cgroups for themselves */
  of(
    groups: Iterable<readonly [name: string, members: Members]>,
    shmem: ReadonlyMap<CgroupMembership, CgroupShmem>,
  ): ReadonlyMap<string, number> {
    const present = new Map<CgroupShmem, Set<string>>();
    for (const [name, { limits }] of groups) {
      for (const membership of limits.memberships) {
        const cgroup = shmem.get(membership);
        if (cgroup) present.set(cgroup, (present.get(cgroup) ?? new Set()).add(name));
      }
    }
    const bytes = new Map<string, number>();
    for (const [cgroup, names] of present) {
      const owner = this.#ownerOf(cgroup, names);
      if (owner !== undefined) bytes.set(owner, (bytes.get(owner) ?? 0) + cgroup.bytes);
    }
    const paths = new Set([...present.keys()].map(({ path }) => path));
    for (const path of this.#owners.keys()) if (!paths.has(path)) this.#owners.delete(path);
    return bytes;
  }

  #ownerOf({ path }: CgroupShmem, names: ReadonlySet<string>): string | undefined {
    if (names.size === 1) {
      const [owner = ''] = names;
      this.#owners.set(path, { owner, shared: 0 });
      return owner;
    }
    const known = this.#owners.get(path);
    if (!known || !names.has(known.owner)) return undefined;
    known.shared++;
    return known.shared <= PASSING ? known.owner : undefined;
  }
}
