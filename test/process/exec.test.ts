/**
 * `leakwatch exec`: the program takes over the process that was started, and does not notice the monitor, whatever
 * happens to it. Each test starts it as a process manager would, and looks at both in /proc.
 */
import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { PROGRAM, STOP_MS } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { childrenOf, isDead, kill, pids, readOf, statOf } from '../support/processes.ts';
import { uniqueName } from '../support/unique.ts';
import { until, untilPromised } from '../support/until.ts';
import { asUser, noOtherUser, PublicCopy, unusedUid } from '../support/users.ts';

const directory = temporaryDirectory('leakwatch-exec-');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  /** The words before the program, such as a shell. */
  readonly prefix?: readonly string[];
  /** Options of leakwatch. */
  readonly options?: readonly string[];
  readonly program?: string;
  readonly cwd?: string;
  /** Descriptors from 3 on. */
  readonly more?: readonly (number | 'ipc' | 'ignore')[];
}

class App {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Output until both the program and the monitor have closed it. */
  readonly stdout: Promise<string>;
  readonly stderr: Promise<string>;
  readonly exit: Promise<unknown[]>;
  /** Output so far. */
  readonly heard = { stdout: '', stderr: '' };

  constructor(
    command: readonly string[],
    { env, prefix = [], options, program = PROGRAM, cwd, more = [] }: Options = {},
  ) {
    const own = options ?? ['--listen', 'off', '--interval', '100ms'];
    const [first = '', ...rest] = [...prefix, program, 'exec', ...own, '--', ...command];
    const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', ...more];
    this.child = spawn(first, rest, { stdio, cwd, env: { PATH: process.env.PATH, ...env } });
    this.pid = this.child.pid!;
    this.exit = once(this.child, 'exit');
    const closed = once(this.child, 'close');
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]!.setEncoding('utf8').on('data', (text) => {
        this.heard[name] += text;
      });
    }
    this.stdout = closed.then(() => this.heard.stdout);
    this.stderr = closed.then(() => this.heard.stderr);
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  /** Pid of the monitor, once it has printed a line and so has finished starting. */
  async monitor(): Promise<number> {
    const pid = (await until(() => monitorOf(this.pid), { what: 'a monitor' }))!;
    onTestFinished(() => kill(pid));
    await until(() => this.heard.stdout.includes('sample#'), { what: 'the first line' });
    return pid;
  }
}

function monitorOf(pid: number): number | undefined {
  return pids().find(
    (candidate) => readOf(candidate, 'cmdline').includes(`\0--stop-with\0${pid}\0`) && !isDead(candidate),
  );
}

async function ends(monitor: number): Promise<void> {
  await untilPromised(() => isDead(monitor), { what: 'end of the monitor', pid: monitor, withinMs: STOP_MS });
}

const SHELLS = ['dash', 'bash', 'busybox'] as const;
const missing = SHELLS.filter((shell) => spawnSync(shell, ['true']).error !== undefined);
const noUser =
  noOtherUser() ?? (spawnSync('prlimit', ['--version']).error && 'there is no prlimit (Debian: util-linux)');
if (missing.length > 0) console.log(`not tested with a shell that is not there: ${missing.join(', ')}`);
if (noUser !== undefined) console.log(`a limit on processes is not tested: ${noUser}`);

