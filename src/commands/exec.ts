/**
 * `leakwatch exec`, as far as it is Node's: the words that the shell (leakwatch.sh) could make no program of. Node cannot
 * become another program, and a wrapper around it would keep its signals and its exit code.
 */
import { findCommand, usageOf } from '../config/commands.ts';
import { EXIT } from '../config/exit-codes.ts';
import { Failure, type Invocation } from './invocation.ts';

/** @throws {Failure} always */
export async function runExec({ positionals }: Invocation): Promise<number> {
  const problem =
    positionals.length === 0
      ? 'needs a program to become'
      : 'must be the first word, have -- before the program, and be started by its name, not with node';
  const usage = usageOf(findCommand('exec')!, ['[OPTIONS]']);
  throw new Failure(`leakwatch exec ${problem}; usage: leakwatch ${usage}.`, { exitCode: EXIT.usage });
}
