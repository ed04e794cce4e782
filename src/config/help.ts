/** The text of --help, for the whole program or for one command: ASCII, at most 80 columns. */
import { COMMANDS, type CommandName, type CommandRow, DEFAULT_COMMAND, findCommand, usageOf } from './commands.ts';
import { EXIT_MEANINGS } from './exit-codes.ts';
import { findOption, flagOf, type OptionRow, variableOf } from './options.ts';

const COLUMNS = 80;

/** @param name absent = an overview of all commands, with the options of the default command */
export function renderHelp(name?: CommandName): string {
  const command = name === undefined ? undefined : findCommand(name);
  const sections = command === undefined ? overview() : about(command);
  return `${sections.map((section) => section.join('\n')).join('\n\n')}\n`;
}

function overview(): string[][] {
  const width = Math.max(...COMMANDS.map((command) => usageOf(command).length));
  return [
    ['Usage: leakwatch [COMMAND] [OPTIONS]'],
    wrap(
      'Watches the processes beside it and says which one is leaking threads, zombies, memory, descriptors or processes.',
      0,
    ),
    [
      'Commands:',
      ...COMMANDS.flatMap((command) => hang(usageOf(command).padEnd(width), command.summary)),
      ...wrap('leakwatch COMMAND --help describes one of them.', 2),
    ],
    ...common(DEFAULT_COMMAND, `Options of ${DEFAULT_COMMAND.name}:`),
    ['Examples:', ...COMMANDS.flatMap(({ examples }) => examples.slice(0, 1)).map((line) => `  ${line}`)],
    exitCodes(),
  ];
}

function about(command: CommandRow): string[][] {
  const choices = command.positionals.flatMap(({ placeholder, choices: words, default: fallback }) =>
    words === undefined ? [] : wrap(`${placeholder} is one of ${words.join(', ')}. Default: ${fallback}.`, 0),
  );
  return [
    [`Usage: leakwatch ${usageOf(command, ['[OPTIONS]'])}`],
    [...wrap(command.summary, 0), ...choices],
    ...common(command, 'Options:'),
    ['Examples:', ...command.examples.map((line) => `  ${line}`)],
    exitCodes(),
  ];
}

function common(command: CommandRow, title: string): string[][] {
  return [
    [
      title,
      ...command.options.flatMap((name) => optionHelp(findOption(name))),
      ...(command.json ? ['  --json', ...wrap('Print JSON instead of text.', 6)] : []),
      '  -h, --help',
      ...wrap('Print this text.', 6),
      '  -V, --version',
      ...wrap('Print the version.', 6),
    ],
    [
      'Environment and file:',
      ...wrap(
        `Every option with a value is also a variable (--max-groups is ${variableOf('max-groups')}) and a key of the YAML file that --config names (max-groups). A flag overrides a variable, a variable the file, the file the default. An empty variable counts as not set.`,
        2,
      ),
    ],
  ];
}

function optionHelp(option: OptionRow | undefined): string[] {
  if (option === undefined) {
    return [];
  }
  const fallback = option.default ?? option.defaultNote;
  const text = fallback === undefined ? option.help : `${option.help} Default: ${fallback}.`;
  return [`  ${flagOf(option)}`, ...wrap(text, 6)];
}

function exitCodes(): string[] {
  return ['Exit codes:', ...EXIT_MEANINGS.flatMap(([code, meaning]) => hang(String(code).padStart(2), meaning))];
}

/** A term, with its text beside it and indented below. */
function hang(term: string, text: string): string[] {
  const indent = term.length + 4;
  return wrap(text, indent).map((line, at) => (at === 0 ? `  ${term}  ${line.trimStart()}` : line));
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((text) => ' '.repeat(indent) + text);
}
