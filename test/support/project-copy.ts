/**
 * A copy of the whole checkout in a temporary directory, for tests that change the sources as a contributor would: edit a
 * file, add one, type-check, build, run the tests of the documentation.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { temporaryDirectory } from './files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'coverage']);
/** Chosen: tests take half a minute on two cores, and several times that beside other slow tests. */
const LONGEST_MS = 300_000;
/** The projects that `npm run typecheck` checks. */
const TYPECHECKS = packageJson.scripts.typecheck.split(' && ');

export class ProjectCopy {
  readonly directory = temporaryDirectory('leakwatch-copy-');

  constructor() {
    cpSync(ROOT, this.directory, { recursive: true, filter: (path) => !LEFT_OUT.has(path.slice(ROOT.length)) });
    symlinkSync(join(ROOT, 'node_modules'), join(this.directory, 'node_modules'));
  }

  /** @throws {Error} if the file does not hold the text that is to be replaced */
  edit(path: string, text: string, replacement: string): void {
    const before = readFileSync(join(this.directory, path), 'utf8');
    if (!before.includes(text)) throw new Error(`${path} does not hold ${text}`);
    this.write(
      path,
      before.replace(text, () => replacement),
    );
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.directory, path), text);
  }

  /** The files that do not compile, in order; none where everything does. */
  uncompiled(): string[] {
    const outputs = TYPECHECKS.map((command) => this.#run('sh', ['-c', command]));
    const errors = outputs.flatMap(({ output }) => [...output.matchAll(/^([^(\s]+)\(\d+,\d+\): error/gm)]);
    return [...new Set(errors.map(([, file]) => file!))].sort();
  }

  /** @returns the path of the built program */
  build(): string {
    const { status, output } = this.#run(process.execPath, ['scripts/build.js']);
    if (status !== 0) throw new Error(`the build failed:\n${output}`);
    return join(this.directory, 'dist/leakwatch.cjs');
  }

  /** As UPDATE_GOLDEN=1 does, for the golden files that these tests read. */
  renewGoldenFiles(...files: readonly string[]): void {
    this.#test(files, { UPDATE_GOLDEN: '1' });
  }

  /** Runs tests of the copy, files or folders of them; @returns the names of the tests that failed */
  failedTests(...files: readonly string[]): string[] {
    return this.#test(files);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #test(files: readonly string[], env: NodeJS.ProcessEnv = {}): string[] {
    const report = join(this.directory, 'report.json');
    const reporter = ['--reporter=json', `--outputFile=${report}`];
    this.#run('node_modules/.bin/vitest', ['run', '--project', 'pure', ...reporter, ...files], env);
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { assertionResults: { status: string; fullName: string }[] }[];
    };
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    if (results.length === 0) throw new Error(`no test ran of ${files.join(', ')}`);
    return results.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  }

  #run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
    const env = { ...process.env, ...more, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` };
    const options = { cwd: this.directory, encoding: 'utf8', timeout: LONGEST_MS, env } as const;
    const { status, stdout, stderr, error } = spawnSync(command, args, options);
    if (error) throw error;
    return { status, output: `${stdout}${stderr}` };
  }
}