describe.each([
  ['by its name', []],
  ['by dash', ['dash']],
  ['by bash', ['bash']],
  ['by sh of busybox', ['busybox', 'sh']],
])('started %s', (_, prefix) => {
  const tried = test.skipIf(missing.some((shell) => shell === prefix[0]));

  tried('the program is the process that was started, with the same input, output and arguments', async () => {
    const words = ['a  b', 'two\nlines', '"quoted" \'twice\'', '$HOME `x` \\', '', '--', '-e', '*', 'ü'];
    const script = 'echo $$; cat; printf "%s|" "$@"';
    const app = new App(['sh', '-c', script, 'name', ...words], { prefix, env: { LEAKWATCH: 'off' } });
    app.child.stdin!.end('said\n');
    expect(await app.stdout).toBe(`${app.pid}\nsaid\n${words.join('|')}|`);
    expect(await app.exit).toEqual([0, null]);
  });

  tried('the program has the environment of the process, with nothing added', async () => {
    const given = { rest: '1', fd: '2', key: '3', value: '4', descriptors: '5', UV_THREADPOOL_SIZE: '6', IFS: 'x' };
    const app = new App(['env', '-0'], { prefix, env: given });
    // The monitor may print its lines before and after.
    const printed = (await app.stdout).replaceAll(/source=[^\0\n]*\n/g, '');
    const lines = printed.split('\0').filter((line) => /^\w+=/.test(line));
    const found = new Map(lines.map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]));
    for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_', 'IFS']) found.delete(name);
    const { IFS: _, ...rest } = given;
    expect(Object.fromEntries(found)).toEqual({ PATH: process.env.PATH, ...rest });
  });

  tried.each([
    [7, ['sh', '-c', 'exit 7']],
    [127, ['/nonexistent/program']],
    [126, ['/dev/null']],
  ])('its exit code %i is kept', async (code, command) => {
    const app = new App(command, { prefix });
    expect(await app.exit).toEqual([code, null]);
  });

  tried('the monitor is no child of the program, and ends with it', async () => {
    const app = new App(['sleep', '600'], { prefix });
    const monitor = await app.monitor();
    expect(readOf(app.pid, 'cmdline')).toBe('sleep\x00600\x00');
    expect(childrenOf(app.pid)).toEqual([]);
    expect(statOf(monitor)?.session).toBe(monitor);
    process.kill(app.pid, 'SIGTERM');
    await ends(monitor);
    expect(await app.exit).toEqual([null, 'SIGTERM']);
  });
});

describe('signals', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    '%s to the program ends it, and then the monitor',
    async (signal) => {
      const app = new App(['sleep', '600']);
      const monitor = await app.monitor();
      process.kill(app.pid, signal);
      await ends(monitor);
      expect(await app.exit).toEqual([null, signal]);
      // The last line is complete.
      expect(await app.stdout).toMatch(/ sample#\w+=\S+\n$/);
      expect(await app.stderr).toMatch(/"msg":"stopping"\}\n$/);
    },
  );

  test.each(['SIGTERM', 'SIGKILL'] as const)('%s to the monitor ends it, and the program runs on', async (signal) => {
    const app = new App(['sh', '-c', 'read -r line; exit 9']);
    const monitor = await app.monitor();
    process.kill(monitor, signal);
    await ends(monitor);
    expect(isDead(app.pid)).toBe(false);
    // No zombie is left to the program.
    expect(childrenOf(app.pid)).toEqual([]);
    app.child.stdin!.end('\n');
    expect(await app.exit).toEqual([9, null]);
  });

  test('SIGTERM to both at once ends both', async () => {
    const app = new App(['sh', '-c', 'trap "exit 5" TERM; while :; do sleep 0.1; done']);
    const monitor = await app.monitor();
    process.kill(monitor, 'SIGTERM');
    process.kill(app.pid, 'SIGTERM');
    await ends(monitor);
    expect(await app.exit).toEqual([5, null]);
  });

  test('are ignored by the program exactly if they were ignored before', async () => {
    const masks = 'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status';
    const run = (prefix: readonly string[]) =>
      spawnSync('sh', ['-c', `trap "" HUP; exec "$@" ${masks}`, 'sh', ...prefix], { encoding: 'utf8' }).stdout;
    expect(run([PROGRAM, 'exec', '--listen', 'off', '--']).match(/^Sig.*$/gm)).toEqual(run(['env']).match(/^Sig.*$/gm));
  });
});

