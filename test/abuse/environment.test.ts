/**
 * leakwatch is started in the environment of an application, which may be hostile or only meant for others: code that Node
 * would load, certificates it would trust or not check, proxies, programs. Each form of start is tried with all of it,
 * beside a stranger's server that waits for the password of the Pushgateway.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createSecureServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { hostText } from '../../src/formats/l2met.ts';
import { PROGRAM } from '../support/daemon.ts';
import { execForm, parseDockerfile } from '../support/dockerfile.ts';
import { temporaryDirectory } from '../support/files.ts';
import { isDead, kill, pids, readOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SECRET = 'hunter2-of-the-pushgateway';
/** All that may be in the environment of the monitor: docs/configuration.md. */
const TAKEN_OVER =
  /^(PATH|HOME|DYNO|HEROKU_(APP_ID|APP_NAME|DYNO_ID|RELEASE_VERSION|BUILD_COMMIT|SLUG_COMMIT)|NO_COLOR|TERM|LEAKWATCH_\w+)$/;
/** Set by a shell in the environment of what it starts. */
const OF_SHELL = /^(_|PWD|OLDPWD|SHLVL)$/;

const directory = temporaryDirectory('leakwatch-environment-');
const mark = join(directory, 'mark');
const key = join(directory, 'key');
const cert = join(directory, 'cert');
/** A program of the application for each that the start of leakwatch runs. */
const bin = join(directory, 'bin');
let stranger: Server;
let gateway: string;
let connections = 0;
const heard: string[] = [];

beforeAll(async () => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  stranger = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    heard.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    request.resume().on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  stranger.on('connection', () => connections++);
  await new Promise((resolve) => stranger.once('listening', resolve));
  gateway = `https://user:${SECRET}@localhost:${(stranger.address() as AddressInfo).port}`;
  writeFileSync(
    join(directory, 'evil.js'),
    `if (/leakwatch/.test(process.argv[1] ?? '')) require('node:fs').appendFileSync(${JSON.stringify(mark)}, 'code\\n');`,
  );
  writeFileSync(join(directory, 'openssl.cnf'), 'nodejs_conf = nodejs_init\n[nodejs_init]\n');
  mkdirSync(bin);
  for (const name of ['env', 'setsid', 'flock', 'timeout', 'cat', 'sleep']) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} >>${mark}\nexec /usr/bin/${name} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  // An application's own node, which is found by where leakwatch is started.
  writeFileSync(join(directory, 'node'), `#!/bin/sh\necho node >>${mark}\n`);
  chmodSync(join(directory, 'node'), 0o755);
});
afterAll(() => {
  stranger?.closeAllConnections();
  stranger?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** What an application may have for itself. Each of them changes what Node, libc or the shell does. */
function hostile(): Record<string, string> {
  return {
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_OPTIONS: `--require=${join(directory, 'evil.js')} --use-openssl-ca`,
    NODE_EXTRA_CA_CERTS: cert,
    SSL_CERT_FILE: cert,
    SSL_CERT_DIR: directory,
    NODE_USE_ENV_PROXY: '1',
    NODE_USE_SYSTEM_CA: '1',
    HTTP_PROXY: 'http://127.0.0.1:1',
    HTTPS_PROXY: 'http://127.0.0.1:1',
    NODE_PATH: directory,
    NODE_REDIRECT_WARNINGS: join(directory, 'warnings'),
    NODE_V8_COVERAGE: join(directory, 'coverage'),
    NODE_DEBUG: 'http,tls',
    NODE_CHANNEL_FD: '0',
    NODE_UNIQUE_ID: '1',
    OPENSSL_CONF: join(directory, 'openssl.cnf'),
    UV_THREADPOOL_SIZE: '64',
    UV_USE_IO_URING: '1',
    LD_LIBRARY_PATH: directory,
    MALLOC_ARENA_MAX: '1',
    GLIBC_TUNABLES: 'glibc.malloc.check=3',
    RES_OPTIONS: 'attempts:1',
    LOCALDOMAIN: 'stranger.example',
    HOSTALIASES: join(directory, 'aliases'),
    TMPDIR: directory,
    LC_ALL: 'C.UTF-8',
    IFS: 'LEAKWATCH_',
    SECRET_OF_THE_APP: 'not for the monitor',
    'a name that no shell has': '1',
    given: 'x',
    name: 'x',
    line: 'x',
    node: '/bin/false',
    session: '/bin/false',
    descriptors: ' 1 2',
    BIG: 'x=y '.repeat(5000),
    // Names that look like leakwatch's own, and are part of others.
    NOT_LEAKWATCH_SOURCE: 'LEAKWATCH_SOURCE=forged\n=\nLEAKWATCH_SOURCE=forged LEAKWATCH_LISTEN=',
    [`LEAKWATCH_$(touch ${mark})`]: '1',
    PATH: `.::node_modules/.bin:${bin}:${process.env.PATH}`,
    HOME: directory,
    TERM: 'xterm',
  };
}

function own(): Record<string, string> {
  return {
    LEAKWATCH_PUSH_GATEWAY: gateway,
    LEAKWATCH_LISTEN: 'off',
    LEAKWATCH_INTERVAL: '200ms',
    LEAKWATCH_SOURCE: `\`touch ${mark}\`$(touch ${mark})"'\\é`,
    LEAKWATCH_GROUP: 'first=^a\nsecond=^b=c$',
  };
}

interface Started {
  readonly child: ChildProcess;
  readonly output: { text: string };
}

function start(words: readonly string[], env: Readonly<Record<string, string>>, cwd = directory): Started {
  const [first = '', ...rest] = words;
  const child = spawn(first, rest, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output.text += text;
    });
  }
  onTestFinished(() => {
    child.kill('SIGKILL');
    for (const pid of monitorsIn(directory)) kill(pid);
  });
  return { child, output };
}

