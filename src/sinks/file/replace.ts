/**
 * Replaces a file as a whole: the text goes to a second file that is then renamed, so a reader or a crash finds either
 * the old content or the new one. Synchronous, because an asynchronous write needs a thread.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  opendirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Kind, NEW, OWNER_ONLY, ownFile } from './own-file.ts';

/** The name of the second file cannot be guessed: 64 random bits. */
const RANDOM_BYTES = 8;
const SECOND = /^\.[0-9a-f]{16}\.new$/;
/** A second file is there for milliseconds. Chosen: no disk is so slow that it is there for an hour. */
const STALE_MS = 3_600_000;
/** Others may fill /tmp: of more names than this, the rest is not looked at. A name costs a microsecond. */
const MOST_NAMES = 10_000;
/** Others may read the file, if its user has allowed it, and never write to it. */
const MOST_MODE = 0o644;

/**
 * Looks whether files of this kind can be kept at the path, and removes what earlier runs have left beside it when they
 * were killed.
 * @throws {Error} with one sentence: the directory is missing, or see `ownFile`
 */
export function checkReplaceable(path: string, kind: Kind): void {
  if (!statSync(dirname(path)).isDirectory()) throw new Error(`${dirname(path)} is not a directory`);
  ownFile(path, kind);
  removeStale(path, kind);
}

/**
 * The new file can be read by its user alone. One that replaces another can be read by those who could read the other.
 * @throws {Error} like node:fs, or see `ownFile`; nothing is left behind
 */
export function replaceFile(path: string, text: string, kind: Kind): void {
  const old = ownFile(path, kind);
  const beside = `${path}.${randomBytes(RANDOM_BYTES).toString('hex')}.new`;
  const file = openSync(beside, NEW, OWNER_ONLY);
  try {
    try {
      if (old) fchmodSync(file, old.mode & MOST_MODE);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Where the directory cannot be listed, or a file not be removed, it stays: it does no harm. */
function removeStale(path: string, kind: Kind): void {
  const [directory, name] = [dirname(path), basename(path)];
  try {
    const listed = opendirSync(directory);
    try {
      for (let count = 0, entry = listed.readSync(); entry && count < MOST_NAMES; count++, entry = listed.readSync()) {
        const isSecond = entry.name.startsWith(name) && SECOND.test(entry.name.slice(name.length));
        if (isSecond && isStale(join(directory, entry.name), kind)) rmSync(join(directory, entry.name));
      }
    } finally {
      listed.closeSync();
    }
  } catch {}
}

function isStale(path: string, kind: Kind): boolean {
  try {
    ownFile(path, kind);
    const { mtimeMs, uid } = lstatSync(path);
    return uid === process.geteuid?.() && Date.now() - mtimeMs > STALE_MS;
  } catch {
    return false;
  }
}
