/** Temporary directories full of files, for the builders of fake kernel trees. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The content of a file; null: no such file. */
export type Content = string | Buffer | null;

/** A tree of 10,000 processes has 100,000 files; a tmpfs takes a page of 4 KB for each. Docker's /dev/shm has 64 MB. */
const ROOM_BYTES = 1 << 30;

/** For trees of many small files: in memory if there is room, which is ten times as quick as a disk. */
export const IN_MEMORY = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();

function hasRoom(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}

/** A new directory that everybody can read. */
export function temporaryDirectory(prefix: string, below = tmpdir()): string {
  const dir = mkdtempSync(join(below, prefix));
  chmodSync(dir, 0o755);
  return dir;
}

/** Overwrites files in place, so that they keep their inode, as files of the kernel do. */
export function writeFiles(dir: string, files: Readonly<Record<string, Content>>): void {
  mkdirSync(dir, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const file = join(dir, path);
    if (content === null) {
      rmSync(file, { force: true });
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
}
