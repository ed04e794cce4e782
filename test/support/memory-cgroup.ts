/** A real cgroup with a memory limit of its own, version 1 or 2, for tests that run as root. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { uniqueName } from './unique.ts';

const VERSIONS = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max' },
] as const;

export class MemoryCgroup {
  readonly #directory: string;
  readonly #files: (typeof VERSIONS)[number];

  private constructor(directory: string, files: (typeof VERSIONS)[number]) {
    this.#directory = directory;
    this.#files = files;
  }

  /** @returns undefined where none can be made: no root, or a file system of cgroups that cannot be written */
  static make(): MemoryCgroup | undefined {
    for (const files of VERSIONS) {
      const directory = `${files.root}/${uniqueName('leakwatch')}`;
      try {
        mkdirSync(directory);
      } catch {
        continue;
      }
      if (existsSync(`${directory}/${files.limit}`)) return new MemoryCgroup(directory, files);
      rmdirSync(directory);
    }
    return undefined;
  }

  move(pid: number): void {
    writeFileSync(`${this.#directory}/cgroup.procs`, `${pid}`);
  }

  /** A script of a shell that enters it and becomes the program of its arguments. */
  get enter(): string {
    return `echo $$ >${this.#directory}/cgroup.procs && exec "$@"`;
  }

  set limitBytes(bytes: number) {
    writeFileSync(`${this.#directory}/${this.#files.limit}`, `${Math.ceil(bytes)}`);
  }

  /** @returns whether it is gone: it stays for as long as processes are in it */
  remove(): boolean {
    try {
      rmdirSync(this.#directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
      throw error;
    }
    return true;
  }
}
