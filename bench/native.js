/** Compiles the C programs of `native/` into a temporary directory. Without a compiler there are none. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { makeDirectory, tieChildrenWith } from './cleanup.js';

/** @typedef {{ herd: string, floor: string, tied: string, compiler: string }} Native paths of the programs */

/** @returns {Native | undefined} */
export function compileNative() {
  const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (!compiler) return undefined;
  const directory = makeDirectory();
  const [herd, floor, tied] = ['herd', 'floor', 'tied'].map((name) => {
    const source = join(import.meta.dirname, 'native', `${name}.c`);
    const program = join(directory, name);
    const { status, stderr } = spawnSync(compiler, ['-O2', '-Wall', '-pthread', source, '-o', program]);
    if (status !== 0) throw new Error(`${compiler} does not compile ${source}:\n${stderr}`);
    return program;
  });
  tieChildrenWith(tied);
  return /** @type {Native} */ ({ herd, floor, tied, compiler });
}
