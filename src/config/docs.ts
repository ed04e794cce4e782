/** The text of docs/configuration.md, made from the tables of options and commands. */
import { COMMANDS, type CommandRow } from './commands.ts';
import { TAKEN_OVER } from './environment.ts';
import { EXIT, EXIT_MEANINGS } from './exit-codes.ts';
import { flagOf, OPTIONS, type OptionRow, variableOf } from './options.ts';

export function renderConfigurationDoc(): string {
  return `# Configuration

<!-- Written from src/config/ by the tests: UPDATE_GOLDEN=1 npx vitest run --project pure -->

Every option is a flag, an environment variable and a key of a YAML file. A flag overrides a variable, a variable
overrides the file, and the file overrides the default. No option is required.

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

- An empty variable and a key without a value count as not set.
- The flag \`--group\` may be given many times; the variable holds one \`NAME=REGEX\` per line; in the file, \`group\` is a
  mapping of names to regular expressions, or a list of \`NAME=REGEX\`. Groups are not merged: those of a flag replace those
  of the variable, and so on. The patterns are JavaScript regular expressions and match anywhere in the command line of the
  root; [groups.md](groups.md#patterns) says which cannot be matched.
- The flag \`--alertmanager\` may also be given many times: the variable holds one URL per line, the file a list.
- \`--log-runtime-metrics\` without a value means \`on\`; the variable and the key are \`on\` or \`off\`.
- Put a URL with a password into the environment or into the file: every user of the host can read flags.
- Unknown flags, unknown keys and unknown variables that begin with \`LEAKWATCH_\` are errors. The variables that Kubernetes
  sets for a service called leakwatch (\`LEAKWATCH_SERVICE_HOST\`, \`LEAKWATCH_PORT\` and so on) are ignored.
- If anything is wrong, leakwatch lists all problems on standard error and ends with exit code ${EXIT.configuration}.

## The file

\`--config\` or \`${variableOf('config')}\` names it. It is YAML of at most 1 MB, in a file or a pipe (\`<(command)\`) that begins
within a second and is not silent for 10 s. Every value is written as for the flag.

\`\`\`yaml
${renderExampleFile()}\`\`\`

## Files that leakwatch writes

The files of \`--state\`, \`--record\` and \`--html\` are made for the user alone that runs leakwatch (mode 0600, whatever the
umask). To let others read one, make it empty before the start, with the mode that you want (\`install -m 0644 /dev/null
FILE\`): a recording keeps it, and a state or a page that is replaced keeps who may read it. With logrotate, \`create 0640\`
does the same.

Other users of the host may have put something there. So leakwatch ends with one sentence, and changes nothing, where the
path is a symbolic link; where the file belongs to another user than its own or root; where the file is neither empty nor
one that leakwatch has written; and, for \`--record\`, where it has a second name (a hard link). The same is looked at
again at each write. \`--record\` may be a pipe or a device of its user or of root, or one that the shell has opened
(\`/dev/stdout\`, \`>(gzip > FILE)\`).

A state and a page are replaced as a whole, through a second file beside them with 64 random bits in its name
(\`FILE.0123456789abcdef.new\`). One that a killed run has left behind is removed at a start an hour later or more. Links
in the directories above are followed: keep the files in a directory that only you or root can write to.

## The environment

Beside the variables of its options leakwatch takes over:

${table(
  ['Variable', 'What for'],
  TAKEN_OVER.map(({ name, use }) => [code(name), use]),
)}

Everything else is dropped before Node starts, because it is meant for the programs beside leakwatch: code that Node would
load (\`NODE_OPTIONS\`), certificates it would trust (\`NODE_EXTRA_CA_CERTS\`, \`SSL_CERT_FILE\`) or not check
(\`NODE_TLS_REJECT_UNAUTHORIZED\`), proxies, libraries (\`LD_PRELOAD\`), settings of libc, OpenSSL and libuv. For
certificates there is \`--ca-file\`. The programs beside leakwatch keep theirs. This is done by the shell script at the
head of the program, with \`/usr/bin/env\`. Where it is started as \`node leakwatch.cjs\`, Node has obeyed some of them
before the program runs: then the others are dropped, and the daemon names those.

## Options of each command

Other options are refused as flags. In the environment and in the file they are checked, and have no effect.

${table(
  ['Command', 'Options'],
  COMMANDS.map(({ name, json, options }) => [code(`leakwatch ${name}`), optionsOf({ options, json })]),
)}

## Signals

SIGTERM and SIGINT end the daemon with exit code ${EXIT.ok}: it writes its last lines and closes its outputs within two
seconds. The exit code is ${EXIT.failure} if standard output could not be written. A signal that comes before Node runs the
program ends it as the signal itself does. SIGHUP ends leakwatch when its terminal is closed. Without a terminal, as under
nohup, systemd or in a container, SIGHUP reads \`--web-config\` again; all else is read at the start only, and a change of it
needs a restart.

## Exit codes

${table(
  ['Code', 'Meaning'],
  EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]),
)}
`;
}

/** A file with every key, each with its default or its example. */
export function renderExampleFile(): string {
  const lines = OPTIONS.filter(({ notInFile }) => !notInFile).map((option) =>
    option.name === 'group'
      ? 'group:\n  web: puma|unicorn\n  worker: ^sidekiq '
      : `${option.name}: ${option.example ?? option.default}`,
  );
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** The names, or `all but` the missing ones if that is shorter. */
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
