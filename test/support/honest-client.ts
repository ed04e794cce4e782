/**
 * Who is to be served while others attack: a scraper that keeps its connection and asks once a second, and a probe that
 * connects anew each time. Also the attack itself, as a process of its own, and what the daemon looked like beside it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getSecurely, Agent as SecureAgent } from 'node:https';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Daemon } from './daemon.ts';
import { readOf } from './processes.ts';

const ATTACKER = fileURLToPath(new URL('../abuse/attacker.js', import.meta.url));
const EVERY_MS = 1000;
/** Longer than any answer should take; Prometheus gives up after 10 s by default. */
const TIMEOUT_MS = 10_000;

export interface Attack {
  readonly kind: string;
  readonly count: number;
}

export interface Observed {
  /** Answers in milliseconds, sorted. */
  readonly scrapesMs: readonly number[];
  readonly probesMs: readonly number[];
  /** What was not answered, or not with 200. */
  readonly failures: readonly string[];
  readonly samples: number;
  readonly late: number;
  readonly failed: number;
  /** Resident memory, in bytes. */
  readonly mostBytes: number;
  readonly secondsObserved: number;
}

/** Starts an attack; it goes on until the test is over or `end` is called. */
export async function attack(daemon: Daemon, { kind, count }: Attack): Promise<{ end: () => void }> {
  const child = spawn(process.execPath, [ATTACKER, kind, daemon.address, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = (): void => void child.kill('SIGKILL');
  onTestFinished(end);
  await attacking(child);
  return { end };
}

async function attacking(child: ChildProcess): Promise<void> {
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the attacker has ended'))),
  ]);
}

export interface ObserveOptions {
  readonly scrapes?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks honestly, once a second, and looks at the daemon. */
export async function observe(daemon: Daemon, { scrapes = 10, headers = {} }: ObserveOptions = {}): Promise<Observed> {
  const isSecure = daemon.address.startsWith('https:');
  const agent = isSecure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const ask = (path: string, options: RequestOptions): Promise<string> =>
    answerOf(`${daemon.address}${path}`, { ...options, headers, timeout: TIMEOUT_MS }, isSecure);
  const failures: string[] = [];
  const timed = async (path: string, into: number[], options: RequestOptions): Promise<string> => {
    const begun = performance.now();
    try {
      const text = await ask(path, options);
      into.push(performance.now() - begun);
      return text;
    } catch (error) {
      failures.push(`${path}: ${error} after ${Math.round(performance.now() - begun)} ms`);
      return '';
    }
  };
  const scrapesMs: number[] = [];
  const probesMs: number[] = [];
  const texts: string[] = [];
  let mostBytes = 0;
  const begun = performance.now();
  for (let turn = 0; turn < scrapes; turn++) {
    const next = new Promise((resolve) => setTimeout(resolve, begun + (turn + 1) * EVERY_MS - performance.now()));
    const [text] = await Promise.all([
      timed('/metrics', scrapesMs, { agent }),
      timed('/healthz', probesMs, { agent: false }),
    ]);
    if (text !== '') texts.push(text);
    mostBytes = Math.max(mostBytes, residentBytes(daemon.pid));
    await next;
  }
  agent.destroy();
  const counted = (name: string): number => valueIn(texts.at(-1) ?? '', name) - valueIn(texts[0] ?? '', name);
  return {
    scrapesMs: scrapesMs.toSorted((a, b) => a - b),
    probesMs: probesMs.toSorted((a, b) => a - b),
    failures,
    samples: counted('leakwatch_samples_total'),
    late: counted('leakwatch_samples_late_total'),
    failed: counted('leakwatch_samples_failed_total'),
    mostBytes: Math.max(mostBytes, highWater(daemon.pid)),
    secondsObserved: (performance.now() - begun) / 1000,
  };
}

/** @returns the body, whatever the certificate is @throws if the status is not 200 */
export function ask(daemon: Daemon, path: string): Promise<string> {
  return answerOf(`${daemon.address}${path}`, { agent: false }, daemon.address.startsWith('https:'));
}

/** A request on a kept connection that the server has closed meanwhile is sent again, as by all clients (RFC 9112, 9.3.1). */
async function answerOf(url: string, options: RequestOptions, isSecure: boolean): Promise<string> {
  const request = isSecure ? getSecurely(url, { ...options, rejectUnauthorized: false }) : get(url, options);
  request.on('timeout', () => request.destroy(new Error('no answer')));
  const response = await once(request, 'response').then(
    ([answer]) => answer as IncomingMessage,
    (error: unknown) => {
      if (!request.reusedSocket) throw error;
    },
  );
  if (!response) return answerOf(url, options, isSecure);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${text.trim()}`);
  return text;
}

function valueIn(exposition: string, name: string): number {
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(exposition)?.[1]);
}

export function residentBytes(pid: number): number {
  return kilobytes(pid, 'VmRSS');
}

function highWater(pid: number): number {
  return kilobytes(pid, 'VmHWM');
}

function kilobytes(pid: number, row: string): number {
  return Number(new RegExp(`^${row}:\\s+(\\d+) kB`, 'm').exec(readOf(pid, 'status'))?.[1]) * 1024;
}
