/**
 * What a process runs, from its command line: the name that a group gets. An interpreter is named by its script, a
 * title that a server wrote over its arguments by its first word.
 */

interface Interpreter {
  readonly names: RegExp;
  /** Options behind which there is code, not a script: a name must not be made of it. */
  readonly code?: RegExp;
  /** Options that take the next word, so that it is not the script. */
  readonly value?: RegExp;
}

const SHELL: Interpreter = {
  names: /^(sh|bash|dash|ash|zsh|ksh|mksh|fish)$/,
  code: /^-[a-z]*c[a-z]*$/i,
  value: /^[-+][a-z]*o$/i,
};

const INTERPRETERS: readonly Interpreter[] = [
  SHELL,
  {
    names: /^(node|nodejs|deno|bun)$/,
    code: /^(-pe?|-e|--print|--eval)$/,
    value: /^(-[rC]|--(require|import|loader|experimental-loader|conditions|env-file|title))$/,
  },
  { names: /^j?ruby[\d.]*$/, code: /^-[alnpsw]*e$/, value: /^-[rICEX]$/ },
  { names: /^(python|pypy)[\d.]*$/, code: /^-[a-z]*c$/i, value: /^-[WX]$/ },
  { names: /^perl[\d.]*$/, code: /^-[a-z\d]*e$/i, value: /^-[IM]$/ },
  { names: /^php[\d.-]*$/, code: /^-[rRBEF]$/, value: /^-[cdzS]$/ },
  { names: /^java$/, value: /^(-cp|-classpath|-p|--class-path|--module-path|--add-(opens|exports|modules|reads))$/ },
  { names: /^lua(jit)?[\d.]*$/, code: /^-e$/, value: /^-l$/ },
  { names: /^tclsh[\d.]*$/ },
];

/** Names that say nothing without the folder they are in. */
const GENERIC = new Set(['index', 'main', '__main__', 'cli', 'bin', 'start', 'run']);

/**
 * Programs that run others and are not what anybody watches: what they start is looked at instead.
 * Inits, process managers, package runners, wrappers of one command, sessions.
 */
const LOOKED_THROUGH = new Set(
  `init systemd tini tini-static dumb-init docker-init catatonit pause ps-run s6-svscan s6-supervise runsvdir runsv
  foreman honcho hivemind overmind goreman nf forego supervisord circusd monit god pm2 PM2
  npm npx pnpm yarn yarnpkg corepack env sudo doas su runuser gosu su-exec setpriv chroot nsenter unshare
  nohup timeout time nice ionice chrt taskset setsid stdbuf script strace ltrace watch flock
  sshd sshd-session login tmux screen SCREEN cron CRON crond atd anacron containerd-shim containerd-shim-runc-v2 conmon`.split(
    /\s+/,
  ),
);
/** Those of them that end while what was started in them is meant to go on. */
const SESSIONS = new Set('sshd sshd-session login tmux screen SCREEN script cron CRON crond atd anacron'.split(' '));
/** Those of them that are scripts: `cron.js` is somebody's program, and none of these. */
const SCRIPTED = new Set([
  'npm',
  'npx',
  'pnpm',
  'pnpx',
  'yarn',
  'corepack',
  'foreman',
  'honcho',
  'supervisord',
  'circusd',
  'pm2',
  'nf',
  'god',
]);

/**
 * @param argv the command line, or undefined where it could not be read
 * @param comm the kernel's name, used when there is no command line
 * @returns a name of `[\w.:/@+-]`, 1 to 64 characters
 */
export function programName(argv: readonly string[] | undefined, comm: string): string {
  const words = titleWords(argv);
  const program = baseName(words[0] ?? '');
  // `/proc/self/fd/3` is how a program is run that has no file of its own.
  if (program === '' || /^\d+$/.test(program)) return groupName(comm);
  const script = scriptOf(words, interpreterOf(program));
  return groupName((script && scriptName(script)) || program);
}

/** Is it a wrapper or a manager, so that its children are groups of their own? */
export function isLookedThrough(argv: readonly string[] | undefined, comm: string): boolean {
  const words = titleWords(argv);
  const program = baseName(words[0] ?? comm);
  if (LOOKED_THROUGH.has(program)) return true;
  const interpreter = interpreterOf(program);
  const script = scriptOf(words, interpreter);
  if (script === undefined) return interpreter === SHELL;
  // `node /usr/bin/npm start` and `ruby /usr/bin/foreman start` are managers written in an interpreted language.
  return SCRIPTED.has(baseName(script).replace(/(-cli|-[\d.]+)?\.\w+$/, ''));
}

/** What started a process: a session or a shell that somebody typed in, a script, or a program as any other. */
export type Starter = 'session' | 'script' | 'program';

/** @param argv undefined where it is not known: a shell is then taken for one that runs a script */
export function starterOf(argv: readonly string[] | undefined, comm: string): Starter {
  const words = titleWords(argv);
  // `tmux: server`
  const program = baseName(words[0] ?? comm.split(/[: ]/)[0]!);
  if (SESSIONS.has(program)) return 'session';
  if (interpreterOf(program) !== SHELL) return 'program';
  const isTyped =
    argv !== undefined && scriptOf(words, SHELL) === undefined && !words.some((word) => SHELL.code!.test(word));
  return isTyped ? 'session' : 'script';
}

/** A name that is safe in a log line, a label and a file; names that differ only in other characters fall together. */
export function groupName(text: string): string {
  return text.replace(/[^\w.:/@+-]/g, '_').slice(0, 64) || 'unknown';
}

/** `["unicorn master -c x"]`, `["nginx: master process"]`: a title written over the arguments is one long word. */
function titleWords(argv: readonly string[] | undefined): readonly string[] {
  if (argv === undefined || argv.length === 0) return [];
  const [first = '', ...rest] = argv;
  const words = rest.length === 0 ? first.split(' ') : argv;
  // One program that is many: which one, the next word says.
  if (words.length > 1 && baseName(first) === 'busybox') return titleWords(words.slice(1));
  return [words[0]!.replace(/:$/, ''), ...words.slice(1)];
}

/** Without folders, and without the dash that marks a login shell. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/^-/, '');
}

function interpreterOf(program: string): Interpreter | undefined {
  return INTERPRETERS.find(({ names }) => names.test(program));
}

/** The script or module that an interpreter was told to run; undefined if it was given code, or nothing. */
function scriptOf(words: readonly string[], interpreter: Interpreter | undefined): string | undefined {
  if (!interpreter) return undefined;
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!;
    if (word === '-m' || word === '-jar') return words[at + 1];
    if (word === '' || interpreter.code?.test(word)) return undefined;
    if (interpreter.value?.test(word)) at++;
    // `bun run SCRIPT`, `deno run SCRIPT`
    else if (!/^([-+]|run$)/.test(word)) return word;
  }
  return undefined;
}

function scriptName(script: string): string {
  const parts = script.split('/').filter((part) => part !== '' && part !== '.');
  const name = (parts.at(-1) ?? '').replace(/\.(c|m)?(js|ts|rb|py|pl|php|jar|sh|tcl|lua)$/, '');
  const folder = parts.at(-2);
  return GENERIC.has(name) && folder !== undefined && folder !== '..' ? `${folder}/${name}` : name;
}
