/** How the demo ends when it finds nothing. That it finds each kind of leak: test/process/demo.slow.test.ts. */
import { writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { runDemo } from '../../src/commands/demo.ts';
import { processes } from '../sources/trees.ts';
import { temporaryDirectory } from '../support/files.ts';
import { isDead } from '../support/processes.ts';
import { invoke } from './invoke.ts';

/** A program that does nothing until it is told to end. */
function idleProgram(): string {
  const path = `${temporaryDirectory('leakwatch-demo-')}/idle.cjs`;
  writeFileSync(path, "process.stdin.on('end', () => process.exit()).resume();");
  return path;
}

/** A table that no program changes, so that nothing is found. */
function emptyHost(): { readonly LEAKWATCH_PROCFS: string } {
  return { LEAKWATCH_PROCFS: processes({ processes: [{ pid: 1, comm: 'init' }] }).dir };
}

test('told to stop, it ends its program and succeeds', async () => {
  const stopping = new AbortController();
  const timer = setTimeout(() => stopping.abort(), 200);
  onTestFinished(() => clearTimeout(timer));
  const options = { env: emptyHost(), signal: stopping.signal, leakProgram: idleProgram() };
  const { code, stdout, failure } = await invoke(runDemo, ['demo', 'fds'], options);
  expect({ code, failure }).toEqual({ code: 0, failure: undefined });
  const [, pid] = /^A program that leaks fds has been started as pid (\d+), /.exec(stdout) ?? [];
  expect(isDead(Number(pid))).toBe(true);
  expect(stdout).toMatch(/^Some 1100 samples are needed to be sure that it leaks: about [\d.]+ (s|min)\.$/m);
  expect(stdout).not.toContain('Found');
});

test('it fails if its program ends before it was found', async () => {
  const { code, failure } = await invoke(runDemo, ['demo'], { env: emptyHost(), leakProgram: '/dev/null' });
  expect({ code, failure }).toEqual({ code: 1, failure: 'demo: the leaking program ended before it was found' });
});

test('it fails, and starts nothing, where there is no table of processes', async () => {
  const env = { LEAKWATCH_PROCFS: '/nonexistent' };
  expect(await invoke(runDemo, ['demo'], { env, leakProgram: idleProgram() })).toEqual({
    code: 1,
    stdout: '',
    stderr: '',
    failure: '/nonexistent is not a proc file system: it holds no processes',
  });
});
