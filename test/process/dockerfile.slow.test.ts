/**
 * The Dockerfile: what it says, and what comes of it. There need be no Docker: each stage is made in a directory, and the
 * last is run as a container would be. That needs root, Debian (in place of the base image) and util-linux.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildScript, execForm, lastWords, parseDockerfile, quote } from '../support/dockerfile.ts';
import { temporaryDirectory } from '../support/files.ts';
import { until } from '../support/until.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const stages = parseDockerfile(readFileSync(`${PACKAGE}/Dockerfile`, 'utf8'));
const image = stages.at(-1)!;

/** Of the checkout; the file says nothing else than "all but these". */
const [everything, ...exceptions] = readFileSync(`${PACKAGE}/.dockerignore`, 'utf8').trim().split('\n');
const sent = exceptions.map((line) => line.slice(1));

describe('the Dockerfile', () => {
  test('has base images of an exact version', () => {
    for (const { base } of stages) expect(base).toMatch(/^(scratch$|[a-z]+:\d+\.\d+\.\d+-)/);
  });

  test('asks for nothing that is not sent', () => {
    expect(everything).toBe('*');
    for (const line of exceptions) expect(line).toMatch(/^![\w.-]+$/);
    for (const { instructions } of stages) {
      for (const { name, words } of instructions) {
        expect(name).not.toBe('ADD');
        if (name !== 'COPY' || words.startsWith('--from=')) continue;
        for (const path of words.split(' ').slice(0, -1)) expect(sent).toContain(path.replace(/\/$/, ''));
      }
    }
    for (const path of sent) expect(existsSync(`${PACKAGE}/${path}`), path).toBe(true);
  });

  test('ends as a user who is a number and not root, without a shell in between', () => {
    expect(lastWords(image, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(execForm(image, 'ENTRYPOINT')).toHaveLength(1);
    expect(execForm(image, 'HEALTHCHECK').slice(0, 3)).toEqual(['/usr/bin/env', '-i', '/usr/local/bin/node']);
  });
});

function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.geteuid?.() !== 0) return 'only root can make its file systems';
  if (!existsSync('/etc/debian_version')) return 'this is not Debian';
  const missing = ['chroot', 'ip', 'nsenter', 'unshare'].find((command) => spawnSync(command, ['-V']).error);
  return missing && `${missing} is not installed (Debian: coreutils, iproute2, util-linux)`;
}

const reason = obstacle();
if (reason !== undefined) console.log(`the image is not built: ${reason}`);

describe.skipIf(reason !== undefined)('the image', () => {
  const context = temporaryDirectory('leakwatch-context-');
  const scratch = temporaryDirectory('leakwatch-image-');
  const environment = lastWords(image, 'ENV').split(' ');
  const [user, group] = lastWords(image, 'USER').split(':');
  let outside: ChildProcess;
  let container = '';
  let exit: Promise<unknown[]>;

  const inside = (...command: string[]) =>
    spawnSync(
      'nsenter',
      [...['--target', container, '--all', '--root', '--wd', `--setuid=${user}`, `--setgid=${group}`], ...command],
      {
        encoding: 'utf8',
        env: Object.fromEntries(environment.map((entry) => entry.split('='))),
      },
    );

  beforeAll(async () => {
    for (const path of sent) cpSync(`${PACKAGE}/${path}`, `${context}/${path}`, { recursive: true });
    const root = `${scratch}/image`;
    const script = [
      buildScript(stages, { context, scratch, node: realpathSync(process.execPath) }),
      `mkdir -p ${root}/proc ${root}/dev`,
      `mount --rbind /dev ${root}/dev`,
      // Its own processes and network, as a container has them.
      `exec unshare --pid --fork --net --kill-child sh -c ${quote(
        `mount -t proc proc ${root}/proc && mount -o remount,ro ${scratch} && ip link set lo up &&
         exec chroot --userspec=${user}:${group} ${root} /bin/sh -c 'cd /app && exec "$0"' "$0"`,
      )} ${execForm(image, 'ENTRYPOINT').map(quote).join(' ')}`,
    ].join('\n');
    const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';
    outside = spawn('unshare', ['--mount', 'setpriv', '--pdeathsig', 'KILL', 'bash', '-c', script], {
      stdio: ['ignore', 'inherit', 'inherit'],
      // What npm is configured by belongs to the host.
      env: {
        ...process.env,
        ...Object.fromEntries(environment.map((entry) => entry.split('='))),
        PATH,
        NODE_ENV: '',
        npm_config_prefer_offline: 'true',
      },
    });
    exit = once(outside, 'exit');
    container = await until(
      () => {
        if (outside.exitCode !== null) return 'none';
        const child = readFileSync(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8').trim();
        // What builds the image names the program too, but it is not Node that runs it.
        return /^\S*\/node\0.*\/leakwatch\.cjs\0/.test(readFileSync(`/proc/${child}/cmdline`, 'utf8')) ? child : '';
      },
      { what: 'the image to be built and run', timeoutMs: 110_000, everyMs: 50 },
    );
    expect(container).not.toBe('none');
  });

  afterAll(() => {
    outside?.kill('SIGKILL');
    for (const directory of [context, scratch]) rmSync(directory, { recursive: true, force: true });
  });

  test('runs as its user, and its health check says so', async () => {
    const check = execForm(image, 'HEALTHCHECK');
    await until(() => inside(...check).status === 0, { what: 'it to be healthy', timeoutMs: 30_000, everyMs: 200 });
    expect(readFileSync(`/proc/${container}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\t${user}\t`, 'm'));
    // Where nobody answers it is not.
    const elsewhere = ['--net', 'nsenter', '--target', container, '--mount', '--root', '--wd', '--pid', ...check];
    expect(spawnSync('unshare', elsewhere, { stdio: 'ignore' }).status).toBe(1);
  });

  test('has its commands, and neither build tools nor what it is built from', () => {
    const { status, stdout, stderr } = inside(...execForm(image, 'ENTRYPOINT'), 'snapshot', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toBeTypeOf('object');
    const root = `/proc/${container}/root`;
    const files = execFileSync('find', ['.', '-xdev', '-type', 'f'], { cwd: root, encoding: 'utf8' })
      .trim()
      .split('\n');
    const others = files.filter((file) => !/^\.\/(lib|lib64)\/\S+\.so[.\d]*$/.test(file)).sort();
    expect(others).toEqual([
      './app/LICENSE',
      './app/dist/demo-leak.js',
      './app/dist/leakwatch.cjs',
      './app/dist/licenses.txt',
      './app/dist/sbom.cdx.json',
      './app/package.json',
      './bin/sh',
      './etc/nsswitch.conf',
      './usr/bin/env',
      './usr/bin/sleep',
      './usr/local/bin/node',
    ]);
  });

  test('stops as docker stop asks it to', async () => {
    process.kill(Number(container), 'SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});
