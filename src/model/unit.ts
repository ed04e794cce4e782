/** The systemd unit or container of a cgroup path. Source: systemd.slice(5), cgroup drivers of container runtimes. */
import { groupName } from './program.ts';

/**
 * @param path a path of the cgroup tree, '/' for the root
 * @returns `nginx.service`, `docker-0123456789ab`; undefined if the path names neither (a login session, a slice)
 */
export function unitOf(path: string): string | undefined {
  const parts = path.split('/');
  for (let at = parts.length - 1; at > 0; at--) {
    const part = parts[at]!;
    // All container runtimes use an id of 64 hexadecimal digits; people know it by its first twelve.
    const container = /^(?:([a-z][a-z-]*)-)?([0-9a-f]{64})(?:\.scope)?$/.exec(part);
    if (container) return `${container[1] ?? runtimeOf(parts[at - 1])}-${container[2]!.slice(0, 12)}`;
    const lxc = /^lxc(?:\.payload)?[./](.+)$/.exec(part) ?? (parts[at - 1] === 'lxc' ? [part, part] : undefined);
    if (lxc) return groupName(`lxc-${lxc[1]}`);
    if (/^(session-.*|init)\.scope$/.test(part) || /^user@.*\.service$/.test(part)) return undefined;
    if (/\.(service|scope)$/.test(part)) return groupName(unescapeUnit(part));
  }
  return undefined;
}

function runtimeOf(parent: string | undefined): string {
  return parent !== undefined && /^[a-z]+$/.test(parent) ? parent : 'container';
}

/** systemd escapes characters that a file name cannot hold as \xNN, systemd.unit(5). */
function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
