/**
 * The container or systemd unit of a cgroup path, and its name, if it has one that lasts over restarts.
 * Source: systemd.slice(5), systemd.socket(5), systemd-run(1), the desktop's XDG_APP conventions of systemd, and the
 * cgroup drivers of container runtimes; test/model/unit.test.ts lists the forms.
 */
import { hasAddress, isOnlyId, lastingPart } from './lasting.ts';
import { groupName } from './program.ts';

export interface Unit {
  /** The same for all processes of the container or unit, and for no others. */
  readonly key: string;
  /** Undefined for a container that only has a random id: what runs in it gives the name. */
  readonly name: string | undefined;
  /** The id that its runtime knows it by, shortened as runtimes show it; undefined for others. */
  readonly containerId: string | undefined;
}

/** A part of a path that names no unit and hides those above it: processes of a login, a terminal or a start. */
const TRANSIENT = 'transient';
/** The service manager of a user, by his uid. The outermost counts, because root made it. */
const USER_MANAGER = /^user@(\d+)\.service$/;

/**
 * @param path a path of the cgroup tree, '/' for the root
 * @returns the innermost; undefined if the path names neither (a login session, a slice, a transient unit)
 */
export function unitOf(path: string): Unit | undefined {
  const parts = path.split('/');
  const manager = parts.findIndex((part) => USER_MANAGER.test(part));
  let isTransient = false;
  for (let at = parts.length - 1; at > 0; at--) {
    const container = containerAt(parts, at);
    const unit = container ?? (isTransient ? undefined : systemdUnit(parts[at]!));
    if (unit === TRANSIENT) isTransient = true;
    else if (unit) return manager > 0 && at > manager ? ofUser(unit, parts[manager]!) : unit;
  }
  return undefined;
}

/** A user makes what cgroups he likes below his own service manager: they are his, whatever they are called. */
function ofUser({ key, name, containerId }: Unit, manager: string): Unit {
  const user = manager.replace(USER_MANAGER, 'user@$1');
  return name === undefined ? { key: `${user}/${key}`, name, containerId } : named(`${user}/${name}`);
}

/**
 * Does the path name a unit that ends when its work is done: one that systemd started for a connection, or that
 * systemd-run started?
 */
export function isBriefUnit(path: string): boolean {
  const unit = path.split('/').findLast((part) => /\.(service|scope)$/.test(part)) ?? '';
  const stem = unescapeUnit(unit.slice(0, unit.lastIndexOf('.')));
  return isRun(stem) || isConnection(/@(.*)/s.exec(stem)?.[1] ?? '');
}

/**
 * Of the paths of one process in several hierarchies, the one that tells most: the path through most containers. A
 * hierarchy that the runtime does not use may show the runtime's own service.
 * @param paths the most reliable hierarchy first; equal ones are told by it
 */
export function pathOfUnit(paths: readonly string[]): string {
  let best = '/';
  let most = -1;
  for (const path of paths) {
    if (path === '/') continue;
    const count = containersIn(path);
    if (count <= most) continue;
    best = path;
    most = count;
  }
  return best;
}

function containersIn(path: string): number {
  const parts = path.split('/');
  return parts.reduce((count, _, at) => count + (at > 0 && containerAt(parts, at) ? 1 : 0), 0);
}

/** The container whose cgroup is the part at this index; what is below it may be cgroups that it made itself. */
function containerAt(parts: readonly string[], at: number): Unit | undefined {
  const part = parts[at]!;
  const above = parts[at - 1]!;
  // Docker, containerd, CRI-O, Podman and others use an id of 64 digits, which may follow the name of the runtime.
  const id = /^(?:(.+)[-:])?([0-9a-f]{64})(?:\.scope)?$/.exec(part);
  if (id) {
    // Podman in a service of its own (Quadlet): the service has the better name, and holds this container alone.
    if (id[1] === 'libpod-payload' && isService(above)) return undefined;
    const container = anonymous(id[2]!);
    // The monitor of a container has a cgroup of its own, and is outside of the container.
    return /conmon$/.test(id[1] ?? '') ? { ...container, key: `conmon-${container.key}` } : container;
  }
  // runc, told to use systemd where it cannot: `SLICE:RUNTIME:ID` becomes the name of a directory.
  const notation = /^[^:]+\.slice:[\w.-]+:(.+)$/.exec(part);
  if (notation) return anonymous(notation[1]!);
  const machine = machineName(part, above);
  if (machine !== undefined) return named(machine);
  const lxc = lxcName(part, above);
  // Heroku's dynos have a random UUID instead of a name.
  if (lxc !== undefined) return isRandom(lxc) ? anonymous(lxc) : named(`lxc-${lastingPart(lxc)}`);
  // The part first: a path may have two thousand parts, and this is asked of each.
  const task = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[.-](.+?))?(?:\.scope)?$/.exec(part);
  if (task && parts.some((one) => /^nomad(\.slice)?$/.test(one)))
    return task[2] === undefined ? anonymous(task[1]!) : named(`nomad-${lastingPart(task[2]) || 'task'}`);
  const isAnonymous =
    // Fargate: the id of the task, and a number.
    /^[0-9a-f]{32}-\d+$/.test(part) ||
    // Kubernetes: whatever is in the cgroup of a pod, or that cgroup itself.
    isPod(above) ||
    isPod(part) ||
    above === 'garden' ||
    (parts[at - 2] === 'garden' && /^(good|bad)$/.test(above)) ||
    // Runtimes that are told to use an id of their user's, or a shorter one.
    (/^(docker|moby|k8s\.io|balena|podman|containerd)$/.test(above) && /^[0-9a-f]{12,}$/.test(part)) ||
    /^(docker|libpod|crio|cri-containerd|nerdctl)-[0-9a-f]{12,}(\.scope)?$/.test(part) ||
    above === 'buildkit' ||
    /^firecracker/.test(above) ||
    /^buildah-/.test(part);
  if (isAnonymous && part !== '' && !/^(good|bad)$/.test(part)) return anonymous(part);
  // containerd's own client gives its containers names, in the namespace `default`.
  return above === 'default' && at === 2 ? named(lastingPart(part) || 'container') : undefined;
}

