/** What a command is given, and how it says that it failed. A command returns its exit code. */
import type { Config } from '../config/config.ts';
import { EXIT } from '../config/exit-codes.ts';

export interface Invocation {
  readonly config: Config;
  /** Words after the command, checked against the table of commands, defaults filled in. */
  readonly positionals: readonly string[];
  readonly flags: { readonly json: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the command is to stop. Never for a one-shot command: a signal just ends it. */
  readonly signal: AbortSignal;
  readonly version: string;
  /** The program that leaks for the demo; it lies beside the entry. */
  readonly leakProgram: string;
}

export type Command = (invocation: Invocation) => Promise<number>;

/** An expected failure, told to the user in one sentence and without a stack. */
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
 * @throws {Failure} with the reason behind `what`
 */
export function openOrFail<T>(open: () => T, what?: string, exitCode: number = EXIT.failure): T {
  try {
    return open();
  } catch (error) {
    const { message } = error as Error;
    throw new Failure(what === undefined ? message : `${what}: ${message}`, { exitCode });
  }
}
