/**
 * The test's end of a puppet: a real process whose threads, zombies, memory, descriptors and children the test sets.
 * Its zombies are children of the puppet itself. A thread costs it some 7 MB and 4 descriptors as well.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./puppet-child.js', import.meta.url));

export type PuppetKind = 'threads' | 'zombies' | 'processes' | 'fds' | 'memory';

/** How many more to make of each kind (memory in bytes), and a kind to let go of entirely. */
export type PuppetCommand = { readonly [kind in PuppetKind]?: number } & { readonly release?: PuppetKind };

export interface PuppetOptions {
  /** The process's comm and command line; Node's own unless given. */
  readonly title?: string;
  /** The first word of the command line. */
  readonly argv0?: string;
}

interface Waiting {
  resolve(): void;
  reject(reason: Error): void;
}

export class Puppet {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #waiting: Waiting[] = [];
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, pid: number) {
    this.pid = pid;
    this.#child = child;
    this.#ended = once(child, 'exit');
    child.stdin?.on('error', () => {}); // EPIPE of a puppet that is gone: its exit says so
    createInterface({ input: child.stdout! }).on('line', (line) => this.#hear(line));
    child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`the puppet ended: ${signal ?? code}`));
    });
  }

  static async start({ title, argv0 }: PuppetOptions = {}): Promise<Puppet> {
    const args = ['--expose-gc', ...(title === undefined ? [] : [`--title=${title}`]), CHILD];
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true, // a process group of its own, to be killed as one
      // One pool thread, so that the number of threads does not change by itself; and freed memory goes back at once.
      env: { ...process.env, UV_THREADPOOL_SIZE: '1', MALLOC_MMAP_THRESHOLD_: '131072' },
      ...(argv0 === undefined ? {} : { argv0 }),
    });
    if (child.pid === undefined) throw new Error(`cannot start a puppet: ${(await once(child, 'error'))[0]}`);
    const puppet = new Puppet(child, child.pid);
    await puppet.#answer();
    return puppet;
  }

  /** Resolves when it holds: zombies are dead, threads run, memory is touched. */
  async do(command: PuppetCommand): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error('the puppet has ended');
    const answer = this.#answer();
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    await answer;
  }

  /** Kills it with everything it made. May be called twice. */
  async stop(): Promise<void> {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await this.#ended;
  }

  #answer(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #hear(line: string): void {
    const { error } = JSON.parse(line) as { error?: string };
    const waiting = this.#waiting.shift();
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(new Error(`puppet: ${error}`));
  }
}
