/** The table of commands, for the command line, --help and docs/configuration.md. src/commands/ has what they do. */
import { OPTIONS, type OptionName } from './options.ts';

/**
 * `one-shot`: prints and ends. A signal kills it; a closed standard output ends it quietly.
 * `interactive`: has to clean up. A signal or a closed standard output asks it to stop.
 * `daemon`: a signal asks it to stop. It continues without its standard output.
 */
export type Lifetime = 'one-shot' | 'interactive' | 'daemon';

export interface PositionalRow {
  readonly placeholder: string;
  /** Used if the word is left out; absent = the word is required. */
  readonly default?: string;
  /** Absent = any word. */
  readonly choices?: readonly string[];
}

/** A row as it is written; the names of all rows together are the type `CommandName`. */
interface Row {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly positionals: readonly PositionalRow[];
  /** Placeholder for the words after `--`, which are the command line of another program. */
  readonly program?: string;
  readonly json: boolean;
  /** The options that it uses. Others are refused as flags, and ignored in the environment and in the file. */
  readonly options: readonly OptionName[];
  readonly lifetime: Lifetime;
  readonly examples: readonly string[];
}

const WATCH_OPTIONS = OPTIONS.map((option) => option.name).filter((name) => name !== 'html' && name !== 'explain');

const ROWS = [
  {
    name: 'watch',
    summary: 'Watch this host until stopped (the default).',
    positionals: [],
    json: false,
    options: WATCH_OPTIONS,
    lifetime: 'daemon',
    examples: [
      'leakwatch',
      'leakwatch --interval 10s --listen 127.0.0.1:9000',
      "leakwatch --group 'web=puma|unicorn' --group worker=sidekiq",
    ],
  },
  {
    name: 'exec',
    summary: 'Turn into COMMAND, with the daemon beside it until COMMAND ends. LEAKWATCH=off leaves the daemon out.',
    positionals: [],
    program: 'COMMAND...',
    json: false,
    options: WATCH_OPTIONS.filter((name) => name !== 'stop-with'),
    lifetime: 'one-shot',
    examples: ['leakwatch exec -- bundle exec puma', 'leakwatch exec --interval 10s --listen off -- node server.js'],
  },
  {
    name: 'snapshot',
    summary: 'Take one sample: groups, threads, zombies and their parents, memory, limits.',
    positionals: [],
    json: true,
    options: ['explain', 'procfs', 'group', 'max-groups', 'config'],
    lifetime: 'one-shot',
    examples: ['leakwatch snapshot', 'leakwatch snapshot --json', 'leakwatch snapshot --explain web'],
  },
  {
    name: 'logs',
    summary:
      'Report on Heroku logs, saved or streaming (- is standard input): which dynos leak, and which errors followed.',
    positionals: [{ placeholder: 'FILE', default: '-' }],
    json: true,
    options: ['html', 'false-alarms-per-month', 'config'],
    lifetime: 'interactive',
    examples: ['heroku logs -t | leakwatch logs', 'leakwatch logs saved.log --html report.html'],
  },
  {
    name: 'replay',
    summary: 'Run a recording (- is standard input) through the same detectors.',
    positionals: [{ placeholder: 'FILE' }],
    json: true,
    options: ['false-alarms-per-month', 'warn-ahead', 'config'],
    lifetime: 'one-shot',
    examples: ['leakwatch replay recording.ndjson', 'leakwatch replay recording.ndjson --json'],
  },
  {
    name: 'doctor',
    summary: 'Say what leakwatch can and cannot see on this host, and compare it with what ps and pidusage see.',
    positionals: [],
    json: true,
    options: ['procfs', 'source', 'config'],
    lifetime: 'one-shot',
    examples: ['leakwatch doctor'],
  },
  {
    name: 'demo',
    summary: 'Start a small leaking program and watch leakwatch find the leak.',
    positionals: [
      { placeholder: 'KIND', default: 'threads', choices: ['threads', 'zombies', 'memory', 'fds', 'processes'] },
    ],
    json: false,
    options: ['false-alarms-per-month', 'config'],
    lifetime: 'interactive',
    examples: ['leakwatch demo', 'leakwatch demo zombies'],
  },
] as const satisfies readonly Row[];

export type CommandName = (typeof ROWS)[number]['name'];

export interface CommandRow extends Row {
  readonly name: CommandName;
}

export const COMMANDS: readonly CommandRow[] = ROWS;

/** Runs if no command is named. */
export const DEFAULT_COMMAND: CommandRow = COMMANDS[0]!;

export function findCommand(name: string): CommandRow | undefined {
  return COMMANDS.find((command) => command.name === name);
}

/** `replay FILE [--json]`; `more` is put where options may stand. */
export function usageOf(command: CommandRow, more: readonly string[] = []): string {
  const words = command.positionals.map(({ placeholder, default: fallback }) =>
    fallback === undefined ? placeholder : `[${placeholder}]`,
  );
  const program = command.program === undefined ? [] : ['--', command.program];
  return [command.name, ...words, ...(command.json ? ['[--json]'] : []), ...more, ...program].join(' ');
}
