/**
 * Another user than the one that runs the tests: a uid that nobody has, and a copy of the built program that this user
 * can reach. The checkout may lie in a home directory that others may not enter. Needs root and setpriv (util-linux).
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './files.ts';
import { pids, readOf } from './processes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Above those that distributions give to people and services, below nobody (65534). */
const FIRST_UID = 20_000;
const LAST_UID = 60_000;

const handedOut = new Set<number>();

/**
 * A uid without a name and without processes. Chosen by chance and not by the pid: the kernel counts the processes of a
 * user for RLIMIT_NPROC over all containers, and two of them may number their processes alike.
 */
export function unusedUid(): number {
  for (;;) {
    const uid = randomInt(FIRST_UID, LAST_UID);
    if (handedOut.has(uid) || isNamed(uid) || tasksOf(uid) > 0) continue;
    handedOut.add(uid);
    return uid;
  }
}

const isNamed = (uid: number): boolean =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .some((line) => line.split(':')[2] === String(uid));

/** Threads and zombies of a user, as /proc shows them. */
export function tasksOf(uid: number): number {
  let tasks = 0;
  for (const pid of pids()) {
    const status = readOf(pid, 'status');
    if (Number(/^Uid:\t(\d+)/m.exec(status)?.[1]) === uid) tasks += Number(/^Threads:\t(\d+)/m.exec(status)?.[1]);
  }
  return tasks;
}

/** The words before a command that make it run as the user, with these capabilities (capabilities(7), without CAP_). */
export function asUser(uid: number, capabilities: readonly string[] = []): string[] {
  const caps = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  return ['setpriv', ...user, `--inh-caps=${caps}`, `--ambient-caps=${caps}`];
}

/** Why nothing can be run as another user here; undefined if it can. */
export function noOtherUser(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const { error, status, stderr } = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', 'true'], {
    encoding: 'utf8',
  });
  if (error) return 'there is no setpriv (Debian: util-linux)';
  return status === 0 ? undefined : `setpriv cannot become another user: ${stderr.trim()}`;
}

/** A directory that every user can enter, with the built program and Node in it. */
export class PublicCopy {
  readonly dir: string;
  readonly node: string;
  /** leakwatch.cjs */
  readonly program: string;
  /** A PATH on which `node` is the Node of the test. */
  readonly path: string;

  constructor() {
    this.dir = temporaryDirectory('leakwatch-public-', isOpenToAll(tmpdir()) ? tmpdir() : '/tmp');
    cpSync(join(ROOT, 'dist'), join(this.dir, 'dist'), { recursive: true });
    copyFileSync(join(ROOT, 'package.json'), join(this.dir, 'package.json'));
    mkdirSync(join(this.dir, 'bin'));
    this.node = join(this.dir, 'bin/node');
    this.program = join(this.dir, 'dist/leakwatch.cjs');
    this.path = `${join(this.dir, 'bin')}:${process.env.PATH}`;
    const node = realpathSync(process.execPath);
    if (isOpenToAll(node)) symlinkSync(node, this.node);
    else copyFileSync(node, this.node);
    // They have the modes that the umask of whoever built them left.
    spawnSync('chmod', ['-R', 'a+rX', this.dir]);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** May everybody execute this file, or enter this directory, and all that it is in? */
function isOpenToAll(path: string): boolean {
  for (let at = realpathSync(path); ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === '/') return true;
  }
}
