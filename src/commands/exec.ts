/**
 * `leakwatch exec` comes here only if the shell script leakwatch.sh found no program on the command line; then this
 * explains what is wrong. The script does the rest, because Node cannot call exec(3): as a wrapper, it would have to
 * pass on signals and exit codes.
 */
import { findCommand, usageOf } from '../config/commands.ts';
import { EXIT } from '../config/exit-codes.ts';
import { Failure, type Invocation } from './invocation.ts';

/** @throws {Failure} always */
export async function runExec({ positionals }: Invocation): Promise<number> {
  const problem =
    positionals.length === 0
      ? 'needs a program'
      : 'must be the first word, needs -- before the program, and must be started as leakwatch, not with node';
  const usage = usageOf(findCommand('exec')!, ['[OPTIONS]']);
  throw new Failure(`leakwatch exec ${problem}; usage: leakwatch ${usage}.`, { exitCode: EXIT.usage });
}
