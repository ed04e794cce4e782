/**
 * What the descriptors of a process lead to: sockets by state and far end, files by folded path, pipes by the child at
 * their other end, and what the kernel has no path for. The targets of the links are never opened or asked about: they
 * may be on a network file system that does not answer. Source: proc_pid_fd(5). Cost: 8 us for each descriptor.
 */
import { lstatSync, opendirSync, readlinkSync } from 'node:fs';
import { mostFirst } from '../../../model/look.ts';
import type { InPortions } from '../../../model/portions.ts';
import type { LookContext, Seen } from './context.ts';
import { foldPath, MEMFD, type Names, namesOf, namesOfMemfd, withoutDeleted } from './fold.ts';
import { lookUpSockets } from './sockets.ts';
import { Tally } from './tally.ts';

/** Chosen: the newest that are looked at, some 5 ms of work. */
const MOST_LOOKED_AT = 500;
/** Chosen: of what a look may cost; the rest is for the tables of sockets, without which the links say little. */
const LINKS_SHARE = 0.5;
/** Chosen: where most of what grew are sockets, so that each of fewer has a name. */
const SOCKETS_SHARE = 0.25;
/** Chosen: so many are looked at in any case, also where a collection of garbage has used up half of the budget before. */
const LEAST_LOOKED_AT = 100;
/** Of more descriptors the newest are found by trying numbers, as a list takes 2 us for each. Chosen: 4 ms. */
const MOST_LISTED = 2048;
/** Names per portion of the list, 2 us each. */
const LISTED_AT_ONCE = 128;
/** Chosen: numbers that are tried to find one near the newest, 15 us each. */
const TRIES = 32;
/** Chosen: so many numbers in a row that are not in use are above the newest descriptor. */
const MOST_UNUSED = 32;
/** Chosen: the newest children whose pipes are looked at, 25 us each. */
const MOST_CHILDREN = 64;

export function* lookAtDescriptors(context: LookContext): InPortions<Seen> {
  const tally = new Tally();
  // By inode: more than one descriptor leads to the same after a dup.
  const sockets = new Map<string, Ends>();
  const pipes = new Map<string, Ends>();
  const { grown } = context;
  const { links, of } = yield* newestLinks(context);
  for (const [at, link] of links.entries()) {
    const kind = descriptorKind(link);
    // The kernel gives the lowest number that is free, open(2), so that what is not closed has ever higher ones.
    const newer = grown === undefined ? undefined : Number(at < grown);
    if ('socket' in kind) addEnd(sockets, kind.socket, newer);
    else if ('pipe' in kind) addEnd(pipes, kind.pipe, newer);
    else tally.add(kind.name, 1, kind.wider, newer);
    yield;
  }
  // What there is more of comes first, in case that the budget does not suffice for both.
  const early = pipes.size > sockets.size ? yield* childrenAt(pipes, context) : undefined;
  const { names, isWhole } = yield* lookUpSockets(sockets.keys(), context);
  const children = early ?? (yield* childrenAt(pipes, context));
  for (const [inode, { count, newer }] of pipes) {
    const child = children.get(inode);
    const name = child === undefined ? (count > 1 ? 'pipe to itself' : 'pipe') : `pipe to its child ${child}`;
    tally.add(name, count, name, newer);
  }
  const unnamed = isWhole ? 'socket without an address' : 'socket that was not looked up';
  for (const [inode, { count, newer }] of sockets) {
    const { name, wider } = names.get(inode) ?? { name: unnamed, wider: unnamed };
    tally.add(name, count, wider, newer);
  }
  const incomplete = [
    of === undefined ? '' : `looked at ${links.length} of ${of} descriptors`,
    isWhole ? '' : `${sockets.size - names.size} of ${sockets.size} sockets were not looked up`,
  ].filter((part) => part !== '');
  return { ...mostFirst(tally.kinds()), ...(incomplete.length > 0 && { incomplete: incomplete.join('; ') }) };
}

/** Descriptors that lead to one inode. */
interface Ends {
  readonly count: number;
  /** Of them, those that came since the growth began; undefined if unknown. */
  readonly newer: number | undefined;
}

function addEnd(ends: Map<string, Ends>, inode: string, newer: number | undefined): void {
  const { count, newer: before = 0 } = ends.get(inode) ?? { count: 0 };
  ends.set(inode, { count: count + 1, newer: newer === undefined ? undefined : before + newer });
}

/** What a descriptor leads to: an inode to look up, or a kind. */
type DescriptorKind = { readonly socket: string } | { readonly pipe: string } | Names;

/**
 * @param link target of the symbolic link /proc/PID/fd/N, proc_pid_fd(5)
 * @example descriptorKind('socket:[4711]') // => { socket: '4711' }
 * @example descriptorKind('anon_inode:[eventpoll]') // => { name: 'epoll', wider: 'epoll' }
 * @example descriptorKind('/var/log/app.log.3 (deleted)') // => { name: 'deleted file /var/log/app.log.#', wider: 'deleted file /var/log/#.#' }
 */
