/**
 * Which files leakwatch may write to. Other users of the host may be hostile: they make links and files where it is going
 * to write, so that it writes to somebody else's file or reads what they forged. So the last part of a path is never
 * followed as a link, a file of another user is not taken, and neither is one with content that leakwatch has not written.
 * Source: open(2) (O_NOFOLLOW, O_EXCL), proc_sys_fs(5) (protected_symlinks, protected_hardlinks).
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Makes a file that is not there yet, for its user alone. */
export const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Permissions of a new file. */
export const OWNER_ONLY = 0o600;

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Enough for what tells files apart: a page has its title after 300 bytes. */
const START_BYTES = 1024;

/** A kind of file that leakwatch writes. */
export interface Kind {
  /** As in "it is not ...". */
  readonly name: string;
  /** Does a file of this kind begin so? The text is never empty. */
  isStart(text: string): boolean;
}

/**
 * Looks whether a file of this kind may be written at the path.
 * @returns facts of the file that is there, which is empty or of this kind; undefined if there is none
 * @throws {Error} with one sentence: it is a link, no file, of another user, or something else than this kind
 */
export function ownFile(path: string, kind: Kind): Stats | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (found.isSymbolicLink()) throw new Error('it is a symbolic link, and links are not followed');
  if (!found.isFile()) throw new Error('it is not a file');
  checkOwner(found);
  if (found.size > 0) checkKind(path, found, kind);
  return found;
}

/** @throws {Error} if the file is of another user, who may have forged it, and may read what is written to it */
export function checkOwner({ uid }: Stats): void {
  if (uid !== 0 && uid !== process.geteuid?.()) throw new Error(`it belongs to another user (uid ${uid})`);
}

/**
 * @param of facts of the file that was looked at: another one may have this path now
 * @throws {Error} if it does not begin as files of this kind do
 */
export function checkKind(path: string, of: Stats, kind: Kind): void {
  const file = openSync(path, READ);
  try {
    const { dev, ino } = fstatSync(file);
    const start = Buffer.alloc(START_BYTES);
    const isOurs =
      dev === of.dev &&
      ino === of.ino &&
      kind.isStart(start.toString('utf8', 0, readSync(file, start, 0, START_BYTES, 0)));
    if (!isOurs) throw new Error(`it is not ${kind.name}, and is left as it is`);
  } finally {
    closeSync(file);
  }
}
