/** The classic Heroku buildpack: what a build installs, and what the login shell of a dyno does with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { environment, type Finished, finish, follow, monitored, onDyno, settle, Workshop } from '../support/dyno.ts';
import { until } from '../support/until.ts';

const INSTALLED = '.heroku/leakwatch';
const ownNode = (app: string): string => join(app, INSTALLED, 'runtime/node');

let workshop: Workshop;
let buildpack: string;
let offline: string;
/** An app that has been built, and its cache. */
let app: string;
let cache: string;
let built: Finished;
const started: ChildProcess[] = [];

const compile = (
  from: string,
  words: readonly [app: string, cache: string, env?: string],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> => finish(`${from}/bin/compile`, words as readonly string[], { env: environment(env) });

beforeAll(async () => {
  workshop = new Workshop();
  buildpack = workshop.buildpack('buildpack');
  offline = workshop.config('offline', workshop.offline);
  app = workshop.path('app');
  cache = workshop.path('cache');
  mkdirSync(app);
  built = await compile(buildpack, [app, cache, offline]);
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await workshop.kill();
});

afterAll(() => workshop?.clear());

test('detect says its name, for any app', async () => {
  expect(await finish(`${buildpack}/bin/detect`, [app])).toEqual({ code: 0, stdout: 'leakwatch\n', stderr: '' });
});

test('release adds nothing to the app', async () => {
  const { code, stdout } = await finish(`${buildpack}/bin/release`, [app]);
  expect([code, parse(stdout)]).toEqual([0, {}]);
});

test('the checksums are of one Node, for both machines, and recent enough', () => {
  const lines = readFileSync(`${buildpack}/buildpack/SHASUMS256.txt`, 'utf8').trim().split('\n');
  const found = lines.map((line) => /^[0-9a-f]{64} {2}node-v(\d+)\.\d+\.\d+-linux-(\w+)\.tar\.gz$/.exec(line)!);
  expect(found.map(([, , arch]) => arch)).toEqual(['arm64', 'x64']);
  expect(new Set(found.map(([, major]) => major)).size).toBe(1);
  expect(Number(found[0]![1])).toBeGreaterThan(Number(/\d+/.exec(packageJson.engines.node)![0]));
});

describe('compile', () => {
  test('says what it does', () => {
    expect(built).toEqual({
      code: 0,
      stdout: `-----> leakwatch: installing ${packageJson.version}
       Downloading Node from LEAKWATCH_NODE_URL
       leakwatch ${packageJson.version} runs on Node ${process.version}
`,
      stderr: '',
    });
  });

  test('installs the program with a Node of its own, and a script that starts it', () => {
    const files = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(app, path)).isFile(),
    );
    const ofProgram = (path: string): boolean => path.startsWith(`${INSTALLED}/dist/`);
    expect(files.filter((path) => !ofProgram(path)).toSorted()).toEqual([
      `${INSTALLED}/LICENSE`,
      `${INSTALLED}/package.json`,
      `${INSTALLED}/runtime/node`,
      `${INSTALLED}/start`,
      '.profile.d/leakwatch.sh',
    ]);
    expect(files.filter(ofProgram).map((path) => path.slice(INSTALLED.length + 1))).toContain('dist/leakwatch.cjs');
    expect(execFileSync(ownNode(app), ['--version'], { encoding: 'utf8' }).trim()).toBe(process.version);
  });

  test('downloads once', async () => {
    const gone = workshop.config('gone', { ...workshop.offline, LEAKWATCH_NODE_URL: `file://${workshop.dir}/gone` });
    expect(await compile(buildpack, [workshop.path('again'), cache, gone])).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining('Downloading'),
    });
    expect(existsSync(ownNode(workshop.path('again')))).toBe(true);
  });

  test('downloads again what has been damaged in the cache', async () => {
    const own = workshop.path('damaged-cache');
    cpSync(cache, own, { recursive: true });
    const archive = join(own, 'leakwatch', `node-${workshop.sha256}.tar.gz`);
    writeFileSync(archive, 'cut off');
    const { code, stdout } = await compile(buildpack, [workshop.path('damaged'), own, offline]);
    expect([code, stdout.includes('Downloading')]).toEqual([0, true]);
    expect(statSync(archive).size).toBe(statSync(workshop.archive).size);
  });

  test.each<[string, Record<string, string>, string]>([
    ['is not what it should be', { LEAKWATCH_NODE_SHA256: '0'.repeat(64) }, `with the SHA-256 ${'0'.repeat(64)}`],
    ['is not the pinned one, where no other checksum is given', { LEAKWATCH_NODE_SHA256: '' }, 'with the SHA-256'],
    ['is not there', { LEAKWATCH_NODE_URL: 'file:///nowhere/node.tar.gz' }, 'could not be downloaded'],
    ['has a checksum that is none', { LEAKWATCH_NODE_SHA256: '../../x' }, 'is not 64 hexadecimal digits'],
    ['comes from an option of curl', { LEAKWATCH_NODE_URL: '-K/etc/passwd' }, 'does not begin with https://'],
    ['comes by plain HTTP', { LEAKWATCH_NODE_URL: 'http://127.0.0.1:1/n' }, 'does not begin with https://'],
    ['comes from two addresses', { LEAKWATCH_NODE_URL: 'file:///a -K/etc/passwd' }, 'does not begin with https://'],
  ])('fails, and leaves nothing in the cache, when the Node %s', async (what, config, complaint) => {
    const own = workshop.path(`cache of ${what}`);
    const env = workshop.config(`env of ${what}`, { ...workshop.offline, ...config });
    const { code, stderr } = await compile(buildpack, [workshop.path(`app of ${what}`), own, env]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(` !     leakwatch: `)]);
    expect(stderr).toContain(complaint);
    expect(readdirSync(join(own, 'leakwatch'))).toEqual([]);
  });

  test('takes no options for curl from the folder of the app', async () => {
    const home = workshop.path('home-with-curlrc');
    mkdirSync(home);
    writeFileSync(join(home, '.curlrc'), `trace-ascii ${workshop.path('traced')}\n`);
    const words = [workshop.path('app of a curlrc'), workshop.path('cache of a curlrc'), offline] as const;
    expect(await compile(buildpack, words, { HOME: home })).toMatchObject({ code: 0 });
    expect(existsSync(workshop.path('traced'))).toBe(false);
  });

  describe('beside an app that has a Node', () => {
    const withNode = (name: string, node: (path: string) => void): string => {
      const dir = workshop.path(name, '.heroku/node/bin');
      mkdirSync(dir, { recursive: true });
      node(join(dir, 'node'));
      return workshop.path(name);
    };
    const compileThere = (dir: string): Promise<Finished> =>
      compile(buildpack, [dir, workshop.path('cache of node'), offline], {
        PATH: `${dir}/.heroku/node/bin:${environment().PATH}`,
      });

    test('uses it, wherever the app is put then', async () => {
      const dir = withNode('recent', (path) => symlinkSync(process.execPath, path));
      expect((await compileThere(dir)).stdout).toContain("Using the app's Node (.heroku/node/bin/node)");
      renameSync(dir, workshop.path('elsewhere'));
      const { code, stdout } = await finish(ownNode(workshop.path('elsewhere')), ['--version']);
      expect([code, stdout.trim()]).toEqual([0, process.version]);
      expect(readlinkSync(ownNode(workshop.path('elsewhere')))).toMatch(/^\.\.\//);
    });

    test('brings its own where that is too old', async () => {
      const dir = withNode('old', (path) => {
        writeFileSync(path, '#!/bin/sh\necho v20.18.3\n');
        chmodSync(path, 0o755);
      });
      expect((await compileThere(dir)).stdout).toContain('Downloading');
      expect(statSync(ownNode(dir)).isFile()).toBe(true);
    });

    test('does not rely on one that only the build has', async () => {
      const outside = withNode('outside', (path) => symlinkSync(process.execPath, path));
      const dir = workshop.path('inside');
      await compile(buildpack, [dir, workshop.path('cache of node'), offline], {
        PATH: `${outside}/.heroku/node/bin:${environment().PATH}`,
      });
      expect(readFileSync(ownNode(dir)).equals(readFileSync(process.execPath))).toBe(true);
    });
  });

  test('builds from source what nobody has built, once', async () => {
    const checkout = workshop.checkout('checkout');
    const own = workshop.path('cache of checkout');
    const npmCache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
    // npm finds its registry where the test does.
    const env = { ...(process.env as Record<string, string>), npm_config_cache: npmCache, NODE_ENV: 'production' };
    const words: [string, string, string] = [workshop.path('from source'), own, offline];
    const run = (): Promise<Finished> => finish(`${checkout}/bin/compile`, words, { env });
    const first = await run();
    expect(first, first.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('Building it from source') });
    const program = (dir: string): string => readFileSync(join(dir, 'dist/leakwatch.cjs'), 'utf8');
    expect(program(workshop.path('from source', INSTALLED))).toBe(program(buildpack));
    expect(await run()).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Building') });
    expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
  });
});