export function descriptorKind(link: string): DescriptorKind {
  const [, inner, inode] = /^(\w{1,32}):\[(\d{1,20})\]$/.exec(link) ?? [];
  if (inner === 'socket') return { socket: inode! };
  if (inner === 'pipe') return { pipe: inode! };
  if (inner !== undefined) return alike(`${inner} namespace`);
  const [, anonymous] = /^anon_inode:\[?([\w .:-]{1,32})\]?$/.exec(link) ?? [];
  if (anonymous !== undefined) return alike(anonymous === 'eventpoll' ? 'epoll' : foldPath(anonymous));
  if (!link.startsWith('/')) return alike('other');
  const { path, isDeleted } = withoutDeleted(link);
  if (isDeleted && path.startsWith(MEMFD)) return namesOfMemfd(path);
  const sort = isDeleted ? 'deleted file' : /^\/dev\/(?!shm\/)/.test(path) ? 'device' : 'file';
  return namesOf(sort, path);
}

function alike(name: string): DescriptorKind {
  return { name, wider: name };
}

/** @returns the links of the newest descriptors; of how many they are, if not of all */
function* newestLinks(
  context: LookContext,
): InPortions<{ readonly links: readonly string[]; readonly of?: number | string }> {
  const { directory, budget, files, grown = Number.POSITIVE_INFINITY } = context;
  const folder = `${directory}/fd`;
  const slots = Number(/\nFDSize:\t(\d{1,10})\n/.exec(files.text(`${directory}/status`) ?? '')?.[1] ?? 0);
  // Since Linux 6.2 it is the number of descriptors; before, it is 0.
  const { size } = lstatSync(folder);
  const listed = slots <= MOST_LISTED || (size > 0 && size <= MOST_LISTED) ? yield* list(folder) : undefined;
  const numbers = listed ?? downFrom(yield* highestUsed(folder, slots, context));
  const links: string[] = [];
  let [looked, sockets] = [0, 0];
  for (const number of numbers) {
    const share = looked < LEAST_LOOKED_AT ? 1 : 2 * sockets > Math.min(looked, grown) ? SOCKETS_SHARE : LINKS_SHARE;
    if (links.length === MOST_LOOKED_AT || !budget.spend(1, share)) break;
    looked++;
    const link = linkOf(`${folder}/${number}`);
    if (link !== undefined) links.push(link); // otherwise it was closed in the meantime
    if (looked <= grown && link?.startsWith('socket:')) sockets++;
    yield;
  }
  if (listed) return { links, ...(looked < listed.length && { of: listed.length }) };
  return { links, of: size || `more than ${MOST_LISTED}` };
}

/**
 * @returns the numbers of all descriptors, the highest first: these are the newest, unless lower ones were closed before
 * @throws {Error} like node:fs
 */
function* list(folder: string): InPortions<readonly number[]> {
  const numbers: number[] = [];
  const directory = opendirSync(folder, { bufferSize: LISTED_AT_ONCE });
  try {
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
      if (numbers.push(Number(entry.name)) % LISTED_AT_ONCE === 0) yield;
    }
  } finally {
    directory.closeSync();
  }
  return numbers.sort((a, b) => b - a);
}

/**
 * The highest number in use, or one of the highest, without a list: from the end of the table down in large steps until
 * one is in use, then between that and the step above it.
 * @throws {Error} like node:fs, if descriptors may not be looked at
 */
function* highestUsed(folder: string, slots: number, { budget }: LookContext): InPortions<number> {
  opendirSync(folder).closeSync();
  const isUsed = (number: number): boolean => budget.spend() && linkOf(`${folder}/${number}`) !== undefined;
  const step = Math.ceil(slots / TRIES);
  let used = slots - 1;
  for (; used > 0 && !isUsed(used); used -= step) yield;
  for (let unused = used + step; unused - used > 1; yield) {
    const between = Math.floor((used + unused) / 2);
    if (isUsed(between)) used = between;
    else unused = between;
  }
  for (let number = used + 1; number - used <= MOST_UNUSED; number++) {
    if (isUsed(number)) used = number;
    yield;
  }
  return used;
}

function* downFrom(number: number): Generator<number> {
  for (let next = number; next >= 0; next--) yield next;
}

/** Names of the children that have one of the pipes as standard input, output or error, by inode. */
function* childrenAt(
  pipes: ReadonlyMap<string, unknown>,
  { procfs, pid, processes, budget }: LookContext,
): InPortions<ReadonlyMap<string, string>> {
  const children = new Map<string, string>();
  if (pipes.size === 0) return children;
  const living = [...processes].filter(({ ppid, state }) => ppid === pid && state !== 'Z').slice(-MOST_CHILDREN);
  for (const child of living) {
    for (let number = 0; number <= 2 && budget.spend(); number++) {
      const [, inode] = /^pipe:\[(\d{1,20})\]$/.exec(linkOf(`${procfs}/${child.pid}/fd/${number}`) ?? '') ?? [];
      if (inode !== undefined && pipes.has(inode)) children.set(inode, foldPath(child.comm));
    }
    yield;
  }
  return children;
}

/** @returns undefined if it is closed, or may not be read */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
