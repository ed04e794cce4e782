/** The built program on the command line: exit codes, error messages, and readers of its output that are slow or gone. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { COMMANDS } from '../../src/config/commands.ts';
import { Daemon, type DaemonOptions, PROGRAM, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { procTree } from '../support/proc-tree.ts';
import { readOf } from '../support/processes.ts';
import { until } from '../support/until.ts';

const directory = temporaryDirectory('leakwatch-cli-');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function daemon(args: readonly string[] = [], options?: DaemonOptions): Promise<Daemon> {
  const started = await Daemon.start(['--interval', '100ms', ...args], options);
  onTestFinished(() => started.kill());
  return started;
}

describe('a start that fails', () => {
  test('because the port is in use says so in one sentence', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await until(() => server.listening, { what: 'the port to be taken' });
    const { port } = server.address() as AddressInfo;
    const { code, stdout, stderr } = await run(['--listen', `127.0.0.1:${port}`]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^leakwatch: cannot listen on 127\\.0\\.0\\.1:${port}: the address is in use.*\\n$`),
    );
  });

  test.each([
    ['that is missing', '/nonexistent/leakwatch.yml'],
    ['that is a directory', '/'],
    ['without end', '/dev/zero'],
  ])('because of a configuration file %s says so', async (_, path) => {
    const { code, stdout, stderr } = await run(['--config', path]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(/^leakwatch: Configuration file \/\S* cannot be read: .*\n$/);
  });

  test('because the recording cannot be written says so', async () => {
    const { code, stdout, stderr } = await run(['--listen', 'off', '--record', '/nonexistent/recording']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^leakwatch: cannot open the recording \/nonexistent\/recording: .*\n$/);
  });

  test('for several reasons lists them all', async () => {
    const config = `${directory}/bad.yml`;
    writeFileSync(config, 'interval: never\nthread-limit: 5\nmax-groups: 0\n');
    const env = { LEAKWATCH_LOG_FORMAT: 'xml', LEAKWATCH_LISTNE: 'off' };
    const { code, stdout, stderr } = await run(['--config', config, '--group', 'x', '--bogus'], { env });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    for (const word of [
      'interval',
      'thread-limit',
      'max-groups',
      'LEAKWATCH_LOG_FORMAT',
      'LEAKWATCH_LISTNE',
      '--group',
      '--bogus',
    ])
      expect(
        lines.filter((line) => line.startsWith('leakwatch: ') && line.includes(word)),
        word,
      ).toHaveLength(1);
    expect(lines).toHaveLength(7);
  });

  test.each([
    [['wtach'], /^leakwatch: Unknown command "wtach"; did you mean leakwatch watch\?\n/],
    [['demo', 'zombie'], /must be one of threads, zombies, .* not "zombie"; did you mean zombies\?\n/],
    [['snapshot', 'now'], /takes no argument "now"/],
  ])('because of the words %j says what is wrong', async (words, says) => {
    const { code, stdout, stderr } = await run(words);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(says);
  });
});

describe('help and version', () => {
  test.each(COMMANDS.map(({ name }) => name))('%s --help prints the help of the command', async (name) => {
    const { code, stdout, stderr } = await run([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: leakwatch ${name}`));
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('--version prints the version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `leakwatch ${version}\n`, stderr: '' });
  });

  test.each([{}, { NO_COLOR: '1' }, { FORCE_COLOR: '1' }])('a pipe gets no escape codes, with %j', async (env) => {
    const proc = procTree({
      processes: [
        { pid: 1, comm: 'init' },
        { pid: 9, comm: 'web' },
      ],
    });
    onTestFinished(() => proc.remove());
    for (const args of [['snapshot'], ['doctor']]) {
      const { code, stdout, stderr } = await run([...args, '--procfs', proc.dir], { env });
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('\u001b');
    }
  });
});

test('a terminal gets colours, unless NO_COLOR is set', () => {
  const shown = (env: Readonly<Record<string, string>>): string =>
    spawnSync('script', ['-qec', `'${process.execPath}' '${PROGRAM}' doctor --procfs '${proc.dir}'`, '/dev/null'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
    }).stdout;
  const proc = procTree({ processes: [{ pid: 1, comm: 'init' }] });
  onTestFinished(() => proc.remove());
  expect(shown({})).toContain('\u001b[32mok');
  expect(shown({ NO_COLOR: '1' })).not.toContain('\u001b[');
});

describe('a reader that closes the pipe early', () => {
  test.each([
    [['snapshot']],
    [['snapshot', '--json']],
    [['doctor']],
    [['--help']],
    [['replay', '-', '--json']],
    [['demo']],
  ])('is no failure of %j', async (args) => {
    const { code, signal, stderr } = await run(args, {
      stdin: '{"leakwatch":1,"intervalSeconds":20}\n{"t":1700000000,"groups":{}}\n',
      meanwhile: (child) => child.stdout?.destroy(),
    });
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  test('may be head(1)', () => {
    const { stdout, stderr } = spawnSync('sh', ['-c', `'${process.execPath}' '${PROGRAM}' --help | head -1`], {
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'Usage: leakwatch [COMMAND] [OPTIONS]\n', stderr: '' });
  });
});

test.each([[['snapshot']], [['doctor', '--json']], [['--help']], [['--version']], [['demo']]])(
  'output of %j that cannot be written is a failure in one sentence',
  (args) => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^leakwatch: cannot write the output: ENOSPC.*\n$/),
    });
  },
);

describe('the daemon', () => {
  test('continues when the reader of its lines is gone', async () => {
    const running = await daemon([], { stdout: 'unread' });
    running.child.stdout!.destroy();
    await running.logged(({ msg }) => msg === 'log lines are lost', { what: 'the complaint' });
    const dropped = async (): Promise<number> =>
      (await running.metrics()).value('leakwatch_dropped_total{what="log_lines"}')!;
    const before = await dropped();
    await until(async () => (await dropped()) > before, { what: 'more lines to be dropped' });
    expect(running.log.filter((line) => line.includes('log lines are lost'))).toHaveLength(1);
    await running.stop();
  });

  test('continues when nobody reads its lines: drops them and counts them', async () => {
    const fifo = `${directory}/full`;
    spawnSync('mkfifo', [fifo]);
    const reader = openSync(fifo, 'r+');
    onTestFinished(() => closeSync(reader));
    // Many groups, so that the buffer for a slow reader is soon full.
    const processes = Array.from({ length: 200 }, (_, at) => ({ pid: 10 + at, comm: `app${at}` }));
    const proc = procTree({ processes: [{ pid: 1, comm: 'systemd' }, ...processes] });
    onTestFinished(() => proc.remove());
    const args = ['--procfs', proc.dir, '--max-groups', '500', '--log-format', 'json'];
    const running = await daemon(args, { stdout: reader });
    const dropped = async (): Promise<number> =>
      (await running.metrics()).value('leakwatch_dropped_total{what="log_lines"}') ?? 0;
    await until(async () => (await dropped()) > 0, { what: 'lines to be dropped', everyMs: 500 });
    const samples = async (): Promise<number> => (await running.metrics()).value('leakwatch_samples_total')!;
    const before = await samples();
    await until(async () => (await samples()) > before + 3, { what: 'more samples' });
    await running.stop();
  });

  test('loses no line if the reader is only slow', async () => {
    const running = await daemon();
    await running.line((line) => line.includes('sample#threads'), { what: 'a line' });
    running.child.stdout!.pause();
    const samples = async (): Promise<number> => (await running.metrics()).value('leakwatch_samples_total')!;
    const before = await samples();
    await until(async () => (await samples()) >= before + 5, { what: 'five samples' });
    running.child.stdout!.resume();
    expect((await running.metrics()).value('leakwatch_dropped_total{what="log_lines"}')).toBe(0);
    await running.stop();
  });

  test('stops once for several signals', async () => {
    const running = await daemon();
    await running.line((line) => line.includes('sample#threads'), { what: 'a line' });
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) running.child.kill(signal);
    await running.ended();
    expect(running.log.filter((line) => line.includes('"msg":"stopping"'))).toHaveLength(1);
  });

  test('opens no debugger when it is sent SIGUSR1', async () => {
    const running = await daemon();
    running.child.kill('SIGUSR1');
    const samples = async (): Promise<number> => (await running.metrics()).value('leakwatch_samples_total') ?? 0;
    const before = await samples();
    await until(async () => (await samples()) >= before + 3, { what: 'more samples' });
    expect(running.log.join('\n')).not.toMatch(/debugger/i);
    await running.stop();
  });

  test('stops while a client listens to its events', async () => {
    const running = await daemon();
    const events = await running.get('/api/v1/events');
    expect(events.status).toBe(200);
    await running.stop();
    await events.text().catch(() => undefined);
  });

  test('never listens on PORT, which belongs to the program beside it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await until(() => server.listening, { what: 'a port' });
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const running = await daemon([], { env: { PORT: String(port) } });
    expect(running.address).not.toBe(`http://127.0.0.1:${port}`);
    expect(portsOf(running.pid)).toEqual([Number(new URL(running.address).port)]);
    const silent = await daemon(['--listen', 'off'], { env: { PORT: String(port) } });
    await silent.line((line) => line.includes('sample#threads'), { what: 'a line' });
    expect(portsOf(silent.pid)).toEqual([]);
    await Promise.all([running.stop(), silent.stop()]);
  });
});

/** TCP ports on which a process listens: its sockets, looked up in the kernel's tables of sockets (proc_pid_net(5)). */
function portsOf(pid: number): number[] {
  const inodes = readdirSync(`/proc/${pid}/fd`).map(
    (fd) => /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1],
  );
  const rows = ['tcp', 'tcp6'].flatMap((table) => readOf(pid, `net/${table}`).trimEnd().split('\n').slice(1));
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.includes(inode))
    .map(([, local = '']) => Number.parseInt(local.split(':')[1]!, 16));
}

/** Empty if the descriptor was closed meanwhile. */
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
