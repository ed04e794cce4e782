/**
 * The test's end of the built program (dist/): the daemon as a real process with its lines, its HTTP answers and its
 * end, and one-shot commands with what they print. Whatever is still running when a test is over is killed by its handle.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { until, untilPromised } from './until.ts';

export const PROGRAM = fileURLToPath(new URL('../../dist/leakwatch.cjs', import.meta.url));

/** The daemon is promised to stop within this time. A platform kills a sidecar some seconds after it told it to stop. */
export const STOP_MS = 2000;

/**
 * A free port of the loopback interface; no group of a test is counted in `other`, whatever else the host runs; and
 * samples far closer than a user would take them.
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  '--listen': '127.0.0.1:0',
  '--max-groups': '500',
  '--max-cpu': '100%',
};

export interface DaemonOptions {
  /** Added to the environment of the test, without the variables that would configure the program. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another build than that of this checkout, another Node, another working directory. */
  readonly program?: string;
  readonly node?: string;
  readonly cwd?: string;
  /** The words before the program, such as `['setpriv', '--reuid=20001']`. */
  readonly prefix?: readonly string[];
  /** An open descriptor, or a pipe that nobody reads; else a pipe whose lines are collected. */
  readonly stdout?: number | 'unread';
}

export class Daemon {
  /** The program's own, if the prefix becomes the program by exec. */
  readonly pid: number;
  /** Lines of standard output, and of standard error, so far. */
  readonly lines: string[] = [];
  readonly log: string[] = [];
  /** A URL without a path; empty with `--listen off`. */
  address = '';
  readonly child: ChildProcess;
  readonly #exit: Promise<unknown[]>;

  private constructor(child: ChildProcess, pid: number, { collect }: { collect: boolean }) {
    this.child = child;
    this.pid = pid;
    this.#exit = once(child, 'exit');
    if (collect) createInterface({ input: child.stdout! }).on('line', (line) => this.lines.push(line));
    createInterface({ input: child.stderr! }).on('line', (line) => this.log.push(line));
  }

  /** Resolves when it watches. */
  static async start(args: readonly string[] = [], options: DaemonOptions = {}): Promise<Daemon> {
    const { env, program = PROGRAM, node = process.execPath, cwd, prefix = [], stdout } = options;
    const defaults = Object.entries(DEFAULTS).filter(([flag]) => !args.includes(flag));
    const [command = '', ...words] = [...prefix, node, program, ...defaults.flat(), ...args];
    const stdio: StdioOptions = ['ignore', typeof stdout === 'number' ? stdout : 'pipe', 'pipe'];
    const child = spawn(command, words, { stdio, env: cleanEnvironment(env), cwd });
    if (child.pid === undefined) throw new Error(`cannot start the daemon: ${(await once(child, 'error'))[0]}`);
    const daemon = new Daemon(child, child.pid, { collect: stdout === undefined });
    try {
      const first = await daemon.logged(({ msg }) => msg === 'watching', { what: 'the daemon to watch' });
      daemon.address = typeof first.address === 'string' ? first.address : '';
      return daemon;
    } catch (error) {
      daemon.kill();
      throw error;
    }
  }

  /** The first line for which the condition holds, of those printed so far and from now on. */
  line(condition: (line: string) => boolean, { what, timeoutMs = 60_000 }: WaitOptions): Promise<string> {
    return this.#whileAlive(() => this.lines.find(condition), { what, timeoutMs });
  }

  /** The same of its own log. */
  logged(
    condition: (entry: Readonly<Record<string, unknown>>) => boolean,
    { what, timeoutMs = 60_000 }: WaitOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    const entries = (): Record<string, unknown>[] =>
      this.log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    return this.#whileAlive(() => entries().find(condition), { what, timeoutMs });
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.address}${path}`, { signal: AbortSignal.timeout(60_000), ...init });
  }

  async metrics(): Promise<Exposition> {
    const response = await this.get('/metrics');
    expect(response.status).toBe(200);
    return new Exposition(await response.text());
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  async report(): Promise<any> {
    const response = await this.get('/api/v1/report');
    expect(response.status).toBe(200);
    return response.json();
  }

  /** Asks it to stop, and expects that it does so in time and with status 0. */
  async stop(): Promise<void> {
    expect(this.child.kill('SIGTERM'), 'the daemon is running').toBe(true);
    await this.ended();
  }

  /** Expects the same of a daemon that has been asked to stop already. */
  async ended(): Promise<void> {
    const hasEnded = (): boolean => (this.child.exitCode ?? this.child.signalCode) !== null;
    await untilPromised(hasEnded, { what: 'end of the daemon', pid: this.pid, withinMs: STOP_MS }).catch((error) => {
      this.kill();
      throw new Error(`${error.message}; its log:\n${this.log.join('\n')}`);
    });
    const [code, signal] = await this.#exit;
    expect({ code, signal }, `its log:\n${this.log.join('\n')}`).toEqual({ code: 0, signal: null });
  }

  /** Ends it at once, whatever its state; may be called twice. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  #whileAlive<T>(look: () => T | undefined, { what, timeoutMs }: Required<WaitOptions>): Promise<T> {
    let ended: Error | undefined;
    return until(
      () => {
        const found = look();
        const { exitCode, signalCode } = this.child;
        if (found === undefined && (exitCode ?? signalCode) !== null)
          ended = new Error(`the daemon ended (${signalCode ?? exitCode}): ${this.log.join('\n')}`);
        return found ?? ended;
      },
      { what, timeoutMs },
    ).then((found) => {
      if (found === ended) throw ended;
      return found as T;
    });
  }
}

interface WaitOptions {
  readonly what: string;
  readonly timeoutMs?: number;
}

/** The text of /metrics, asked by the name and labels of a sample as they are written there. */
export class Exposition {
  readonly text: string;
  readonly #samples: ReadonlyMap<string, number>;

  constructor(body: string) {
    this.text = body;
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    this.#samples = new Map(
      samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  }

  /** @param sample `leakwatch_verdict{group="web",metric="fds",verdict="leak"}` */
  value(sample: string): number | undefined {
    return this.#samples.get(sample);
  }
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions extends Pick<DaemonOptions, 'env' | 'prefix'> {
  readonly stdin?: string;
  readonly timeoutMs?: number;
  /** Called with the running process, to do something to it. */
  readonly meanwhile?: (child: ChildProcess & { readonly pid: number }) => void;
}

/** Runs the program to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { env, prefix = [], stdin, timeoutMs = 120_000, meanwhile } = options;
  const [command = '', ...words] = [...prefix, process.execPath, PROGRAM, ...args];
  const child = spawn(command, words, { stdio: 'pipe', env: cleanEnvironment(env) });
  const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const closed = once(child, 'close');
  const output = Promise.all([collect(child.stdout), collect(child.stderr)]);
  child.stdin.on('error', () => {}); // it need not read what it is given
  child.stdin.end(stdin ?? '');
  meanwhile?.(child as ChildProcess & { pid: number });
  const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  clearTimeout(late);
  const [stdout, stderr] = await output;
  return { code, signal, stdout, stderr };
}

/** All output, or the part before the test closed the stream. */
const collect = (stream: Readable): Promise<string> => text(stream).catch(() => '');

/** The test's environment without the variables that configure the program or say which platform it runs on. */
function cleanEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(LEAKWATCH_|HEROKU_|NODE_|VITEST|DYNO$|PORT$|NO_COLOR$|FORCE_COLOR$|UV_)/.test(name),
  );
  return { ...(Object.fromEntries(own) as Record<string, string>), ...env };
}