describe('the monitor', () => {
  test('keeps only the descriptors of its output open', async () => {
    const file = `${directory}/open`;
    const fd = openSync(file, 'w');
    onTestFinished(() => closeSync(fd));
    const more = Array.from({ length: 20 }, (_, at) => ([4, 9, 15].includes(at) ? fd : 'ignore'));
    // The list begins with descriptor 3; `ignore` opens /dev/null.
    const app = new App(['sleep', '600'], { more });
    // A descriptor may be closed between the two calls.
    const linkOf = (path: string): string[] => {
      try {
        return [readlinkSync(path)];
      } catch {
        return [];
      }
    };
    const links = (pid: number) =>
      new Map(
        readdirSync(`/proc/${pid}/fd`).flatMap((at) =>
          linkOf(`/proc/${pid}/fd/${at}`).map((link) => [Number(at), link] as const),
        ),
      );
    const monitor = await app.monitor();
    expect(
      [...links(app.pid)]
        .filter(([, link]) => link === file)
        .map(([at]) => at)
        .sort((a, b) => a - b),
    ).toEqual([7, 12, 18]);
    const kept = links(monitor);
    expect([...kept.values()]).not.toContain(file);
    expect(kept.get(0)).toBe('/dev/null');
    for (const at of [1, 2]) expect(kept.get(at)).toBe(links(app.pid).get(at));
  });

  test('ignores what is meant for the program: options of Node, an IPC channel, the size of the thread pool', async () => {
    const script = `process.on('message', (word) => process.send({ word, size: process.env.UV_THREADPOOL_SIZE }));`;
    const app = new App(['node', '-e', script], {
      more: ['ipc'],
      env: { NODE_OPTIONS: '--max-http-header-size=9999', UV_THREADPOOL_SIZE: '9', NODE_UNIQUE_ID: '1' },
    });
    const monitor = await app.monitor();
    const environment = readFileSync(`/proc/${monitor}/environ`, 'utf8');
    expect(environment).not.toMatch(/\bNODE_|UV_THREADPOOL_SIZE/);
    expect(readdirSync(`/proc/${monitor}/task`).length).toBeLessThanOrEqual(6);
    app.child.send('hello');
    const [answer] = await once(app.child, 'message');
    expect(answer).toEqual({ word: 'hello', size: '9' });
  });

  test('ends with the program even if nobody has reaped the program', async () => {
    const script = '"$@" & exec sleep 600';
    const manager = spawn('sh', ['-c', script, 'sh', PROGRAM, 'exec', '--listen', 'off', '--', 'sleep', '600'], {
      stdio: 'ignore',
    });
    onTestFinished(() => void manager.kill('SIGKILL'));
    const app = (await until(() => childrenOf(manager.pid!)[0], { what: 'the program' }))!;
    const monitor = (await until(() => monitorOf(app), { what: 'the monitor' }))!;
    kill(app);
    await until(() => statOf(app)?.state === 'Z', { what: 'the end of the program' });
    await ends(monitor);
    expect(statOf(app)?.state).toBe('Z');
  });

  test('prints nothing if the program ends before the monitor has started', async () => {
    const app = new App(['true']);
    expect({ stdout: await app.stdout, stderr: await app.stderr }).toEqual({ stdout: '', stderr: '' });
  });

  test('sees a program that an unknown manager has started as a group of its own', async () => {
    // A name that leakwatch knows neither as a shell nor as a process manager.
    const manager = `${directory}/shop-manager`;
    writeFileSync(
      manager,
      `#!${process.execPath}\nrequire('node:child_process').spawn(process.argv[2], process.argv.slice(3), { stdio: 'inherit' });`,
    );
    chmodSync(manager, 0o755);
    const name = uniqueName('nap');
    symlinkSync('/bin/sleep', `${directory}/${name}`);
    const options = ['--listen', 'off', '--interval', '100ms', '--max-groups', '500'];
    const app = spawn(manager, [PROGRAM, 'exec', ...options, '--', `${directory}/${name}`, '600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void app.kill('SIGKILL'));
    let seen = '';
    app.stdout.on('data', (chunk) => {
      seen += chunk;
    });
    const program = (await until(() => childrenOf(app.pid!)[0], { what: 'the program' }))!;
    onTestFinished(() => kill(program));
    await until(() => new RegExp(` group=${name} .* sample#group_processes=1\\b`).test(seen), {
      what: 'a group of its own',
    });
  });
});

describe('the program runs without a monitor', () => {
  async function runs(options: Options): Promise<string> {
    const app = new App(['/bin/sh', '-c', 'echo ran'], options);
    expect(await app.exit).toEqual([0, null]);
    expect(await app.stdout).toBe('ran\n');
    return app.stderr;
  }

  test('with LEAKWATCH=off', async () => {
    expect(await runs({ env: { LEAKWATCH: 'off' } })).toBe('leakwatch: nothing is watched: LEAKWATCH=off\n');
  });

  test('if there is no node on the PATH', async () => {
    const says = await runs({ env: { PATH: '/nonexistent' } });
    expect(says).toBe('leakwatch: nothing is watched: there is no node in an absolute directory of the PATH\n');
  });

  test.each<[string, Options, RegExp]>([
    ['a bad variable', { env: { LEAKWATCH_INTERVAL: 'soon' } }, /^leakwatch: LEAKWATCH_INTERVAL must .*\n$/],
    ['a bad option', { options: ['--bogus', '1'] }, /^leakwatch: Unknown flag "--bogus".*\n$/],
    ['a file that cannot be read', { options: ['--config', '/nonexistent'] }, /^leakwatch: Configuration file .*\n$/],
  ])('after %s', async (_, options, says) => {
    expect(await runs(options)).toMatch(says);
  });

  test('if its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const app = new App(['sleep', '600'], { options: ['--listen', `127.0.0.1:${port}`] });
    await until(() => app.heard.stderr !== '', { what: 'the complaint' });
    await until(() => monitorOf(app.pid) === undefined, { what: 'the end of the monitor' });
    process.kill(app.pid, 'SIGTERM');
    expect(await app.exit).toEqual([null, 'SIGTERM']);
    expect(await app.stderr).toMatch(/^leakwatch: cannot listen on .*: the address is in use.*\n$/);
  });

  // A user of its own for each, because root has no such limit. From one process, which is the program, to one less than
  // what must be left.
  describe.skipIf(noUser !== undefined || missing.length > 0)('if its user may have few processes:', () => {
    let copy: PublicCopy;
    beforeAll(() => {
      copy = new PublicCopy();
    });
    afterAll(() => copy?.remove());

    test.each([
      [1, ['dash']],
      [2, ['bash']],
      [3, ['busybox', 'sh']],
      [6, ['dash']],
      [9, ['bash']],
      [32, ['busybox', 'sh']],
    ] as const)('at most %i, started by %s', async (most, shell) => {
      const prefix = [...asUser(unusedUid()), 'prlimit', `--nproc=${most}`, ...shell];
      const { program, dir: cwd, path: PATH } = copy;
      const app = new App(['sh', '-c', 'echo ran; exec sleep 0.5'], { prefix, program, cwd, env: { PATH } });
      expect(await app.exit).toEqual([0, null]);
      expect(await app.stdout).toBe('ran\n');
      expect(await app.stderr).toBe('leakwatch: nothing is watched: too few processes or threads are left\n');
    });
  });
});

test('it works through a symbolic link, as npm makes one', async () => {
  const link = `${directory}/leakwatch`;
  symlinkSync(PROGRAM, link);
  const app = new App(['sleep', '600'], { program: link });
  await app.monitor();
});

describe('exit code 64 and a sentence', () => {
  test.each([
    ['without a program', PROGRAM, ['exec'], /needs a program; usage: leakwatch exec \[OPTIONS\] -- COMMAND/],
    ['with nothing behind --', PROGRAM, ['exec', '--'], /needs a program/],
    ['without --', PROGRAM, ['exec', 'npm', 'start', '--', 'x'], /must be the first word, needs -- before the program/],
    ['with exec not first', PROGRAM, ['--interval', '1s', 'exec', '--', 'true'], /must be the first word/],
    ['started with node', process.execPath, [PROGRAM, 'exec', '--', 'true'], /not with node/],
  ])('%s', (_, program, args, says) => {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
