/** Whose limit it is, in words. */
import { printable } from './printable.ts';

const NAMES = new Map([
  ['threads-max', 'kernel.threads-max'],
  ['pid_max', 'kernel.pid_max'],
  ['host', 'the host'],
]);

/**
 * @param of see `Bound`
 * @example limitOwner('uid:1000') // => 'user 1000'
 * @example limitOwner('uid:0@namespace') // => 'user 0 of this user namespace and those outside of it'
 * @example limitOwner('pid:42') // => 'pid 42'
 * @example limitOwner('/sys/fs/cgroup/system.slice') // => 'cgroup /sys/fs/cgroup/system.slice'
 * @example limitOwner('pid_max') // => 'kernel.pid_max'
 */
export function limitOwner(of: string): string {
  const [, kind, number, namespace] = /^(uid|pid):(\d+)(@namespace)?$/.exec(of) ?? [];
  const beyond = namespace ? ' of this user namespace and those outside of it' : '';
  if (kind !== undefined) return `${kind === 'uid' ? 'user' : 'pid'} ${number}${beyond}`;
  if (of.startsWith('/')) return `cgroup ${printable(of)}`;
  return NAMES.get(of) ?? printable(of);
}
