/** The text of docs/configuration.md from the tables. */
import { COMMANDS, type CommandRow } from './commands.ts';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';
import { flagOf, OPTIONS, type OptionRow, variableOf } from './options.ts';

export function renderConfigurationDoc(): string {
  return `# Configuration

<!-- Written from src/config/ by the tests: UPDATE_GOLDEN=1 npx vitest run --project pure -->

Every option is a flag, a variable of the environment and a key of a YAML file. A flag wins over a variable, a variable
over the file, the file over the default. leakwatch runs without any of them.

${table(
  ['Flag', 'Variable', 'Key in the file', 'Default', 'Meaning'],
  OPTIONS.map((option) => [
    code(flagOf(option)),
    code(variableOf(option.name)),
    option.notInFile ? '' : code(option.name),
    fallback(option),
    option.help,
  ]),
)}

- A variable that is set to nothing, and a key without a value, count as not set.
- \`group\` may be given many times as a flag; its variable holds one \`NAME=REGEX\` a line; in the file it is a mapping of
  names to regular expressions, or a list of \`NAME=REGEX\`. The patterns of one place are taken together, those of a
  nearer place replace them. They are JavaScript regular expressions and match anywhere in the command line of the root.
- \`alertmanager\` may be given many times too: one URL a line in its variable, a list in the file.
- \`--log-runtime-metrics\` alone means \`on\`; in the environment and in the file it is \`on\` or \`off\`.
- A URL with a password belongs in the environment or in the file: everybody on the host can read flags.
- Unknown flags, variables that begin with \`LEAKWATCH_\`, and keys are errors. Only the variables that Kubernetes makes for
  a service called leakwatch (\`LEAKWATCH_SERVICE_HOST\`, \`LEAKWATCH_PORT\` and their like) are passed over.
- What is wrong stops the start with exit code ${EXIT.configuration}; all problems are listed at once on standard error.

## The file

Named by \`--config\` or \`${variableOf('config')}\`; YAML, at most 1 MiB. Every value is plain text, written as for the flag.

\`\`\`yaml
${renderExampleFile()}\`\`\`

## What each command reads

Other options are refused as flags; in the environment and in the file they are checked and have no effect.

${table(
  ['Command', 'Options'],
  COMMANDS.map(({ name, json, options }) => [code(`leakwatch ${name}`), optionsOf({ options, json })]),
)}

## Exit codes

${table(
  ['Code', 'Meaning'],
  EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]),
)}
`;
}

/** A file with every key, each at its default or at an example. */
export function renderExampleFile(): string {
  const lines = OPTIONS.filter(({ notInFile }) => !notInFile).map((option) =>
    option.name === 'group'
      ? 'group:\n  web: puma|unicorn\n  worker: ^sidekiq '
      : `${option.name}: ${option.example ?? option.default}`,
  );
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** By their names, or by those that are missing where that is shorter. */
function optionsOf({ options, json }: Pick<CommandRow, 'options' | 'json'>): string {
  const missing = OPTIONS.filter(({ name }) => !options.includes(name));
  const list = (names: readonly string[]): string => names.map((name) => code(`--${name}`)).join(', ');
  if (missing.length === 0) return 'all';
  if (missing.length < options.length && !json) return `all but ${list(missing.map(({ name }) => name))}`;
  return list([...options, ...(json ? ['json'] : [])]);
}

function fallback(option: OptionRow): string {
  return option.default === undefined ? (option.defaultNote ?? 'not set') : code(option.default);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
