/**
 * Shared memory of cgroups, told to the groups that it belongs to. A cgroup also counts what no process has mapped:
 * files in a tmpfs, a memfd that is only open, a System V segment that nobody has attached. It belongs to a group if no
 * other group has a process in that cgroup; otherwise nobody can say whose it is.
 */
import type { Members } from './members.ts';
import type { CgroupMembership, CgroupShmem } from './snapshot.ts';

/** @returns bytes of shared memory by group, for the groups that have cgroups for themselves */
export function sharedMemoryOf(
  groups: Iterable<readonly [name: string, members: Members]>,
  shmem: ReadonlyMap<CgroupMembership, CgroupShmem>,
): ReadonlyMap<string, number> {
  const owners = new Map<CgroupShmem, string | undefined>();
  if (shmem.size === 0) return new Map();
  for (const [name, { limits }] of groups) {
    for (const membership of limits.memberships) {
      const cgroup = shmem.get(membership);
      if (cgroup) owners.set(cgroup, owners.has(cgroup) && owners.get(cgroup) !== name ? undefined : name);
    }
  }
  const bytes = new Map<string, number>();
  for (const [cgroup, owner] of owners)
    if (owner !== undefined) bytes.set(owner, (bytes.get(owner) ?? 0) + cgroup.bytes);
  return bytes;
}
