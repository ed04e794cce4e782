/**
 * Whether a /proc hides processes from us: its mount option `hidepid` does, unless we may trace every process or are in
 * the group of the option `gid`.
 * Source: proc(5); fs/proc/base.c, has_pid_permissions.
 */

export interface OurView {
  readonly procfs: string;
  /** Contents of self/mountinfo and self/status; undefined if unknown. */
  readonly mountinfo: string | undefined;
  readonly status: string | undefined;
  /** Process 1 is in every living /proc: if we do not see it, we do not see others either. True for a copy. */
  readonly seesFirst: boolean;
}

/** linux/capability.h */
const CAP_SYS_PTRACE = 19n;

/** @returns a sentence that names the reason and the remedy; undefined if nothing is hidden */
export function hiddenBy({ procfs, mountinfo, status, seesFirst }: OurView): string | undefined {
  const mount = mountinfo?.split('\n').findLast((line) => line.split(' ')[4] === procfs);
  const hidepid = mount && /[ ,]hidepid=(\w+)/.exec(mount)?.[1];
  if (hidepid === undefined || hidepid === '0' || hidepid === 'off') {
    return seesFirst
      ? undefined
      : `${procfs} hides processes, as process 1 cannot be seen in it; run leakwatch as root`;
  }
  // The group does not help there.
  const isPtraceable = hidepid === '4' || hidepid === 'ptraceable';
  // The kernel does not print the group if it is that of root.
  const gid = /[ ,]gid=(\d+)/.exec(mount!)?.[1] ?? '0';
  if (mayTrace(status) || (!isPtraceable && groupsOf(status).includes(gid))) return undefined;
  const remedy = isPtraceable
    ? 'as root or with CAP_SYS_PTRACE'
    : 'as root, with CAP_SYS_PTRACE, or in the group of the mount option gid=';
  return `${procfs} is mounted with hidepid=${hidepid}, which hides processes of other users; run leakwatch ${remedy}`;
}

function mayTrace(status = ''): boolean {
  const [, bits] = /^CapEff:\t([0-9a-f]{1,16})$/m.exec(status) ?? [];
  return bits !== undefined && ((BigInt(`0x${bits}`) >> CAP_SYS_PTRACE) & 1n) === 1n;
}

/** The group by which files are opened (the last of four), and the supplementary ones. */
function groupsOf(status = ''): readonly string[] {
  const [, own = ''] = /^Gid:\t\d+\t\d+\t\d+\t(\d+)$/m.exec(status) ?? [];
  const [, others = ''] = /^Groups:\t(.*)$/m.exec(status) ?? [];
  return [own, ...others.trim().split(' ')];
}
