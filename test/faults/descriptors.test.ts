/** Few descriptors, or none: the samples go on, whoever holds a connection, and connections are answered again later. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Daemon, PROGRAM } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { until } from '../support/until.ts';

const directory = temporaryDirectory('leakwatch-descriptors-');
afterAll(() => rmSync(directory, { recursive: true }));

/** The samples of a recording. */
const recorded = (recording: string): { groups: Record<string, { processes: number }> }[] =>
  existsSync(recording)
    ? readFileSync(recording, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{"t"'))
        .map((line) => JSON.parse(line))
    : [];

async function moreSamples(recording: string, count: number): Promise<void> {
  const before = recorded(recording).length;
  await until(() => recorded(recording).length >= before + count, { what: `${count} more samples` });
}

const descriptorsOf = (pid: number): number[] => readdirSync(`/proc/${pid}/fd`).map(Number);

async function start(name: string, prefix: readonly string[] = []): Promise<readonly [Daemon, string]> {
  const recording = join(directory, `${name}.ndjson`);
  const args = ['--interval', '200ms', '--group', 'herd=sleep 98765', '--record', recording];
  const daemon = await Daemon.start(args, { prefix });
  onTestFinished(() => daemon.kill());
  return [daemon, recording];
}

function idleConnections(count: number, address: string): Socket[] {
  const port = Number(new URL(address).port);
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
  return sockets;
}

test.each([24, 40, 64, 256])('with %s descriptors, 300 idle connections do not end the samples', async (nofile) => {
  const [daemon, recording] = await start(`few-${nofile}`, ['prlimit', `--nofile=${nofile}:${nofile}`]);
  await moreSamples(recording, 1);
  const sockets = idleConnections(300, daemon.address);
  await until(() => sockets.filter((socket) => socket.destroyed).length >= 300 - nofile, { what: 'refusals' });
  await moreSamples(recording, 10);
  expect(daemon.log.filter((line) => line.includes('a sample failed'))).toEqual([]);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await daemon.get('/healthz')).ok, { what: 'an answer' });
  await daemon.stop();
});

test('with a limit that is lowered below what is open, the samples go on and know every process', async () => {
  const herd = spawn('sh', ['-c', 'for n in $(seq 300); do sleep 98765 & done; wait'], { detached: true });
  onTestFinished(() => void process.kill(-herd.pid!, 'SIGKILL'));
  const [daemon, recording] = await start('lowered');
  const sleeping = (): number | undefined => recorded(recording).at(-1)?.groups.herd?.processes;
  await until(() => sleeping() === 301, { what: 'the herd' });
  for (const nofile of [300, 100, 20, 5]) {
    expect(spawnSync('prlimit', [`--pid=${daemon.pid}`, `--nofile=${nofile}:1024`]).status).toBe(0);
    await moreSamples(recording, 5);
    expect(sleeping(), `with ${nofile}`).toBe(301);
  }
  expect(daemon.log.filter((line) => line.includes('a sample failed'))).toEqual([]);
  expect(spawnSync('prlimit', [`--pid=${daemon.pid}`, '--nofile=64:1024']).status).toBe(0);
  await until(() => descriptorsOf(daemon.pid).filter((fd) => fd < 64).length < 50, { what: 'descriptors given back' });
  expect((await daemon.get('/healthz')).ok).toBe(true);
  await daemon.stop();
});

test.each([14, 16, 18, 20, 23])('with %s descriptors it says that it needs more', (nofile) => {
  const run = (...words: readonly string[]) =>
    spawnSync('prlimit', [`--nofile=${nofile}`, PROGRAM, ...words], { encoding: 'utf8' });
  const { status, stdout, stderr } = run('snapshot');
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'leakwatch: too few files may be open: leakwatch needs 24 (RLIMIT_NOFILE, ulimit -n)\n',
  });
  // The program beside it may need fewer.
  expect(run('exec', '--listen', 'off', '--', 'echo', 'runs')).toMatchObject({ status: 0, stdout: 'runs\n' });
});
