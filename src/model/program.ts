/**
 * The program of a process, from its command line: it names the group. If the program is an interpreter, its script
 * gives the name; if a server wrote a title over its arguments, the first word of the title does.
 */

import { lastingPart } from './lasting.ts';

interface Interpreter {
  readonly names: RegExp;
  /** Options followed by code instead of a script. Code must not become a group's name. */
  readonly code?: RegExp;
  /** Options followed by a value, which is not the script. */
  readonly value?: RegExp;
}

const SHELL: Interpreter = {
  names: /^(sh|bash|dash|ash|zsh|ksh|mksh|fish)$/,
  // `-c` is followed by code, and `-s` by arguments of the code that comes from standard input.
  code: /^-[abd-rt-z]*[cs][a-z]*$/i,
  value: /^([-+][a-z]*o|--(rcfile|init-file))$/i,
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

/** Names of scripts that say nothing without their folder. */
const GENERIC = new Set(['index', 'main', '__main__', 'cli', 'bin', 'start', 'run']);

/**
 * Wrappers: inits, process managers, package runners, wrappers of one command, sessions. They are looked through: the
 * programs that they start get groups of their own.
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
/** The wrappers that are sessions. A program that was started in a session may outlive it on purpose. */
const SESSIONS = new Set('sshd sshd-session login tmux screen SCREEN script cron CRON crond atd anacron'.split(' '));
/** The wrappers that are scripts of an interpreter. Only these: a script called `cron.js` is an application. */
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
 * The name of the group that begins with this process.
 * @param argv the command line, or undefined if it was not read
 * @param comm the kernel's name of the process, used if there is no command line
 * @param pid its process id, which a title may contain
 * @returns a name of `[\w.:/@+-]`, 1 to 64 characters, without what changes with each start
 */
export function programName(argv: readonly string[] | undefined, comm: string, pid = 0): string {
  const words = titleWords(argv);
  const program = baseName(words[0] ?? '');
  // A program without a file of its own (memfd_create(2), fexecve(3)) is run as `/proc/self/fd/3`.
  const script = scriptOf(words, interpreterOf(program));
  const names = [script && !isDescriptor(script) ? scriptName(script) : '', program, comm];
  return groupName(names.map((name) => lastingPart(name, { pid })).find((name) => !/^\d*$/.test(name)) ?? '');
}

/** A script that is read from an open file, as in `bash <(curl ...)`: the file has a number and no name. */
function isDescriptor(script: string): boolean {
  return /^(\/dev\/(fd\/\d+|stdin)|\/proc\/[^/]+\/fd\/\d+|-)$/.test(script);
}

/** Is it a wrapper, so that its children get groups of their own? */
export function isLookedThrough(argv: readonly string[] | undefined, comm: string): boolean {
  const words = titleWords(argv);
  const program = baseName(words[0] ?? comm);
  if (LOOKED_THROUGH.has(program)) return true;
  const interpreter = interpreterOf(program);
  const script = scriptOf(words, interpreter);
  if (script === undefined) return interpreter === SHELL;
  // `node /usr/bin/npm start` and `ruby /usr/bin/foreman start` are wrappers written in an interpreted language.
  return SCRIPTED.has(baseName(script).replace(/(-cli|-[\d.]+)?\.\w+$/, ''));
}

/** The kind of a parent: a session or an interactive shell, a shell script, or any other program. */
export type Starter = 'session' | 'script' | 'program';

/** @param argv undefined if unknown: a shell then counts as one that runs a script */
export function starterOf(argv: readonly string[] | undefined, comm: string): Starter {
  const words = titleWords(argv);
  // Some programs write a title into comm as well: `tmux: server`.
  const program = baseName(words[0] ?? comm.split(/[: ]/)[0]!);
  if (SESSIONS.has(program)) return 'session';
  if (interpreterOf(program) !== SHELL) return 'program';
  const isInteractive =
    argv !== undefined &&
    scriptOf(words, SHELL) === undefined &&
    !words.slice(1).some((word) => SHELL.code!.test(word));
  return isInteractive ? 'session' : 'script';
}

/**
 * Makes a name safe for log lines, labels and files: any other character becomes `_`, and it is cut to 64 characters.
 */
export function groupName(text: string): string {
  return text.replace(/[^\w.:/@+-]/g, '_').slice(0, 64) || 'unknown';
}

/** Splits a title that a server wrote over its arguments (`["nginx: master process"]`), which is one long word. */
function titleWords(argv: readonly string[] | undefined): readonly string[] {
  if (argv === undefined || argv.length === 0) return [];
  const [first = '', ...rest] = argv;
  const words = rest.length === 0 ? first.split(' ') : argv;
  // busybox is many programs; the next word says which one runs.
  if (words.length > 1 && baseName(first) === 'busybox') return titleWords(words.slice(1));
  return [words[0]!.replace(/:$/, ''), ...words.slice(1)];
}

/** The file name of a path, without the dash that marks a login shell. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/^-/, '');
}

function interpreterOf(program: string): Interpreter | undefined {
  return INTERPRETERS.find(({ names }) => names.test(program));
}

/**
 * The script or module that an interpreter runs; undefined if it runs code from its command line, or is interactive.
 */
function scriptOf(words: readonly string[], interpreter: Interpreter | undefined): string | undefined {
  if (!interpreter) return undefined;
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!;
    if (word === '-m' || word === '-jar') return words[at + 1];
    // `-` is standard input; what follows are arguments.
    if (word === '' || word === '-' || interpreter.code?.test(word)) return undefined;
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