describe('the login shell of a dyno', () => {
  const home = (): string => app;
  const dyno = (command: string, env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
    finish(...onDyno({ home: home(), command, env }));
  /** A dyno that goes on until the test is over. */
  const start = (command: string, env: Readonly<Record<string, string>> = {}, more: number[] = []): ChildProcess => {
    const [file, words, options] = onDyno({ home: home(), command, env });
    const stdio: ('pipe' | 'ignore')[] = ['pipe', 'pipe', 'pipe'];
    for (const fd of more) {
      while (stdio.length < fd) stdio.push('ignore');
      stdio.push('pipe');
    }
    const child = spawn(file, words, { ...options, stdio });
    started.push(child);
    return child;
  };

  beforeAll(() => settle(app));

  test('starts the monitor, which watches and prints beside the app', async () => {
    const lines = follow(start('echo "the app: $PORT"; exec sleep 100'));
    await until(() => lines.some((line) => /^source=web\.1 dyno=\S+ group=\S+ sample#group_threads=/.test(line)), {
      what: 'lines of the monitor',
      timeoutMs: 60_000,
    });
    expect(lines).toContain('the app: 5000');
    expect(readlinkSync(`/proc/${await workshop.monitor(app)}/exe`)).toBe(ownNode(app));
  });

  test('has no child that the app did not start, and shares only its output', async () => {
    const child = start('exec sleep 100', {}, [3, 9, 17, 255]);
    const pid = await workshop.monitor(app);
    const [, state, ppid, pgrp, session] = /^\d+ \(.*\) (\w) (\d+) (\d+) (\d+)/.exec(
      readFileSync(`/proc/${pid}/stat`, 'utf8'),
    )!;
    expect(state).not.toBe('Z');
    expect(Number(ppid)).not.toBe(child.pid);
    expect([Number(pgrp), Number(session)]).toEqual([pid, pid]);
    await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n', {
      what: 'the app',
      timeoutMs: 60_000,
    });
    expect(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).toBe('');
    const descriptors = (of: number | undefined): string[] =>
      readdirSync(`/proc/${of}/fd`).flatMap((fd) => {
        try {
          return `${fd} ${readlinkSync(`/proc/${of}/fd/${fd}`)}`;
        } catch {
          return []; // closed meanwhile
        }
      });
    const held = (of: number | undefined): Map<string, string> =>
      new Map(descriptors(of).map((line) => line.split(' ', 2) as [string, string]));
    const ofApp = held(child.pid);
    const ofMonitor = held(pid);
    expect(ofMonitor.get('0')).toBe('/dev/null');
    expect([ofMonitor.get('1'), ofMonitor.get('2')]).toEqual([ofApp.get('1'), ofApp.get('2')]);
    expect([...ofApp.keys()]).toEqual(expect.arrayContaining(['3', '9', '17', '255']));
    for (const fd of ['0', '3', '9', '17', '255']) expect([...ofMonitor.values()]).not.toContain(ofApp.get(fd));
    expect([...ofMonitor.values()]).toContain(join(app, INSTALLED, 'dist/leakwatch.cjs'));
  });

  test('whoever waits for the app to close a pipe does not wait for the monitor', async () => {
    const child = start(':', {}, [3]);
    const pipe = child.stdio[3] as NodeJS.ReadableStream;
    pipe.resume();
    await once(pipe, 'end');
    expect(await workshop.monitor(app)).toBeGreaterThan(0);
  });

  test('lets the monitor end as soon as it is told, and well', async () => {
    const lines = follow(start('exec sleep 100'));
    await until(() => lines.some((line) => line.includes('"watching"')), {
      what: 'the monitor to watch',
      timeoutMs: 60_000,
    });
    process.kill(await workshop.monitor(app), 'SIGTERM');
    await workshop.ended(app);
    await until(() => lines.some((line) => line.includes('"stopping"')), { what: 'its last words', timeoutMs: 60_000 });
  });

  test('starts one, however many shells there are', async () => {
    start('exec sleep 100');
    const pid = await workshop.monitor(app);
    // Its end is also that of whoever was started with its output.
    expect(await dyno('echo second')).toEqual({ code: 0, stdout: 'second\n', stderr: '' });
    expect(workshop.monitors(app)).toEqual([pid]);
    process.kill(pid, 'SIGKILL');
    await workshop.ended(app);
    start('exec sleep 100');
    expect(await workshop.monitor(app)).not.toBe(pid);
  });

  test.each<[string, Record<string, string>]>([
    ['a one-off dyno', { DYNO: 'run.9157' }],
    ['a one-off dyno on Fir', { DYNO: 'run-23z34x56y-w78k9' }],
    ['the release phase', { DYNO: 'release.4711' }],
    ['a scheduled job', { DYNO: 'scheduler.1234' }],
    ['what is no dyno', { DYNO: '' }],
    ['an app that has switched it off', { LEAKWATCH: 'off' }],
    ['a session within a dyno', { SSH_CONNECTION: '10.0.0.1 50000 10.0.0.2 22' }],
  ])('starts nothing on %s', async (_, env) => {
    expect(await dyno('echo app; exit 3', env)).toEqual({ code: 3, stdout: 'app\n', stderr: '' });
    expect(workshop.monitors(app)).toEqual([]);
  });

  test('starts nothing in a shell that somebody types in', async () => {
    const [, , options] = onDyno({ home: app, command: '' });
    const { code, stdout } = await finish('bash', ['--login', '-i'], { ...options, stdin: 'echo app; exit 3\n' });
    expect([code, stdout]).toEqual([3, 'app\n']);
    expect(workshop.monitors(app)).toEqual([]);
  });

  test.each(['run-jobs.1', 'worker.2', 'web-12a34b56d-e78f9'])('starts it on %s', async (name) => {
    const lines = follow(start('exec sleep 100', { DYNO: name }));
    await until(() => lines.some((line) => line.startsWith(`source=${name} `)), {
      what: 'lines of the monitor',
      timeoutMs: 60_000,
    });
  });

  test('keeps from the monitor what the app says to its own programs', async () => {
    const lines = follow(
      start('exec sleep 100', {
        NODE_OPTIONS: '--require /nowhere/agent.js',
        UV_THREADPOOL_SIZE: '64',
        LEAKWATCH_NODE_URL: 'https://example.com/node.tar.gz',
        LEAKWATCH_NODE_SHA256: workshop.sha256,
        BASH_ENV: join(app, '.bash_profile'), // would source the script that starts the monitor, again and again
      }),
    );
    await until(() => lines.some((line) => line.startsWith('source=')), {
      what: 'lines of the monitor',
      timeoutMs: 60_000,
    });
    const pid = await workshop.monitor(app);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toMatch(/NODE_OPTIONS|UV_THREADPOOL|LEAKWATCH_NODE/);
    expect(readdirSync(`/proc/${pid}/task`).length).toBeLessThan(10);
  });

  test('says in the log of the app what the monitor has to complain of, and goes on', async () => {
    const { code, stdout, stderr } = await dyno('echo app; exit 3', { LEAKWATCH_INTERVAL: 'often' });
    expect([code, stdout]).toEqual([3, 'app\n']);
    expect(stderr).toMatch(/^leakwatch: .*LEAKWATCH_INTERVAL/);
  });

  describe('stays as it was', () => {
    const script = '. "$HOME/.profile.d/leakwatch.sh"';
    /** All that a script can leave behind in a shell, but for what changes by itself. */
    const state = `
      printf 'status %s\\n' "$?"
      pwd; umask; trap -p; set +o; shopt -p; jobs; printf 'last job %s, flags %s\\n' "\${!-none}" "$-"
      declare -p | grep -vE '^declare -[a-zA-Z-]+ (_|BASH_[A-Z]+|LINENO|RANDOM|SRANDOM|SECONDS|EPOCH[A-Z]+|PIPESTATUS|FUNCNAME)(=|$)'
      declare -F; alias; ls /proc/$$/fd
    `;
    const report = `report() { ${state} }`;

    test.each<[string, string]>([
      ['an ordinary shell', ':'],
      ['set -e', 'set -e'],
      ['set -eu, pipefail, noclobber and noglob', 'set -euCf -o pipefail'],
      ['POSIX mode', 'set -o posix'],
      ['traps for everything', "set -E; trap 'echo trapped' ERR EXIT; trap 'echo told' TERM HUP"],
      ['another IFS', 'IFS=/.; cd /'],
      ['an open file', 'exec 7</dev/null 23</dev/null'],
      ['a job in the background', 'sleep 0.1 & :'],
    ])('with %s', async (_, before) => {
      const [, , options] = onDyno({ home: app, command: '' });
      const run = (middle: string): Promise<Finished> => {
        // The command is the same, for it is one of the variables.
        writeFileSync(workshop.path('middle.sh'), middle);
        const command = `middle=${workshop.path('middle.sh')}; ${report}; ${before}; . "$middle"; report`;
        return finish('bash', ['-c', command], options);
      };
      const without = await run('');
      const withIt = await run(`${script} >/dev/null 2>&1`);
      expect(without).toMatchObject({ code: 0, stdout: expect.stringContaining('shopt -u') });
      const withoutPid = ({ stdout }: Finished): string => stdout.replace(/last job \d+/, 'last job PID');
      expect(withoutPid(withIt)).toBe(withoutPid(without));
      expect([withIt.code, withIt.stderr]).toEqual([without.code, without.stderr]);
    });

    test('after a status that set -e has let pass', async () => {
      const { code, stdout } = await finish(
        'bash',
        ['-c', `set -eE; trap 'echo trapped' ERR; false && :; ${script} >/dev/null 2>&1; echo app`],
        { env: environment({ HOME: app, DYNO: 'web.1', ...monitored }) },
      );
      expect([code, stdout]).toEqual([0, 'app\n']);
    });

    test('when the monitor cannot be started', async () => {
      const broken = workshop.path('broken');
      mkdirSync(join(broken, INSTALLED), { recursive: true });
      cpSync(join(app, '.profile.d'), join(broken, '.profile.d'), { recursive: true });
      writeFileSync(join(broken, INSTALLED, 'start'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
      settle(broken);
      const run = finish(...onDyno({ home: broken, command: 'echo app' }));
      expect(await run).toEqual({ code: 0, stdout: 'app\n', stderr: '' });
      writeFileSync(join(broken, '.profile.d/a.sh'), 'set -e');
      expect(await finish(...onDyno({ home: broken, command: 'echo app' }))).toMatchObject({ code: 0 });
    });

    test('without what it would start', async () => {
      const bare = workshop.path('bare');
      mkdirSync(bare);
      cpSync(join(app, '.profile.d'), join(bare, '.profile.d'), { recursive: true });
      settle(bare);
      const run = (): Promise<Finished> => finish(...onDyno({ home: bare, command: 'echo app' }));
      expect(await run()).toEqual({ code: 0, stdout: 'app\n', stderr: '' });
      cpSync(join(app, INSTALLED), join(bare, INSTALLED), { recursive: true });
      rmSync(join(bare, INSTALLED, 'dist'), { recursive: true });
      expect(await run()).toEqual({ code: 0, stdout: 'app\n', stderr: '' });
    });

    test('whatever comes before and after it', async () => {
      const crowded = workshop.path('crowded');
      mkdirSync(crowded);
      cpSync(join(app, '.profile.d'), join(crowded, '.profile.d'), { recursive: true });
      cpSync(join(app, INSTALLED), join(crowded, INSTALLED), { recursive: true });
      writeFileSync(join(crowded, '.profile.d/a.sh'), 'set -u\nexport PATH=/first:$PATH\nfalse\n');
      writeFileSync(join(crowded, '.profile.d/z.sh'), 'export SEEN=$?\nset -e\n');
      settle(crowded);
      const child = spawn(...onDyno({ home: crowded, command: 'echo "$SEEN $PATH"; exec sleep 100' }));
      started.push(child);
      const lines = follow(child);
      await until(() => lines.some((line) => line.startsWith('source=web.1 ')), {
        what: 'lines of the monitor',
        timeoutMs: 60_000,
      });
      expect(lines.find((line) => line.includes('/first'))).toMatch(/^0 \/first:/);
    });
  });
});
