/**
 * From the command line to the exit code: finds the command, loads the configuration and runs the command. Only this
 * file ends the process. leakwatch.cts loads this file.
 */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { complain } from './commands/complain.ts';
import { type Command, Failure } from './commands/invocation.ts';
import { readCommandLine } from './config/command-line.ts';
import type { CommandName } from './config/commands.ts';
import { takeOver } from './config/environment.ts';
import { EXIT } from './config/exit-codes.ts';
import { renderHelp } from './config/help.ts';
import { loadConfig } from './config/load.ts';
import { awaitTextFile } from './config/text-file.ts';
import { MAX_FILE_BYTES } from './config/unreadable.ts';

/** A command is loaded when it is used, so that the daemon does not hold the code of the others in memory. */
const COMMANDS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  watch: async () => (await import('./commands/watch.ts')).runWatch,
  exec: async () => (await import('./commands/exec.ts')).runExec,
  snapshot: async () => (await import('./commands/snapshot.ts')).runSnapshot,
  logs: async () => (await import('./commands/logs.ts')).runLogs,
  replay: async () => (await import('./commands/replay.ts')).runReplay,
  doctor: async () => (await import('./commands/doctor.ts')).runDoctor,
  demo: async () => (await import('./commands/demo.ts')).runDemo,
};

/** Those that leakwatch.cts catches. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** In one sentence. Chosen: more than anybody sets on purpose. */
const MOST_NAMES = 5;

/** Those of standard input, output and error that are terminals. */
const TERMINALS = [0, 1, 2].filter((fd) => isatty(fd));

process.on('uncaughtException', (error) => leave(explain(error)));
// Without a listener, SIGUSR1 would open Node's debugger, and wrappers pass on all signals, also this one.
process.on('SIGUSR1', () => undefined);
// The reader of standard error may close the pipe. leakwatch goes on without it.
process.stderr.on('error', () => undefined);
let outputError: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error) => {
  outputError ??= error;
});

const obeyed = takeOver(process.env);

run(process.argv.slice(2)).catch(explain).then(end);

async function run(args: readonly string[]): Promise<number> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const { command, isNamed, flags, usage } = readCommandLine(args);
  if (flags.has('version')) {
    process.stdout.write(`leakwatch ${version}\n`);
    return EXIT.ok;
  }
  if (flags.has('help')) {
    process.stdout.write(renderHelp(isNamed ? command.name : undefined));
    return EXIT.ok;
  }
  if (usage !== undefined) {
    complain(usage);
    complain('leakwatch --help lists the commands and options.');
    return EXIT.usage;
  }
  const stopping = new AbortController();
  if (command.lifetime !== 'one-shot') {
    // Further signals change nothing.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
    // SIGHUP means that the terminal has gone. A daemon without one is asked to reload its configuration. It reads its web
    // configuration again, and does not end. Node undoes what nohup does, but nohup also takes the terminal away.
    const outlivesHangup = command.lifetime === 'daemon' && TERMINALS.length === 0;
    process.on('SIGHUP', () => outlivesHangup || stopping.abort());
  } else {
    // In one turn of the event loop those come that leakwatch.cts has caught. Later ones kill without a turn of it.
    await new Promise((resolve) => setImmediate(resolve));
    for (const signal of SIGNALS) process.removeAllListeners(signal);
  }
  const loaded = await loadConfig({
    args,
    env: process.env,
    readFile: (path) => awaitTextFile(path, MAX_FILE_BYTES, stopping.signal),
  });
  if (stopping.signal.aborted) return EXIT.ok;
  if (!loaded.ok) {
    loaded.problems.forEach(complain);
    return EXIT.configuration;
  }
  if (command.lifetime === 'daemon' && obeyed.length > 0) {
    const names = obeyed.slice(0, MOST_NAMES).join(', ');
    complain(`Node was started with ${names}, which it obeys: start leakwatch without node, and they are dropped.`);
  }
  if (command.lifetime === 'interactive') process.stdout.once('error', () => stopping.abort());
  const runCommand = await COMMANDS[command.name]();
  return runCommand({
    config: loaded.config,
    positionals: loaded.positionals,
    flags: { json: flags.has('json') },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: stopping.signal,
    version,
    leakProgram: fileURLToPath(new URL('./demo-leak.js', import.meta.url)),
  });
}

/**
 * Ends the process when standard output has taken everything or has failed. A reader that closes the pipe early
 * (`| head`) is no failure; any other error is one.
 */
function end(exitCode: number): void {
  // The stream emits an error only after the callbacks of the writes.
  process.stdout.write('', () =>
    setImmediate(() => {
      const hasFailed = exitCode === EXIT.ok && outputError !== undefined && outputError.code !== 'EPIPE';
      leave(hasFailed ? explain(new Failure(`cannot write the output: ${outputError?.message}`)) : exitCode);
    }),
  );
}

/**
 * At its exit Node restores the settings of its terminals, and crashes (SIGSEGV, seen with Node 20.20) if one of them
 * has hung up. Then the default action of SIGHUP, the usual end of such a program, ends the process without a crash.
 */
function leave(exitCode: number): void {
  if (TERMINALS.every((fd) => isatty(fd))) process.exit(exitCode);
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

/** @returns the exit code */
function explain(error: unknown): number {
  if (error instanceof Failure) {
    for (const line of error.message.split('\n')) complain(line);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of `internal error: ${stack}`.split('\n')) {
    complain(line);
  }
  return EXIT.internal;
}