/** Processes of leakwatch that run in this directory and have become Node. */
function monitorsIn(cwd: string): number[] {
  return pids().filter((pid) => {
    if (isDead(pid) || !/\bnode\0(.*\0)?\S*leakwatch\.cjs\0/.test(readOf(pid, 'cmdline'))) return false;
    return spawnSync('readlink', [`/proc/${pid}/cwd`], { encoding: 'utf8' }).stdout.startsWith(cwd);
  });
}

function variablesOf(pid: number): Map<string, string> {
  const entries = readOf(pid, 'environ').split('\0').filter(Boolean);
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
}

/** An application that says what it has in its environment, and stays. */
const APP = [
  'sh',
  '-c',
  `/usr/bin/cat /proc/$$/environ >${join(directory, 'environ-of-app')}; exec /usr/bin/sleep 600`,
];

/** Where a buildpack has put leakwatch. */
function installed(): string {
  const here = join(directory, 'installed');
  if (!existsSync(here)) {
    for (const folder of ['dist', 'runtime']) mkdirSync(join(here, folder), { recursive: true });
    cpSync(dirname(PROGRAM), join(here, 'dist'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(here, 'package.json'));
    cpSync(join(ROOT, 'buildpack/start'), join(here, 'start'));
    symlinkSync(process.execPath, join(here, 'runtime/node'));
  }
  return here;
}

/** `npm start` of a checkout that has been built. */
function checkout(): string {
  const here = join(directory, 'checkout');
  if (!existsSync(here)) {
    mkdirSync(join(here, 'dist'), { recursive: true });
    cpSync(dirname(PROGRAM), join(here, 'dist'), { recursive: true });
    const command = packageJson.scripts.start.split(' && ').at(-1);
    writeFileSync(join(here, 'package.json'), JSON.stringify({ version: '0.0.0', scripts: { start: command } }));
  }
  return here;
}

const SHELLS: readonly (readonly [string, readonly string[]])[] = [
  ['its own name', []],
  ['dash', ['dash']],
  ['bash', ['bash']],
  ['sh of busybox', ['busybox', 'sh']],
];

const FORMS: readonly (readonly [
  string,
  () => { words: readonly string[]; env?: Record<string, string>; cwd?: string },
])[] = [
  ...SHELLS.flatMap(([name, shell]) => [
    [`exec, by ${name}`, () => ({ words: [...shell, PROGRAM, 'exec', '--log-level', 'info', '--', ...APP] })] as const,
    [`watch, by ${name}`, () => ({ words: [...shell, PROGRAM, 'watch'] })] as const,
  ]),
  ['the start of a buildpack', () => ({ words: [join(installed(), 'start')], env: { DYNO: 'web.1' } })],
  ['npm start', () => ({ words: ['npm', 'start'], cwd: checkout() })],
];

describe.each(FORMS)('started by %s', (_, form) => {
  test('it obeys nothing of the environment, and tells the stranger nothing', async () => {
    for (const file of [mark, join(directory, 'environ-of-app')]) rmSync(file, { force: true });
    const { words, env, cwd = directory } = form();
    const given: Record<string, string> = { ...hostile(), ...own(), ...env };
    // npm itself does not start with a channel to a parent that there is not.
    if (words[0] === 'npm') delete given.NODE_CHANNEL_FD;
    const before = connections;
    const { output } = start(words, given, cwd);
    await until(() => output.text.includes('a push has failed'), { what: 'a push that fails', timeoutMs: 60_000 });
    await until(() => output.text.includes('source='), { what: 'a sample' });

    expect(connections).toBeGreaterThan(before);
    expect(heard).toEqual([]);
    expect(output.text).toMatch(/"reason":"(DEPTH_ZERO_)?SELF_SIGNED_CERT/);
    expect(existsSync(mark) ? readFileSync(mark, 'utf8') : '').toBe('');
    expect(output.text).not.toContain(SECRET);
    // Its name was taken as it is.
    expect(/^source=(\S+)/m.exec(output.text)?.[1]).toBe(hostText(own().LEAKWATCH_SOURCE!));

    const [monitor] = monitorsIn(directory);
    expect([...variablesOf(monitor!).keys()].filter((name) => !TAKEN_OVER.test(name))).toEqual([]);
    expect(readOf(monitor!, 'environ')).not.toContain('forged');

    if (words.includes('exec')) {
      const text = readFileSync(join(directory, 'environ-of-app'), 'utf8');
      const found = new Map(
        text
          .split('\0')
          .filter(Boolean)
          .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
      );
      // A shell has IFS of its own, and may keep names to itself that it cannot have as variables.
      const whole = Object.entries(given).filter(([name]) => /^\w+$/.test(name) && name !== 'IFS');
      expect(
        Object.fromEntries([...found].filter(([name]) => /^\w+$/.test(name) && name !== 'IFS' && !OF_SHELL.test(name))),
      ).toEqual(Object.fromEntries(whole));
    }
  });
});

test('started with node, it drops what can be dropped, and names what Node has obeyed', async () => {
  const { NODE_TLS_REJECT_UNAUTHORIZED = '', OPENSSL_CONF = '', SSL_CERT_FILE = '' } = hostile();
  const given = { PATH: process.env.PATH!, NODE_TLS_REJECT_UNAUTHORIZED, OPENSSL_CONF, SSL_CERT_FILE, ...own() };
  const { output } = start([process.execPath, PROGRAM], given);
  await until(() => output.text.includes('a push has failed'), { what: 'a push that fails', timeoutMs: 60_000 });
  expect(heard).toEqual([]);
  expect(output.text).toMatch(/^leakwatch: Node was started with OPENSSL_CONF, which it obeys: .*$/m);
});

const strace = spawnSync('strace', ['--version'], { stdio: 'ignore' }).error === undefined;
if (!strace) console.log('strace is not installed (Debian: apt-get install strace): arguments are not looked at');

test.skipIf(!strace).each(SHELLS)('started by %s, no secret is an argument, which all users can read', (_, shell) => {
  const trace = join(directory, 'trace');
  const words = ['strace', '-f', '-e', 'trace=execve', '-s', '4096', '-o', trace, ...shell, PROGRAM, 'snapshot'];
  const [first = '', ...rest] = words;
  spawnSync(first, rest, { env: { PATH: process.env.PATH, ...own() } });
  const text = readFileSync(trace, 'utf8');
  expect(text).toMatch(/execve\("\/usr\/bin\/env", \["\/usr\/bin\/env", "-i"/);
  expect(text).not.toContain(SECRET);
});

test.each(SHELLS)(
  'started by %s, an environment that is full of its names ends it soon, in one sentence',
  (_, shell) => {
    // A variable may have 128 KB (MAX_ARG_STRLEN), and all together 2 MB at most.
    const full = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`FULL_${at}`, 'LEAKWATCH_A='.repeat(10_000)]),
    );
    const [first = '', ...rest] = [...shell, PROGRAM, 'snapshot'];
    const { status, stderr } = spawnSync(first, rest, {
      env: { PATH: process.env.PATH, ...full },
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect([status, stderr]).toEqual([78, 'leakwatch: the environment has LEAKWATCH_ more than 250 times\n']);
  },
);

/** What a host may have beside a few names of leakwatch. The time limit is far above a linear search. */
const LARGE: readonly (readonly [string, () => Record<string, string>])[] = [
  // As Kubernetes sets them in a namespace with many services.
  [
    '2,000 service variables',
    () => Object.fromEntries(numbered(2000, (at) => [`SERVICE_${at}_PORT_8080_TCP`, `tcp://10.96.0.${at}:8080`])),
  ],
  ['1 MB of letters', () => Object.fromEntries(numbered(8, (at) => [`BIG_${at}`, 'x'.repeat(130_000)]))],
];

function numbered<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

describe.each(SHELLS)('started by %s', (_, shell) => {
  test.each(LARGE)('it finds its names among %s', (_what, others) => {
    const [first = '', ...rest] = [...shell, PROGRAM, 'snapshot'];
    const { status, stderr } = spawnSync(first, rest, {
      env: {
        LEAKWATCH_MAX_GROUPS: 'first\n=LEAKWATCH_L=',
        ...others(),
        PATH: process.env.PATH,
        LEAKWATCH_GROUPL: '1',
        LEAKWATCH_LEAKWATCH_L: '2',
        LEAKWATCH_LL: '3',
      },
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(status).toBe(78);
    // Each is wrong, so each that was taken over is named.
    const named = stderr
      .match(/LEAKWATCH_\w+ |variable \w+/g)
      ?.map((words) => words.trim())
      .sort();
    expect(named).toEqual([
      'LEAKWATCH_MAX_GROUPS',
      'variable LEAKWATCH_GROUPL',
      'variable LEAKWATCH_LEAKWATCH_L',
      'variable LEAKWATCH_LL',
    ]);
    expect(stderr).toContain('not "first\\u{a}=LEAKWATCH_L="');
  });
});

test('all that is shipped starts it by its script, not with node', () => {
  const dockerfile = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).at(-1)!;
  const unit = readFileSync(join(ROOT, 'systemd/leakwatch.service'), 'utf8');
  const compose = parse(readFileSync(join(ROOT, 'deploy/compose.yaml'), 'utf8'));
  const kubernetes = readFileSync(join(ROOT, 'deploy/kubernetes.yaml'), 'utf8');
  expect(execForm(dockerfile, 'ENTRYPOINT')).toEqual(['/app/dist/leakwatch.cjs']);
  expect(unit.match(/^ExecStart=.*$/gm)).toEqual(['ExecStart=leakwatch watch']);
  expect(packageJson.scripts.start).toMatch(/(^|&& )dist\/leakwatch\.cjs$/);
  expect(packageJson.bin).toEqual({ leakwatch: 'dist/leakwatch.cjs' });
  // A container that has an entry point of its own would not run that of the image.
  expect(Object.values(compose.services).filter((service) => 'entrypoint' in (service as object))).toEqual([]);
  expect(kubernetes).not.toMatch(/^\s*command:.*node/m);
});
