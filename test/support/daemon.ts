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
import { until } from './until.ts';

export const PROGRAM = fileURLToPath(new URL('../../dist/leakwatch.cjs', import.meta.url));

/** A platform gives a sidecar some seconds; two are promised. */
const STOP_MS = 2000;

export interface DaemonOptions {
  /** Over the environment of the test, of which nothing is kept that would configure the program. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another build than that of this checkout. */
  readonly program?: string;
  /** What starts the program, such as `['setpriv', '--reuid=54321']`. */
  readonly prefix?: readonly string[];
  /** Instead of a pipe whose lines are collected: an open descriptor, or a pipe that nobody reads. */
  readonly stdout?: number | 'unread';
}

export class Daemon {
  /** Of the program, where a prefix becomes it by exec. */
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

  /** Resolves when it watches. It listens on a free port of the loopback unless `args` say otherwise. */
  static async start(
    args: readonly string[] = [],
    { env, prefix = [], program = PROGRAM, stdout }: DaemonOptions = {},
  ): Promise<Daemon> {
    const [command = '', ...words] = [...prefix, process.execPath, program, '--listen', '127.0.0.1:0', ...args];
    const given = args.includes('--listen') ? words.toSpliced(words.indexOf('--listen'), 2) : words;
    const stdio: StdioOptions = ['ignore', typeof stdout === 'number' ? stdout : 'pipe', 'pipe'];
    const child = spawn(command, given, { stdio, env: cleanEnvironment(env) });
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

  /** The first line, of those printed and to be printed, that the condition likes. */
  line(condition: (line: string) => boolean, { what, timeoutMs = 10_000 }: WaitOptions): Promise<string> {
    return this.#whileAlive(() => this.lines.find(condition), { what, timeoutMs });
  }

  /** The same of its own log. */
  logged(
    condition: (entry: Readonly<Record<string, unknown>>) => boolean,
    { what, timeoutMs = 10_000 }: WaitOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    const entries = (): Record<string, unknown>[] =>
      this.log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    return this.#whileAlive(() => entries().find(condition), { what, timeoutMs });
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.address}${path}`, { signal: AbortSignal.timeout(5000), ...init });
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

  /** Asks it to stop, and expects that it does so soon and well. */
  async stop(): Promise<void> {
    expect(this.child.kill('SIGTERM'), 'the daemon is running').toBe(true);
    await this.ended();
  }

  /** For a daemon that has been asked to stop. */
  async ended(): Promise<void> {
    const late = setTimeout(() => this.kill(), STOP_MS);
    const [code, signal] = await this.#exit;
    clearTimeout(late);
    expect({ code, signal }, `the end of the daemon, within ${STOP_MS} ms; its log:\n${this.log.join('\n')}`).toEqual({
      code: 0,
      signal: null,
    });
  }

  /** At once and whatever its state; may be called twice. */
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

export interface RunOptions extends Pick<DaemonOptions, 'env'> {
  readonly stdin?: string;
  readonly timeoutMs?: number;
  /** Called with the running process, to do something to it. */
  readonly meanwhile?: (child: ChildProcess & { readonly pid: number }) => void;
}

/** Runs the program to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { env, stdin, timeoutMs = 30_000, meanwhile } = options;
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'pipe', env: cleanEnvironment(env) });
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

/** What came before a test closed it, where it does. */
const collect = (stream: Readable): Promise<string> => text(stream).catch(() => '');

/** The test's own, without what the program, or the platform it runs on, is configured by. */
function cleanEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(LEAKWATCH_|HEROKU_|NODE_|VITEST|DYNO$|PORT$|NO_COLOR$|FORCE_COLOR$|UV_)/.test(name),
  );
  return { ...(Object.fromEntries(own) as Record<string, string>), ...env };
}
