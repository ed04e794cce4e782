/**
 * The command line: words in; the command, its positionals, the flags and every mistake out. Values are not checked
 * here, because they are one layer of the configuration (load.ts). node:util finds the tokens; the tables of options
 * and commands say what they mean.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { quote } from '../text/printable.ts';
import { suggestion } from './closest.ts';
import { COMMANDS, type CommandRow, DEFAULT_COMMAND, findCommand, usageOf } from './commands.ts';
import { findOption, flagOf, OPTIONS, type OptionRow } from './options.ts';

export interface CommandLine {
  /** The default command if none is named, or an unknown one; `usage` tells the two apart. */
  readonly command: CommandRow;
  readonly isNamed: boolean;
  /** The words after the command, with defaults filled in. */
  readonly positionals: readonly string[];
  readonly settings: readonly { readonly option: OptionRow; readonly text: string }[];
  readonly flags: ReadonlySet<Switch>;
  /**
   * The problem with the words, as a sentence. Not checked if a flag is wrong, because its value may be one of the
   * words.
   */
  readonly usage: string | undefined;
  /** The problems with flags, one sentence each. */
  readonly problems: readonly string[];
}

/** Flags without a value. They have no variable and no key in the file. */
export type Switch = 'json' | 'help' | 'version';

const SWITCHES: readonly { readonly name: Switch; readonly short?: string }[] = [
  { name: 'json' },
  { name: 'help', short: 'h' },
  { name: 'version', short: 'V' },
];

const FLAG_NAMES: readonly string[] = [...OPTIONS, ...SWITCHES].map((row) => row.name);

const PARSER_OPTIONS: ParseArgsConfig['options'] = Object.fromEntries([
  ...OPTIONS.map(({ name, isSwitch }) => [name, { type: isSwitch ? 'boolean' : 'string' }] as const),
  ...SWITCHES.map(({ name, short }) => [name, { type: 'boolean', ...(short && { short }) }] as const),
]);

type Token = NonNullable<ReturnType<typeof parseTokens>>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

export function readCommandLine(args: readonly string[]): CommandLine {
  const tokens = parseTokens(args);
  const problems: string[] = [];
  const words = tokens
    .filter((token, at) => token.kind === 'positional' && !mayBeValue(tokens[at - 1], token))
    .map((token) => (token as Extract<Token, { kind: 'positional' }>).value);
  const [first, ...rest] = words;
  const command = first === undefined ? DEFAULT_COMMAND : findCommand(first);
  const settings: { option: OptionRow; text: string }[] = [];
  const flags = new Set<Switch>();

  for (const token of tokens) {
    if (token.kind !== 'option') {
      continue;
    }
    const option = findOption(token.name);
    const known = SWITCHES.find(({ name }) => name === token.name);
    const problem = problemOfFlag({ token, option, isSwitch: known !== undefined, command, args });
    if (problem !== undefined) {
      problems.push(problem);
    } else if (known !== undefined) {
      flags.add(known.name);
    } else if (option !== undefined) {
      if (!option.repeatable && settings.some((setting) => setting.option === option)) {
        problems.push(`--${option.name} is given more than once.`);
      }
      settings.push({ option, text: token.value ?? (option.isSwitch ? 'on' : '') });
    }
  }

  return {
    command: command ?? DEFAULT_COMMAND,
    isNamed: first !== undefined && command !== undefined,
    positionals: command === undefined ? rest : fillIn(command, rest),
    settings,
    flags,
    usage: problems.length > 0 ? undefined : problemOfWords(command, first, rest),
    // Unknown short flags in one word (-json) are one mistake.
    problems: [...new Set(problems)],
  };
}

function parseTokens(args: readonly string[]) {
  // The parser's `values` lose repeated flags and treat `__proto__` as special: only its tokens are used.
  return parseArgs({
    args: [...args],
    options: PARSER_OPTIONS ?? {},
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** Is this word perhaps the value of the unknown flag before it? Then it is not taken for a command. */
function mayBeValue(previous: Token | undefined, word: Token): boolean {
  return (
    previous?.kind === 'option' &&
    previous.value === undefined &&
    !FLAG_NAMES.includes(previous.name) &&
    word.kind === 'positional' &&
    findCommand(word.value) === undefined
  );
}

function problemOfFlag({
  token,
  option,
  isSwitch,
  command,
  args,
}: {
  token: OptionToken;
  option: OptionRow | undefined;
  isSwitch: boolean;
  command: CommandRow | undefined;
  args: readonly string[];
}): string | undefined {
  const isShort = !token.rawName.startsWith('--');
  if (option === undefined && !isSwitch) {
    const text = isShort ? (args[token.index] ?? token.rawName) : token.rawName;
    return `Unknown flag ${quote(text)}${suggestion(text.replace(/^-+/, '').split('=', 1)[0]!, FLAG_NAMES, '--')}`;
  }
  if (isSwitch) {
    if (token.value !== undefined) {
      return `--${token.name} takes no value, not ${quote(token.value)}.`;
    }
    return token.name === 'json' && command?.json === false
      ? `--json cannot be used with leakwatch ${command.name}.`
      : undefined;
  }
  if (command !== undefined && !command.options.some((name) => name === token.name)) {
    return `--${token.name} cannot be used with leakwatch ${command.name}.`;
  }
  if (option?.isSwitch && token.value === undefined) return undefined;
  if (token.value === undefined || token.value === '' || (!token.inlineValue && /^-./s.test(token.value))) {
    return `--${token.name} needs a value: ${option && flagOf(option)}.`;
  }
  return undefined;
}

function problemOfWords(command: CommandRow | undefined, first: string | undefined, rest: readonly string[]) {
  if (command === undefined) {
    const names = COMMANDS.map(({ name }) => name);
    return `Unknown command ${quote(first ?? '')}${suggestion(first ?? '', names, 'leakwatch ')}`;
  }
  const usage = `usage: leakwatch ${usageOf(command)}.`;
  const extra = rest[command.positionals.length];
  if (command.program === undefined && extra !== undefined) {
    return `leakwatch ${command.name} takes no argument ${quote(extra)}; ${usage}`;
  }
  for (const [at, { placeholder, default: fallback, choices }] of command.positionals.entries()) {
    const word = rest[at] ?? fallback;
    if (word === undefined || word === '') {
      return `leakwatch ${command.name} needs a ${placeholder}; ${usage}`;
    }
    if (choices !== undefined && !choices.includes(word)) {
      return `${placeholder} of leakwatch ${command.name} must be one of ${choices.join(', ')}, not ${quote(word)}${suggestion(word, choices)}`;
    }
  }
  return undefined;
}

function fillIn(command: CommandRow, rest: readonly string[]): readonly string[] {
  const missing = command.positionals.slice(rest.length).flatMap(({ default: fallback }) => fallback ?? []);
  return [...rest, ...missing];
}
