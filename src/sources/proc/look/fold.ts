/**
 * Paths of files and sockets with their varying parts as `#`, so that all files of one sort have one name. Pure; the
 * result may hold anything that a file name may.
 */

/** In UTF-16 units. Chosen: the last three or four directories and the name, on one line of a terminal. */
const MOST_LENGTH = 96;

/** Of what is folded; longer than any path that the kernel shows (PATH_MAX, 4,096 bytes). */
const MOST_FOLDED = 4096;

const UUID = /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi;
/** Letters and digits without a break. */
const WORD = /[0-9A-Za-z]+/g;
/** Eight or more of them that are random: hexadecimal with a letter behind a digit, or with digits in two places. */
const RANDOM = /^(?=.{8})(?:(?=[\da-f]+$).*?\d[a-f]|[a-z]*\d+[a-z]+\d)/i;
/** What tempfile.mkstemp of Python and its like make: `tmp` and eight of these. */
const PYTHON_TEMPORARY = /^tmp[0-9a-z_]{8}(?=\.|$)/;
/** What mktemp(1) makes: `tmp.` and ten of these. */
const SHELL_TEMPORARY = /^tmp\.[0-9A-Za-z]{10}$/;

/**
 * @example foldPath('/var/log/app.log.17') // => '/var/log/app.log.#'
 * @example foldPath('/var/cache/upload-5f3a9c0be1/part-3') // => '/var/cache/upload-#/part-#'
 * @example foldPath('/run/tmpk_q_zxab.json') // => '/run/tmp#.json'
 */
export function foldPath(path: string): string {
  const parts = path.slice(0, MOST_FOLDED).replace(UUID, '#').split('/').map(foldPart);
  return shorten(parts);
}

function foldPart(part: string): string {
  if (SHELL_TEMPORARY.test(part)) return 'tmp.#';
  return part
    .replace(PYTHON_TEMPORARY, 'tmp#')
    .replace(WORD, (word) => (RANDOM.test(word) ? '#' : word.replace(/\d+/g, '#')));
}

/** What something is called: its own name, and the one that it shares with its like. */
export interface Names {
  readonly name: string;
  readonly wider: string;
}

/** @example namesOf('file', '/srv/a.7.log') // => { name: 'file /srv/a.#.log', wider: 'file /srv/#.log' } */
export function namesOf(sort: string, path: string): Names {
  const folded = foldPath(path);
  return { name: `${sort} ${folded}`, wider: `${sort} ${siblings(folded)}` };
}

/** How the kernel names a file of memfd_create(2). */
export const MEMFD = '/memfd:';

/** @param path begins with MEMFD */
export function namesOfMemfd(path: string): Names {
  return { name: `memfd ${foldPath(path.slice(MEMFD.length))}`, wider: 'memfd' };
}

/** The directory of a folded path with the ending of its file: what many files of one directory have in common. */
export function siblings(folded: string): string {
  const slash = folded.lastIndexOf('/');
  const name = folded.slice(slash + 1);
  const dot = name.lastIndexOf('.');
  return `${folded.slice(0, slash + 1)}#${dot > 0 ? name.slice(dot) : ''}`;
}

/** Without the ` (deleted)` that the kernel puts behind the path of a file which has none any more. */
export function withoutDeleted(path: string): { readonly path: string; readonly isDeleted: boolean } {
  return path.endsWith(DELETED)
    ? { path: path.slice(0, -DELETED.length), isDeleted: true }
    : { path, isDeleted: false };
}

const DELETED = ' (deleted)';

/** Its end: whole parts, unless one takes more than half of the room, which is cut as well. */
function shorten(parts: readonly string[]): string {
  const whole = parts.join('/');
  if (whole.length <= MOST_LENGTH) return whole;
  const end = whole.slice(-MOST_LENGTH);
  const slash = end.indexOf('/');
  return slash >= 0 && slash < MOST_LENGTH / 2 ? `…${end.slice(slash)}` : `…${end}`;
}
