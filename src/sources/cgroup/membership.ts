/** /proc/PID/cgroup: a line `id:controllers:path` for each hierarchy, cgroups(7); `0::path` is the unified one. */

export interface CgroupPaths {
  /** The path that tells units apart: unified, else systemd's own hierarchy, else pids or memory. */
  readonly unitPath: string;
  readonly unified: string | undefined;
  readonly memory: string | undefined;
  readonly pids: string | undefined;
}

/** @returns undefined if no line is of the form */
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
  const telling = [unified, paths.get('name=systemd'), pids, memory].find((path) => path !== undefined && path !== '/');
  return { unitPath: telling ?? '/', unified, memory, pids };
}
