/** Temporary directories full of files, for the builders of fake kernel trees. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What is to stand in a file; null: there is no such file. */
export type Content = string | Buffer | null;

/** Readable by everybody, as the kernel's trees are. */
export function temporaryDirectory(prefix: string): string {
  const dir = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(dir, 0o755);
  return dir;
}

/** Files that are there already keep their inode, as files of the kernel do. */
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
