/**
 * The program of a process, from its command line: it names the group. If the program is an interpreter, its script
 * gives the name; if a server wrote a title over its arguments, the first word of the title does.
 */

import { interpreterOf, type Run, runOf } from './interpreters.ts';
import { lastingPart } from './lasting.ts';

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
  const words = wordsOf(argv);
  const program = baseName(words[0] ?? '');
  // A program without a file of its own (memfd_create(2), fexecve(3)) is run as `/proc/self/fd/3`.
  const script = scriptOf(runBy(words, program));
  const names = [script && !isDescriptor(script) ? scriptName(script) : '', program, comm];
  const name = groupName(names.map((one) => lastingPart(one, { pid })).find((one) => !/^\d*$/.test(one)) ?? '');
  // A program that calls itself `nginx.service` would join the group of that unit.
  return name.replace(/\.(service|scope)$/, '_$1');
}

/** A script that is read from an open file, as in `bash <(curl ...)`: the file has a number and no name. */
function isDescriptor(script: string): boolean {
  return /^(\/dev\/(fd\/\d+|stdin)|\/proc\/[^/]+\/fd\/\d+|-)$/.test(script);
}

/** Is it a wrapper, so that its children get groups of their own? */
export function isLookedThrough(argv: readonly string[] | undefined, comm: string): boolean {
  const words = wordsOf(argv);
  const program = baseName(words[0] ?? comm);
  if (LOOKED_THROUGH.has(program)) return true;
  const script = scriptOf(runBy(words, program));
  if (script === undefined) return interpreterOf(program)?.isShell === true;
  // `node /usr/bin/npm start` and `ruby /usr/bin/foreman start` are wrappers written in an interpreted language.
  return SCRIPTED.has(baseName(script).replace(/(-cli|-[\d.]+)?\.\w+$/, ''));
}

/** The kind of a parent: a session or an interactive shell, a shell script, or any other program. */
export type Starter = 'session' | 'script' | 'program';

/** @param argv undefined if unknown: a shell then counts as one that runs a script */
export function starterOf(argv: readonly string[] | undefined, comm: string): Starter {
  const words = wordsOf(argv);
  // Some programs write a title into comm as well: `tmux: server`.
  const program = baseName(words[0] ?? comm.split(/[: ]/)[0]!);
  if (SESSIONS.has(program)) return 'session';
  if (!interpreterOf(program)?.isShell) return 'program';
  return argv !== undefined && runBy(words, program) === 'interactive' ? 'session' : 'script';
}

/**
 * Makes a name safe for log lines, labels and files: any other character becomes `_`, and it is cut to 64 characters.
 */
export function groupName(text: string): string {
  return text.replace(/[^\w.:/@+-]/g, '_').slice(0, 64) || 'unknown';
}

/**
 * The words of a command line. Of a title that a server wrote over its arguments (`["nginx: master process"]`) only the
 * first is one: the others may be anything, such as a query with its values. What is left of the arguments may follow a
 * title as words of its own. A path that begins with `/` may have spaces: it is no title then.
 */
function wordsOf(argv: readonly string[] | undefined): readonly string[] {
  if (argv === undefined || argv.length === 0) return [];
  const [first = '', ...rest] = argv;
  const isTitle = rest.length === 0 || /^[\w.@-]+:( |$)/.test(first) || (!first.startsWith('/') && /[ \t]/.test(first));
  if (isTitle) return [first.split(/[ \t]/)[0]!.replace(/:$/, '')];
  // busybox is many programs; the next word says which one runs.
  return baseName(first) === 'busybox' ? wordsOf(rest) : argv;
}

/** The file name of a path, without the dash that marks a login shell. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/^-/, '');
}

function runBy(words: readonly string[], program: string): Run | undefined {
  const interpreter = interpreterOf(program);
  return interpreter && runOf(words, interpreter);
}

/** The script or module that an interpreter runs; undefined if it runs code, is interactive, or cannot be told. */
function scriptOf(run: Run | undefined): string | undefined {
  return typeof run === 'object' ? run.script : undefined;
}

function scriptName(script: string): string {
  const parts = script.split('/').filter((part) => part !== '' && part !== '.');
  const name = (parts.at(-1) ?? '').replace(/\.(c|m)?(js|ts|rb|py|pl|php|jar|sh|tcl|lua)$/, '');
  const folder = parts.at(-2);
  return GENERIC.has(name) && folder !== undefined && folder !== '..' ? `${folder}/${name}` : name;
}
