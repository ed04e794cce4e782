/** Calls a command as main.ts does, with words of a command line, and collects what it writes. */
import { Writable } from 'node:stream';
import { type Command, Failure } from '../../src/commands/invocation.ts';
import { readCommandLine } from '../../src/config/command-line.ts';
import { loadConfig } from '../../src/config/load.ts';

export interface InvokeOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output is a terminal. */
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
  readonly leakProgram?: string;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The sentence of a failure that the command has thrown. */
  readonly failure: string | undefined;
}

/** @param args the command line without `leakwatch`, beginning with the name of the command */
export async function invoke(command: Command, args: readonly string[], options: InvokeOptions = {}): Promise<Outcome> {
  const { env = {}, isTerminal = false, signal = new AbortController().signal, leakProgram = '' } = options;
  const loaded = await loadConfig({ args, env, readFile: noFile });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const { config, positionals } = loaded;
  const [stdout, stderr] = [new Sink(isTerminal), new Sink(false)];
  const flags = { json: readCommandLine(args).flags.has('json') };
  const invocation = { config, positionals, flags, stdout, stderr, env, signal, version: '1.2.3', leakProgram };
  const [code, failure] = await command(invocation).then(
    (exitCode) => [exitCode, undefined] as const,
    (error: unknown) => {
      if (error instanceof Failure) return [error.exitCode, error.message] as const;
      throw error;
    },
  );
  return { code, stdout: stdout.text, stderr: stderr.text, failure };
}

function noFile(): never {
  throw new Error('a test of a command reads no configuration file');
}

class Sink extends Writable {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string, _: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}