function isPod(part: string): boolean {
  return /(^|-)pod[0-9a-f]{8}[0-9a-f_-]{20,28}(\.slice)?$/.test(part);
}

/** Virtual machines and containers of systemd-nspawn, libvirt and Proxmox: their names last. */
function machineName(part: string, above: string): string | undefined {
  const libvirt = /^(?:(?:qemu|lxc)-\d+-)?(.+)\.libvirt-(qemu|lxc)$/.exec(part);
  if (libvirt) return `${libvirt[2]}-${lastingPart(libvirt[1]!)}`;
  if (above === 'qemu.slice' && /^\d+\.scope$/.test(part)) return `qemu-${Number.parseInt(part, 10)}`;
  const scope = /^machine-(.+)\.scope$/.exec(part);
  if (!scope) return undefined;
  // libvirt puts a number that counts starts before the name.
  const numbered = /^(qemu|lxc)-\d+-(.+)$/.exec(unescapeUnit(scope[1]!));
  if (numbered) return `${numbered[1]}-${lastingPart(numbered[2]!)}`;
  return `machine-${lastingPart(unescapeUnit(scope[1]!)) || 'unknown'}.scope`;
}

function lxcName(part: string, above: string): string | undefined {
  if (above === 'lxc' || above === 'lxc.payload') return part;
  return /^lxc\.(?!monitor\b|pivot\b|payload$)(?:payload\.)?(.+)$/.exec(part)?.[1];
}

/** Proxmox names containers by number; any other name that is only an id is random. */
function isRandom(name: string): boolean {
  return !/^\d{1,9}$/.test(name) && isOnlyId(name);
}

function systemdUnit(part: string): Unit | typeof TRANSIENT | undefined {
  const match = /^(.+)\.(service|scope)$/.exec(part);
  if (!match) return undefined;
  const stem = unescapeUnit(match[1]!);
  const kind = match[2]!;
  if (isSession(stem, kind)) return TRANSIENT;
  // What `podman generate systemd` makes for a container without a name.
  if (/^(container|pod)-[0-9a-f]{64}$/.test(stem)) return TRANSIENT;
  const [, prefix, instance] = /^([^@]*)(?:@(.*))?$/s.exec(stem)!;
  // A scope is always made by a program, which numbers it; the file of a service has a number that somebody chose.
  const lasting = lastingPart(prefix!, { numbers: kind === 'service' });
  if (!/[a-z]/i.test(lasting)) return TRANSIENT;
  return named(`${lasting}${instance === undefined ? '' : `@${lastingInstance(instance)}`}.${kind}`);
}

/** Logins, terminals and what `systemd-run` starts: their programs get groups of their own. */
function isSession(stem: string, kind: string): boolean {
  if (kind === 'service') return /^user@/.test(stem) || isRun(stem);
  return /^(session-.*|init)$/.test(stem) || isRun(stem) || /-spawn-[0-9a-f-]{36}$/.test(stem);
}

function isRun(stem: string): boolean {
  return /^run-(r[0-9a-f]+|u?\d+|p\d+-i\d+)$/.test(stem);
}

/** systemd names the instance of a connection by its number and addresses, or its number and the peer's credentials. */
function isConnection(instance: string): boolean {
  return hasAddress(instance) || /^\d+-(unknown|\d[\d_:.-]*)$/.test(instance);
}

/** `main` of `postgresql@15-main`; '' if the instance is a number, an id, or a connection. */
function lastingInstance(instance: string): string {
  if (isConnection(instance)) return '';
  const lasting = lastingPart(instance);
  return /[a-z]/i.test(lasting) ? lasting : '';
}

function isService(part: string): boolean {
  return /\.service$/.test(part) && !/^user@/.test(part);
}

function anonymous(id: string): Unit {
  return { key: id, name: undefined, containerId: id.slice(0, 12) };
}

function named(text: string): Unit {
  const name = groupName(text);
  return { key: name, name, containerId: undefined };
}

/** systemd escapes characters that a file name cannot hold as \xNN, systemd.unit(5). */
function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
