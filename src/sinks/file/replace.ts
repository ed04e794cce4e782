/**
 * Replaces a file as a whole: the text goes to a second file that is then renamed, so a reader or a crash finds either
 * the old content or the new one. Synchronous, because an asynchronous write needs a thread.
 */
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @returns the path, or the target of a symbolic link: renaming onto the link would replace it
 * @throws {Error} if no file can be there: the directory is missing, or the path is something else than a file
 */
export function replaceable(path: string): string {
  if (!statSync(dirname(path)).isDirectory()) throw new Error(`${dirname(path)} is not a directory`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return path;
  if (!found.isFile()) throw new Error('it is not a file');
  return realpathSync(path);
}

/**
 * @param path as `replaceable` returned it. The name of the second file is fixed, so that one that was left behind by a
 *   crash is removed by the next write.
 * @param mode of the new file, less the umask
 * @throws {Error} like node:fs; nothing is left behind
 */
export function replaceFile(path: string, text: string, mode = 0o666): void {
  const beside = `${path}.new`;
  rmSync(beside, { force: true });
  const file = openSync(beside, 'wx', mode);
  try {
    try {
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
