import { expect, test } from 'vitest';
import { runExec } from '../../src/commands/exec.ts';
import { invoke } from './invoke.ts';

test.each([
  [['exec'], /^leakwatch exec needs a program; usage: leakwatch exec \[OPTIONS\] -- COMMAND/],
  [['exec', '--', 'npm', 'start'], /^leakwatch exec must be the first word, needs -- before the program,/],
])('%j is an error of usage', async (args, failure) => {
  expect(await invoke(runExec, args)).toEqual({
    code: 64,
    stdout: '',
    stderr: '',
    failure: expect.stringMatching(failure),
  });
});
