/** The input of a command, and the error by which it fails. A command returns its exit code. */
import type { Config } from '../config/config.ts';
import { EXIT } from '../config/exit-codes.ts';

export interface Invocation {
  readonly config: Config;
  /** The words after the command, checked against the table of commands, with defaults filled in. */
  readonly positionals: readonly string[];
  readonly flags: { readonly json: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the command must stop; never for a one-shot command, because a signal ends it at once. */
  readonly signal: AbortSignal;
  readonly version: string;
  /** Path of the program that leaks for `demo`, beside the entry point. */
  readonly leakProgram: string;
}

export type Command = (invocation: Invocation) => Promise<number>;

/** An expected failure: the user sees its one sentence, without a stack trace. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;

  constructor(message: string, { exitCode = EXIT.failure, ...options }: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/**
 * Opens something, or fails with a sentence.
 * @throws {Failure} with `what` and then the reason
 */
export function openOrFail<T>(open: () => T, what?: string, exitCode: number = EXIT.failure): T {
  try {
    return open();
  } catch (error) {
    const { message } = error as Error;
    throw new Failure(what === undefined ? message : `${what}: ${message}`, { exitCode });
  }
}
