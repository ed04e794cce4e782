/** The entry point of the built program: exit codes, and standard output that nobody reads. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/leakwatch.cjs', import.meta.url));

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seen = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    seen.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    seen.stderr += text;
  });
  return { child, seen, closed: once(child, 'close') };
}

async function run(args: readonly string[], env?: Readonly<Record<string, string>>) {
  const { seen, closed } = start(args, env);
  const [exitCode] = await closed;
  return { exitCode, ...seen };
}

describe('exit codes', () => {
  test.each([
    ['--version', [], 0, /^leakwatch \d+\.\d+\.\d+\n$/, ''],
    ['--help', [], 0, /^Usage: leakwatch \[COMMAND\]/, ''],
    ['replay', ['--help'], 0, /^Usage: leakwatch replay FILE/, ''],
    ['snapshto', [], 64, /^$/, 'leakwatch: Unknown command "snapshto"; did you mean leakwatch snapshot?\n'],
    ['replay', [], 64, /^$/, 'leakwatch: leakwatch replay needs a FILE'],
    ['snapshot', ['--procfs', '/nonexistent'], 1, /^$/, 'leakwatch: '],
  ])('%s %j', async (first, rest, exitCode, stdout, stderr) => {
    const result = await run([first, ...rest]);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout).toMatch(stdout);
    expect(result.stderr.slice(0, stderr.length)).toBe(stderr);
    expect(stderr === '' ? result.stderr : '').toBe('');
  });

  test('78 for bad configuration, with a line for every problem', async () => {
    const given = { LEAKWATCH_INTERVAL: 'soon', LEAKWATCH_CONFIG: '/nonexistent' };
    const { exitCode, stdout, stderr } = await run(['--listen', 'here', '--bogus'], given);
    expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
    expect(stderr.split('\n').map((line) => line.split(' ', 3).join(' '))).toEqual([
      'leakwatch: Unknown flag',
      'leakwatch: Configuration file',
      'leakwatch: LEAKWATCH_INTERVAL must',
      'leakwatch: --listen must',
      '',
    ]);
  });
});

test('a one-shot command ends with 0 when its reader is gone', async () => {
  const { child, seen, closed } = start(['snapshot']);
  child.stdout.destroy();
  const [exitCode] = await closed;
  expect({ exitCode, stderr: seen.stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('the daemon has one pool thread, continues without its reader, and stops once for two signals', async () => {
  const { child, seen, closed } = start(['--interval', '100ms', '--listen', '127.0.0.1:0']);
  await until(() => seen.stdout.includes('sample#'), { what: 'the first line' });
  expect(readdirSync(`/proc/${child.pid}/task`)).toHaveLength(threadsOfIdleNode() + 1);
  child.stdout.destroy();
  await until(() => seen.stderr.includes('log lines are lost'), { what: 'the daemon to notice' });
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  child.kill('SIGINT');
  expect(await closed).toEqual([0, null]);
});

test('the daemon ends when the reader of its lines is gone and it has no other output', async () => {
  const { child, seen, closed } = start(['--interval', '100ms', '--listen', 'off']);
  await until(() => seen.stdout.includes('sample#'), { what: 'the first line' });
  child.stdout.destroy();
  expect(await closed).toEqual([0, null]);
  expect(seen.stderr).toContain('log lines are lost');
});

/** Threads of a Node that has not used libuv's thread pool, which by default adds four. */
function threadsOfIdleNode(): number {
  const count = "fs.readdirSync('/proc/self/task').length";
  return Number(spawnSync(process.execPath, ['-p', count], { encoding: 'utf8' }).stdout);
}
