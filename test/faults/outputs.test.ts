/** Outputs that cannot be written, and a terminal that is closed: the daemon goes on while it can, and ends when told. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Daemon, PROGRAM } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { until } from '../support/until.ts';

const directory = temporaryDirectory('leakwatch-outputs-');
afterAll(() => rmSync(directory, { recursive: true }));

const ARGS = ['--interval', '200ms', '--listen', 'off'];

const endOf = (child: ChildProcess) =>
  new Promise<readonly [code: number | null, signal: string | null]>((resolve) =>
    child.once('exit', (code, signal) => resolve([code, signal])),
  );

/** Pids of the children of a process. */
const childrenOf = (pid: number) =>
  readdirSync('/proc')
    .map(Number)
    .filter((other) => other > 0 && parentOf(other) === pid);

function parentOf(pid: number): number | undefined {
  try {
    return Number(/\nPPid:\t(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

test.each([
  ['standard error', [2], 0],
  ['standard output and error', [1, 2], 1],
] as const)('with a full disk behind %s it samples on, and ends at once when it is told', async (_, full, code) => {
  const stdio = [0, 1, 2].map((fd) =>
    (full as readonly number[]).includes(fd) ? openSync('/dev/full', 'w') : 'ignore',
  );
  const recording = join(directory, `${code}.ndjson`);
  const child = spawn(process.execPath, [PROGRAM, ...ARGS, '--record', recording], { stdio } as SpawnOptions);
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = endOf(child);
  const samples = () => (existsSync(recording) ? readFileSync(recording, 'utf8').split('\n').length - 2 : 0);
  await until(() => samples() >= 5, { what: 'samples' });
  child.kill('SIGTERM');
  expect(await ended).toEqual([code, null]);
});

test('lines of a recording that a full disk does not take are counted', async () => {
  const daemon = await Daemon.start(['--interval', '100ms', '--record', '/dev/full']);
  await until(async () => (await daemon.metrics()).value('leakwatch_dropped_total{what="recording_lines"}')! >= 3, {
    what: 'lost lines to be counted',
  });
  expect(daemon.log.filter((line) => line.includes('the recording has holes'))).toHaveLength(1);
  await daemon.stop();
});

test('it ends with the terminal that it was started on', async () => {
  const script = spawn('script', ['-qec', `exec '${process.execPath}' '${PROGRAM}' ${ARGS.join(' ')}`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = '';
  script.stdout.on('data', (chunk) => {
    shown += chunk;
  });
  await until(() => shown.includes('sample#processes'), { what: 'a sample' });
  const [pid] = childrenOf(script.pid!);
  script.kill('SIGKILL');
  await until(() => parentOf(pid!) === undefined || !readFileSync(`/proc/${pid}/comm`, 'utf8').includes('node'), {
    what: 'the end of leakwatch',
  });
});
