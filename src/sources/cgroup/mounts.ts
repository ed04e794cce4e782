/** Where the cgroup hierarchies are mounted, from /proc/self/mountinfo. Source: proc_pid_mountinfo(5). */

export interface CgroupMount {
  /** The cgroup that is visible at the mount point: '/' on a host, in many containers the container's own cgroup. */
  readonly root: string;
  readonly directory: string;
}

export interface CgroupMounts {
  readonly unified: CgroupMount | undefined;
  readonly memory: CgroupMount | undefined;
  readonly pids: CgroupMount | undefined;
}

/** Assumed if mountinfo names no cgroup mount: dynos and most containers have these directories. */
export const USUAL_MOUNTS: CgroupMounts = {
  unified: { root: '/', directory: '/sys/fs/cgroup' },
  memory: { root: '/', directory: '/sys/fs/cgroup/memory' },
  pids: { root: '/', directory: '/sys/fs/cgroup/pids' },
};

export function parseMounts(mountinfo: string): CgroupMounts {
  let unified: CgroupMount | undefined;
  let memory: CgroupMount | undefined;
  let pids: CgroupMount | undefined;
  for (const line of mountinfo.split('\n')) {
    // 30 24 0:26 ROOT DIRECTORY options [tags] - TYPE device super-options
    const match = /^\d+ \d+ \d+:\d+ ([^ ]+) ([^ ]+) .* - (cgroup2?) [^ ]+ ([^ ]+)$/s.exec(line);
    if (!match) continue;
    const mount = { root: decodeOctal(match[1]!), directory: decodeOctal(match[2]!) };
    if (match[3] === 'cgroup2') unified ??= mount;
    else {
      const controllers = match[4]!.split(',');
      if (controllers.includes('memory')) memory ??= mount;
      if (controllers.includes('pids')) pids ??= mount;
    }
  }
  return unified || memory || pids ? { unified, memory, pids } : USUAL_MOUNTS;
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Chosen: three times as deep as a unit of systemd in a container in a pod in a container. */
const MOST_DEPTH = 32;

/**
 * The directories of a cgroup and its ancestors, innermost first, as far as the mount shows them, and 32 at most.
 * @param path as in /proc/PID/cgroup
 * @returns none if the path is outside of the mount, like that of another container: the mount point then shows the
 *   limits of a different cgroup (in a sidecar, our own)
 */
export function directoriesOf(mount: CgroupMount, path: string): string[] {
  const prefix = mount.root === '/' ? '' : mount.root;
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return [];
  const names = path
    .slice(prefix.length)
    .split('/')
    .filter((name) => name !== '');
  if (names.includes('..')) return [];
  let directory = mount.directory;
  const directories = [directory];
  for (const name of names) {
    directory += `/${name}`;
    directories.push(directory);
  }
  return directories.slice(-MOST_DEPTH).reverse();
}
