/** The table of commands: what the command line accepts and --help says. What they do is in src/commands/. */
import { OPTIONS, type OptionName } from './options.ts';

export type CommandName = 'watch' | 'exec' | 'snapshot' | 'logs' | 'replay' | 'doctor' | 'demo';

/**
 * `one-shot`: prints and ends; a signal kills it, a closed standard output ends it quietly.
 * `interactive`: has something to put away; a signal or a closed standard output asks it to stop.
 * `daemon`: a signal asks it to stop; it goes on without its standard output.
 */
export type Lifetime = 'one-shot' | 'interactive' | 'daemon';

export interface PositionalRow {
  readonly placeholder: string;
  /** Filled in where the word is left out; absent = the word is needed. */
  readonly default?: string;
  /** Absent = any word. */
  readonly choices?: readonly string[];
}

export interface CommandRow {
  readonly name: CommandName;
  /** One sentence. */
  readonly summary: string;
  readonly positionals: readonly PositionalRow[];
  /** How the words behind `--` are called: those of another program, and none of ours. */
  readonly program?: string;
  readonly json: boolean;
  /** The options that mean something for it; others are refused as flags, and harmless in environment and file. */
  readonly options: readonly OptionName[];
  readonly lifetime: Lifetime;
  readonly examples: readonly string[];
}

const OF_WATCH = OPTIONS.map((option) => option.name).filter((name) => name !== 'html');

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'watch',
    summary: 'Watch this host until stopped (the default).',
    positionals: [],
    json: false,
    options: OF_WATCH,
    lifetime: 'daemon',
    examples: [
      'leakwatch',
      'leakwatch --interval 10s --listen :9917',
      "leakwatch --group 'web=puma|unicorn' --group worker=sidekiq",
    ],
  },
  {
    name: 'exec',
    summary: 'Become another program, with the daemon beside it until it ends; LEAKWATCH=off leaves the daemon out.',
    positionals: [],
    program: 'COMMAND...',
    json: false,
    options: OF_WATCH.filter((name) => name !== 'stop-with'),
    lifetime: 'one-shot',
    examples: ['leakwatch exec -- bundle exec puma', 'leakwatch exec --interval 10s --listen off -- node server.js'],
  },
  {
    name: 'snapshot',
    summary: 'Take one sample: groups, threads, zombies and their parents, memory, limits.',
    positionals: [],
    json: true,
    options: ['procfs', 'group', 'max-groups', 'config'],
    lifetime: 'one-shot',
    examples: ['leakwatch snapshot', 'leakwatch snapshot --json'],
  },
  {
    name: 'logs',
    summary:
      'Read heroku logs, saved or as they come (- is standard input): which dynos leak, and what the errors are about.',
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
    options: ['false-alarms-per-month', 'config'],
    lifetime: 'one-shot',
    examples: ['leakwatch replay recording.ndjson', 'leakwatch replay recording.ndjson --json'],
  },
  {
    name: 'doctor',
    summary: 'Say what can and cannot be seen on this host, compared with a second opinion.',
    positionals: [],
    json: true,
    options: ['procfs', 'source', 'config'],
    lifetime: 'one-shot',
    examples: ['leakwatch doctor'],
  },
  {
    name: 'demo',
    summary: 'Start a small leaking program and watch it being found.',
    positionals: [
      { placeholder: 'KIND', default: 'threads', choices: ['threads', 'zombies', 'memory', 'fds', 'processes'] },
    ],
    json: false,
    options: ['false-alarms-per-month', 'config'],
    lifetime: 'interactive',
    examples: ['leakwatch demo', 'leakwatch demo zombies'],
  },
];

/** What runs when no command is named. */
export const DEFAULT_COMMAND: CommandRow = COMMANDS[0]!;

export function findCommand(name: string): CommandRow | undefined {
  return COMMANDS.find((command) => command.name === name);
}

/** `replay FILE [--json]`, with `more` where options may stand. */
export function usageOf(command: CommandRow, more: readonly string[] = []): string {
  const words = command.positionals.map(({ placeholder, default: fallback }) =>
    fallback === undefined ? placeholder : `[${placeholder}]`,
  );
  const program = command.program === undefined ? [] : ['--', command.program];
  return [command.name, ...words, ...(command.json ? ['[--json]'] : []), ...more, ...program].join(' ');
}
