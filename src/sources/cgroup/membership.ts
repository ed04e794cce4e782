/** Parses /proc/PID/cgroup: a line `id:controllers:path` per hierarchy; `0::path` is version 2. Source: cgroups(7). */

import { pathOfUnit } from '../../model/unit.ts';

export interface CgroupPaths {
  /**
   * The path that names the systemd unit or container, chosen by `pathOfUnit` from version 2, systemd's own hierarchy,
   * pids, memory, and the others.
   */
  readonly unitPath: string;
  readonly unified: string | undefined;
  readonly memory: string | undefined;
  readonly pids: string | undefined;
}

/** PATH_MAX: the kernel writes no longer path. Source: kernel/cgroup/cgroup.c, proc_cgroup_show. */
const MOST_PATH_LENGTH = 4096;

/** @returns undefined if no line has this form */
export function parseCgroup(text: string): CgroupPaths | undefined {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/s.exec(line);
    if (!match || match[2]!.length > MOST_PATH_LENGTH) continue;
    for (const controller of match[1]!.split(',')) paths.set(controller, match[2]!);
  }
  if (paths.size === 0) return undefined;
  const unified = paths.get('');
  const memory = paths.get('memory');
  const pids = paths.get('pids');
  const preferred = [unified, paths.get('name=systemd'), pids, memory].filter((path) => path !== undefined);
  const unitPath = pathOfUnit([...new Set([...preferred, ...paths.values()])]);
  return { unitPath, unified, memory, pids };
}
