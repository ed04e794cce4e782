/**
 * Clients that guess passwords as fast as they get answers, beside a scraper that is known, one that comes for the first
 * time, and samples every second.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hashSync } from 'bcryptjs';
import { expect, onTestFinished, test } from 'vitest';
import { Daemon, Exposition } from '../support/daemon.ts';
import { temporaryDirectory, writeFiles } from '../support/files.ts';
import { until } from '../support/until.ts';

const GUESSER = fileURLToPath(new URL('guesser.js', import.meta.url));

const ATTACK_MS = 20_000;
/** A scraper that is known is answered at once; the machine is busy. */
const KNOWN_MS = 2000;
/** As long as Prometheus waits for a scrape. */
const PATIENCE_MS = 10_000;

interface Answer {
  readonly status: number | undefined;
  readonly tookMs: number;
  readonly body: string;
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** @returns without a status if there is no answer in time */
function ask(daemon: Daemon, authorization: string, { host = '127.0.0.1' }: { host?: string } = {}) {
  const begun = performance.now();
  return new Promise<Answer>((resolve) => {
    const end = (status: number | undefined, body = ''): void =>
      resolve({ status, body, tookMs: performance.now() - begun });
    const asking = request(
      `http://${host}:${new URL(daemon.address).port}/metrics`,
      { headers: { authorization }, agent: false, signal: AbortSignal.timeout(PATIENCE_MS) },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part) => (body += part));
        response.on('end', () => end(response.statusCode, body)).on('error', () => end(undefined));
      },
    );
    asking.on('error', () => end(undefined)).end();
  });
}

/** For a scraper that has a token. */
const TOKEN = randomBytes(32).toString('hex');

async function start(cost: number, listen = '127.0.0.1:0'): Promise<Daemon> {
  const directory = temporaryDirectory('leakwatch-passwords-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const users = ['alice', 'bob'].map((name) => `  ${name}: ${hashSync(`secret of ${name}`, cost)}\n`);
  const token = `bearer_tokens:\n  prometheus: sha256:${createHash('sha256').update(TOKEN).digest('hex')}\n`;
  writeFiles(directory, { 'web.yml': `basic_auth_users:\n${users.join('')}${token}` });
  const webConfig = join(directory, 'web.yml');
  const daemon = await Daemon.start(['--interval', '1s', '--listen', listen, '--web-config', webConfig]);
  onTestFinished(() => daemon.kill());
  return daemon;
}

/** Clients that guess until the test is over. */
async function attack(daemon: Daemon, clients: number): Promise<void> {
  const address = `http://127.0.0.1:${new URL(daemon.address).port}`;
  const child = spawn(process.execPath, [GUESSER, address, String(clients)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
}

/** An address of this host that is not loopback, for a newcomer who does not share that of the attack. */
const ELSEWHERE = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

test.each([
  { cost: 10, clients: 1, host: '127.0.0.1' },
  { cost: 10, clients: 8, host: '127.0.0.1' },
  { cost: 12, clients: 1, host: '127.0.0.1' },
  { cost: 12, clients: 8, host: '127.0.0.1' },
  { cost: 10, clients: 100, host: ELSEWHERE },
])('cost $cost, $clients clients that guess, a newcomer from $host', async ({ cost, clients, host }) => {
  if (host === undefined) return;
  const daemon = await start(cost, host === '127.0.0.1' ? '127.0.0.1:0' : '0.0.0.0:0');
  const known = basic('alice', 'secret of alice');
  // The first samples of a start are late on a busy machine, with or without an attack.
  const before = (await until(
    async () => {
      const { status, body } = await ask(daemon, known);
      const metrics = new Exposition(body);
      return status === 200 && metrics.value('leakwatch_samples_total')! >= 3 ? metrics : undefined;
    },
    { what: 'the first login and samples', everyMs: 200 },
  ))!;
  await attack(daemon, clients);

  const scrapes: Answer[] = [];
  let first: Promise<Answer> | undefined;
  const begun = performance.now();
  while (performance.now() - begun < ATTACK_MS) {
    const next = setTimeout(1000);
    scrapes.push(await ask(daemon, known), await ask(daemon, `Bearer ${TOKEN}`));
    if (scrapes.length === 10) first = ask(daemon, basic('bob', 'secret of bob'), { host });
    await next;
  }
  const newcomer = await first;
  const after = new Exposition((await ask(daemon, known)).body);

  const delta = (name: string): number => after.value(name)! - before.value(name)!;
  const slowestMs = Math.max(...scrapes.map(({ tookMs }) => tookMs));
  const figures = {
    scrapes: scrapes.length,
    answered: scrapes.filter(({ status }) => status === 200).length,
    slowestMs: Math.round(slowestMs),
    newcomer: { status: newcomer?.status, tookMs: Math.round(newcomer?.tookMs ?? Number.NaN) },
    samples: delta('leakwatch_samples_total'),
    late: delta('leakwatch_samples_late_total'),
    denied: delta('leakwatch_http_refused_total{reason="denied"}'),
    busy: delta('leakwatch_http_refused_total{reason="busy"}'),
  };
  console.info(`cost ${cost}, ${clients} clients: ${JSON.stringify(figures)}`);
  expect(figures.answered).toBe(figures.scrapes);
  expect(slowestMs).toBeLessThan(KNOWN_MS);
  expect(newcomer?.status).toBe(200);
  expect(figures.samples).toBeGreaterThan(ATTACK_MS / 1000 - 3);
  expect(figures.late).toBe(0);
  expect(figures.denied).toBeGreaterThan(0);

  await daemon.stop();
  const told = daemon.log.filter((line) => line.includes('logins were denied')).map((line) => JSON.parse(line));
  expect(told.length).toBeGreaterThan(0);
  expect(told[0]).toMatchObject({ level: 40, user: 'alice', address: '127.0.0.1' });
  expect(daemon.log.join('\n')).not.toMatch(/guess \d|secret/);
});
