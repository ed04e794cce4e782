/**
 * Sorts the mappings of a process into classes that mean something to its owner. Pure: lines of /proc/PID/maps in, a name
 * for each mapping out. Source: proc_pid_maps(5); glibc, malloc/arena.c and nptl/allocatestack.c.
 */
import { MEMFD, type Names, namesOf, namesOfMemfd, withoutDeleted } from './fold.ts';
import { decodeBytes } from './lines.ts';

export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** `rwxp`, with `-` for what is not allowed, and `s` for shared. */
  readonly permissions: string;
  /** Empty of anonymous memory. */
  readonly path: string;
}

export interface MappingClass extends Names {
  /** Its clean pages can be read again from the file, and are given back when memory is short. */
  readonly isOnDisk: boolean;
}

const LINE = /^([\da-f]{1,13})-([\da-f]{1,13}) ([r-][w-][x-][ps]) [\da-f]+ [\da-f]+:[\da-f]+ \d+/;

/**
 * A line of maps, or the first line of a mapping in smaps.
 * @param line one character for each byte
 * @returns undefined for any other line, and for mappings of the kernel's half of the address space
 * @example parseMapping('7f00-8000 rw-p 00000000 00:00 0 ') // => { start: 0x7f00, end: 0x8000, permissions: 'rw-p', path: '' }
 */
export function parseMapping(line: string): Mapping | undefined {
  const [whole, start, end, permissions] = LINE.exec(line) ?? [];
  if (whole === undefined) return undefined;
  return {
    start: Number.parseInt(start!, 16),
    end: Number.parseInt(end!, 16),
    permissions: permissions!,
    path: decodeBytes(line.slice(whole.length)).trimStart(),
  };
}

export const ARENAS = of('malloc arenas');
export const STACKS = of('stacks of threads');
export const OTHER = of('other anonymous memory');

/** ANON_VMA_NAME_MAX_LEN of the kernel, with `[anon_shmem:` and `]`. */
const MOST_ANON_NAME = 93;

/** The classes of mappings that have a name, by how it begins; the first that fits. */
const NAMED: readonly (readonly [begins: string, classOf: (name: string) => MappingClass])[] = [
  ['[heap]', () => of('heap')],
  ['[stack]', () => of('stack of the main thread')],
  // Names that glibc gives since 2.39 with its tunable glibc.mem.decorate_maps.
  ['[anon: glibc: malloc arena]', () => ARENAS],
  ['[anon: glibc: pthread stack:', () => STACKS],
  ['[anon: glibc: pthread user stack:', () => STACKS],
  // A single digit is part of a name, as in `[anon:v8]`.
  ['[anon', (name) => of(name.slice(0, MOST_ANON_NAME).replace(/\d{2,}/g, '#'))],
  [MEMFD, (name) => ({ ...namesOfMemfd(name), isOnDisk: false })],
  ['/dev/shm/', (name) => ({ ...namesOf('shared memory', name), isOnDisk: false })],
  ['/dev/zero', () => of('shared anonymous memory')],
  ['/SYSV', () => of('System V shared memory')],
  ['/anon_hugepage', () => of('huge pages')],
];

/** GLIBC: HEAP_MAX_SIZE on 64 bits: where each part of an arena begins, and as much as is reserved for it. */
const ARENA_BYTES = 64 * 1024 * 1024;
/** Guards below stacks: 4 KB of glibc, 8 KB of musl, up to 96 KB of Java; a page of 64 KB on some kernels. Chosen: 128 KB. */
const MOST_GUARD_BYTES = 128 * 1024;

/**
 * @param mapping with what is below and above it
 * @returns undefined if it holds no memory of the process: reserved addresses, and pages of the kernel
 */
export function classOfMapping(
  { start, end, permissions, path }: Mapping,
  below: Mapping | undefined,
  above: Mapping | undefined,
): MappingClass | undefined {
  if (path === '') {
    if (permissions.startsWith('---')) return undefined;
    if (permissions[2] === 'x') return of('code made at run time');
    const isWritable = permissions.startsWith('rw');
    // An arena is reserved as a whole and made writable from its start on; when all is in use, nothing is left above it.
    const reservedEnd = above && isReserved(above) && above.start === end ? above.end : end;
    const isPartOfArena = end % ARENA_BYTES !== 0 && reservedEnd === Math.ceil(end / ARENA_BYTES) * ARENA_BYTES;
    if (isWritable && start % ARENA_BYTES === 0 && (isPartOfArena || end - start === ARENA_BYTES)) return ARENAS;
    const hasGuard = below && isReserved(below) && below.end === start && below.end - below.start <= MOST_GUARD_BYTES;
    return hasGuard && isWritable ? STACKS : OTHER;
  }
  const { path: name, isDeleted } = withoutDeleted(path);
  const row = NAMED.find(([begins]) => name.startsWith(begins));
  if (row) return row[1](name);
  if (!name.startsWith('/')) return undefined;
  if (permissions[2] === 'x' || name.endsWith('.so') || name.includes('.so.'))
    return { ...of('programs and libraries'), isOnDisk: true };
  return { ...namesOf(isDeleted ? 'deleted mapped file' : 'mapped file', name), isOnDisk: true };
}

function isReserved({ permissions, path }: Mapping): boolean {
  return path === '' && permissions.startsWith('---');
}

function of(name: string): MappingClass {
  return { name, wider: name, isOnDisk: false };
}
