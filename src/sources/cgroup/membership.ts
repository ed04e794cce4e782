/** Parses /proc/PID/cgroup: a line `id:controllers:path` per hierarchy; `0::path` is version 2. Source: cgroups(7). */

export interface CgroupPaths {
  /**
   * The path that names the systemd unit or container: version 2, else systemd's own hierarchy, else pids or memory.
   */
  readonly unitPath: string;
  readonly unified: string | undefined;
  readonly memory: string | undefined;
  readonly pids: string | undefined;
}

/** @returns undefined if no line has this form */
export function parseCgroup(text: string): CgroupPaths | undefined {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/s.exec(line);
    if (!match) continue;
    for (const controller of match[1]!.split(',')) paths.set(controller, match[2]!);
  }
  if (paths.size === 0) return undefined;
  const unified = paths.get('');
  const memory = paths.get('memory');
  const pids = paths.get('pids');
  const candidates = [unified, paths.get('name=systemd'), pids, memory];
  const unitPath = candidates.find((path) => path !== undefined && path !== '/') ?? '/';
  return { unitPath, unified, memory, pids };
}
