/**
 * What a buildpack runs in: a build, without a network, and the login shell of a dyno. The Node that a build downloads is
 * the one that runs the test, in an archive as nodejs.org has them.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './files.ts';
import { isDead, kill, pids, readOf } from './processes.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What a build from source needs of the repository. */
const SOURCES = `bin buildpack buildpack.toml package.json package-lock.json .npmrc LICENSE tsconfig.json
  tsconfig.build.json scripts src`.split(/\s+/);
/** Of a dyno, and without a Node that would be found by chance. */
const PATH = '/usr/local/bin:/usr/bin:/bin';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for all that one file of tests makes, with the processes that run in it. */
export class Workshop {
  readonly dir = temporaryDirectory('leakwatch-buildpack-');
  readonly archive = join(this.dir, 'node.tar.gz');
  readonly sha256: string;

  constructor() {
    const name = `node-${process.version}-linux-${process.arch}`;
    mkdirSync(join(this.dir, name, 'bin'), { recursive: true });
    copyFileSync(process.execPath, join(this.dir, name, 'bin/node'));
    const packed = spawnSync('tar', ['--use-compress-program=gzip -1', '-cf', this.archive, '-C', this.dir, name]);
    if (packed.status !== 0) throw new Error(packed.stderr.toString());
    rmSync(join(this.dir, name), { recursive: true });
    this.sha256 = createHash('sha256').update(readFileSync(this.archive)).digest('hex');
  }

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  /** The folder ENV_DIR of a build. */
  config(name: string, variables: Readonly<Record<string, string>>): string {
    const dir = this.path(name);
    mkdirSync(dir);
    for (const [variable, value] of Object.entries(variables)) writeFileSync(join(dir, variable), value);
    return dir;
  }

  /** The config vars of a build that finds its Node here. */
  get offline(): Readonly<Record<string, string>> {
    return { LEAKWATCH_NODE_URL: `file://${this.archive}`, LEAKWATCH_NODE_SHA256: this.sha256 };
  }

  /** What docs/deploy/heroku.md says to make an archive of, unpacked as a platform does. */
  buildpack(name: string): string {
    const dir = this.path(name);
    const archive = this.path(`${name}.tgz`);
    const guide = readFileSync(join(ROOT, 'docs/deploy/heroku.md'), 'utf8');
    const [, parts = ''] = /^tar -czf leakwatch-buildpack\.tgz (.+)$/m.exec(guide) ?? [];
    mkdirSync(dir);
    for (const words of [
      ['-czf', archive, '-C', ROOT, ...parts.split(' ')],
      ['-xzf', archive, '-C', dir],
    ]) {
      const { status, stderr } = spawnSync('tar', words);
      if (status !== 0) throw new Error(stderr.toString());
    }
    return dir;
  }

  /** What Git has of the repository: nothing that is built. */
  checkout(name: string): string {
    const dir = this.path(name);
    for (const source of SOURCES) cpSync(join(ROOT, source), join(dir, source), { recursive: true });
    return dir;
  }

  /** Of leakwatch, as it is installed somewhere below the folder: the processes that run, zombies not counted. */
  monitors(below = this.dir): number[] {
    return running((word) => word.startsWith(`${below}/`) && word.endsWith('/leakwatch.cjs'));
  }

  /** The one that runs there, once it has become Node. */
  monitor(below: string): Promise<number> {
    return until(
      () => {
        const running = this.monitors(below);
        return running.length === 1 && readlinkSync(`/proc/${running[0]}/exe`).endsWith('/node') && running[0];
      },
      { what: 'one monitor', timeoutMs: 60_000 },
    ) as Promise<number>;
  }

  async ended(below: string): Promise<void> {
    await until(() => this.monitors(below).length === 0, { what: 'the end of the monitor', timeoutMs: 60_000 });
  }

  /** Ends all that runs from this folder: a monitor may still be a script that is about to start it. */
  async kill(): Promise<void> {
    await until(
      () => {
        const left = running((word) => word.startsWith(`${this.dir}/`));
        for (const pid of left) kill(pid);
        return left.length === 0;
      },
      { what: 'the end of the monitors', timeoutMs: 60_000 },
    );
  }

  clear(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Processes of whose command line a word is like that, zombies not counted. */
function running(matches: (word: string) => boolean): number[] {
  return pids().filter((pid) => !isDead(pid) && readOf(pid, 'cmdline').split('\0').some(matches));
}

/** What a build or a dyno has in its environment, and nothing of the test's. */
export function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH, LANG: 'C.UTF-8', ...more };
}

/** Runs a program until it has ended and all who have its output have closed it: a monitor that was started has not. */
export async function finish(
  file: string,
  args: readonly string[],
  options: SpawnOptions & { readonly stdin?: string } = {},
): Promise<Finished> {
  const child = spawn(file, args, { env: environment(), ...options, stdio: 'pipe' });
  child.stdin!.on('error', () => {});
  child.stdin!.end(options.stdin ?? '');
  const closed = once(child, 'close');
  const late = setTimeout(() => {
    child.stdout?.destroy(new Error('it has been open for too long'));
    child.kill('SIGKILL');
  }, 60_000);
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  const [code] = (await closed) as [number | null];
  clearTimeout(late);
  return { code, stdout, stderr };
}

/** What the platform does first, in an order that it does not promise; here by name. */
const PROFILE = 'for script in "$HOME"/.profile.d/*.sh; do . "$script"; done\n';

/** Makes a folder what a dyno has as its home. */
export function settle(home: string): void {
  writeFileSync(join(home, '.bash_profile'), PROFILE);
}

export interface Command {
  readonly home: string;
  readonly command: string;
  /** Over those of a web dyno. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The words and options to run a command as a dyno does. */
export function onDyno({ home, command, env }: Command): [string, string[], SpawnOptions] {
  const variables = { HOME: home, DYNO: 'web.1', PORT: '5000', ...monitored, ...env };
  return ['bash', ['--login', '-c', command], { cwd: home, env: environment(variables) }];
}

/** So that it can be seen soon, and beside others. */
export const monitored = { LEAKWATCH_INTERVAL: '200ms', LEAKWATCH_LISTEN: '127.0.0.1:0' };

/** The lines of a program that goes on, as they come. */
export function follow(child: ChildProcess): string[] {
  const lines: string[] = [];
  let rest = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      const whole = `${rest}${part}`.split('\n');
      rest = whole.pop()!;
      lines.push(...whole);
    });
  }
  return lines;
}
