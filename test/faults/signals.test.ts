/** Signals that come early, and SIGHUP with and without a terminal; errors that nobody reads. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Daemon, PROGRAM } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { hasOpen } from '../support/processes.ts';
import { until } from '../support/until.ts';

const directory = temporaryDirectory('leakwatch-signals-');
afterAll(() => rmSync(directory, { recursive: true }));

/** Module that signals its own process when the program begins to run, before anything of it is loaded. */
const EARLY = join(directory, 'early.cjs');
writeFileSync(
  EARLY,
  `const { on } = process;
  process.on = function (name, listener) {
    on.call(this, name, listener);
    if (name === process.env.EARLY && !globalThis.sent) {
      globalThis.sent = true;
      process.kill(process.pid, name);
    }
    return this;
  };`,
);

const early = (signal: string, args: readonly string[]) => {
  const child = spawn(process.execPath, ['--require', EARLY, PROGRAM, ...args], {
    env: { PATH: process.env.PATH, EARLY: signal },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return once(child, 'exit');
};

test.each(['SIGTERM', 'SIGINT'])('%s while it is being loaded ends the daemon as later', async (signal) => {
  expect(await early(signal, ['--listen', 'off', '--interval', '1h'])).toEqual([0, null]);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('%s while it is being loaded kills a command', async (signal) => {
  expect(await early(signal, ['replay', '/dev/zero'])).toEqual([null, signal]);
});

test('SIGINT kills a command at once', async () => {
  const child = spawn(PROGRAM, ['replay', '/dev/zero'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(() => hasOpen(child.pid!, '/dev/zero'), { what: 'it to read' });
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  expect(await exit).toEqual([null, 'SIGINT']);
});

test.each([[], ['nohup'], ['setsid']])('SIGHUP does not end a daemon without a terminal (%s)', async (...prefix) => {
  const daemon = await Daemon.start(['--interval', '100ms', '--listen', 'off'], { prefix });
  process.kill(daemon.pid, 'SIGHUP');
  const { length } = daemon.lines;
  await until(() => daemon.lines.length > length + 20, { what: 'further samples' });
  await daemon.stop();
});

test('SIGHUP ends it on a terminal', async () => {
  const script = spawn('script', ['-qec', `exec '${PROGRAM}' --interval 200ms --listen off`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void script.kill('SIGKILL'));
  let shown = '';
  script.stdout.on('data', (chunk) => {
    shown += chunk;
  });
  await until(() => shown.includes('sample#processes'), { what: 'a sample' });
  const pid = readFileSync(`/proc/${script.pid}/task/${script.pid}/children`, 'utf8').trim();
  const exit = once(script, 'exit');
  process.kill(Number(pid), 'SIGHUP');
  expect(await exit).toEqual([0, null]);
});

test('errors that nobody reads do not hold it', async () => {
  // The pipe is full before it starts, and nobody reads it.
  const full = 'exec 3<>"$0"; dd if=/dev/zero bs=65536 count=1 >&3 2>/dev/null; exec "$@" 2>&3';
  const fifo = join(directory, 'fifo');
  await once(spawn('mkfifo', [fifo]), 'exit');
  const child = spawn('sh', ['-c', full, fifo, PROGRAM, '--interval', 'soon', '--listen', 'x'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await once(child, 'exit')).toEqual([78, null]);
});

test('SIGTERM is heard while a log is read that never ends', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'logs', '/dev/zero'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await until(() => hasOpen(child.pid!, '/dev/zero'), { what: 'it to read' });
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
