/**
 * Clients that guess passwords as fast as they get answers, beside a scraper that is known, one that comes for the first
 * time, and samples every second.
 */
import { rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { expect, onTestFinished, test } from 'vitest';
import { Daemon, Exposition } from '../support/daemon.ts';
import { temporaryDirectory, writeFiles } from '../support/files.ts';
import { until } from '../support/until.ts';

const ATTACK_MS = 20_000;
/** A scraper that is known is answered at once; the machine is busy. */
const KNOWN_MS = 1000;
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
function ask(
  daemon: Daemon,
  authorization: string,
  { agent, signal = AbortSignal.timeout(PATIENCE_MS) }: { agent?: Agent; signal?: AbortSignal } = {},
) {
  const begun = performance.now();
  return new Promise<Answer>((resolve) => {
    const end = (status: number | undefined, body = ''): void =>
      resolve({ status, body, tookMs: performance.now() - begun });
    const asking = request(
      `${daemon.address}/metrics`,
      { headers: { authorization }, agent: agent ?? false, signal },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part) => (body += part));
        response.on('end', () => end(response.statusCode, body)).on('error', () => end(undefined));
      },
    );
    asking.on('error', () => end(undefined)).end();
  });
}

async function start(cost: number): Promise<Daemon> {
  const directory = temporaryDirectory('leakwatch-passwords-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const users = ['alice', 'bob'].map((name) => `  ${name}: ${hashSync(`secret of ${name}`, cost)}\n`);
  writeFiles(directory, { 'web.yml': `basic_auth_users:\n${users.join('')}` });
  const daemon = await Daemon.start(['--interval', '1s', '--web-config', join(directory, 'web.yml')]);
  onTestFinished(() => daemon.kill());
  return daemon;
}

/** One client, one guess after the other, for the user that is known and for others. */
async function guess(daemon: Daemon, client: number, signal: AbortSignal): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses: number[] = [];
  for (let at = 0; !signal.aborted; at++) {
    const name = at % 4 === 3 ? `user${at}` : 'alice';
    const { status } = await ask(daemon, basic(name, `guess ${client}.${at}`), { agent, signal });
    if (status !== undefined) statuses.push(status);
  }
  agent.destroy();
  return statuses;
}

test.each([
  [10, 1],
  [10, 8],
  [12, 1],
  [12, 8],
])('cost %i, %i clients that guess', async (cost, clients) => {
  const daemon = await start(cost);
  const known = basic('alice', 'secret of alice');
  await until(async () => (await ask(daemon, known)).status === 200, { what: 'the first login' });
  const before = new Exposition((await ask(daemon, known)).body);
  const attack = new AbortController();
  const guessing = Promise.all(Array.from({ length: clients }, (_, client) => guess(daemon, client, attack.signal)));

  const scrapes: Answer[] = [];
  let first: Promise<Answer> | undefined;
  const begun = performance.now();
  while (performance.now() - begun < ATTACK_MS) {
    const next = setTimeout(1000);
    scrapes.push(await ask(daemon, known));
    if (scrapes.length === 5) first = ask(daemon, basic('bob', 'secret of bob'));
    await next;
  }
  const newcomer = await first;
  const after = new Exposition((await ask(daemon, known)).body);
  attack.abort();
  const statuses = (await guessing).flat();

  const delta = (name: string): number => after.value(name)! - before.value(name)!;
  const slowestMs = Math.max(...scrapes.map(({ tookMs }) => tookMs));
  const figures = {
    scrapes: scrapes.length,
    answered: scrapes.filter(({ status }) => status === 200).length,
    slowestMs: Math.round(slowestMs),
    newcomer: { status: newcomer?.status, tookMs: Math.round(newcomer?.tookMs ?? Number.NaN) },
    samples: delta('leakwatch_samples_total'),
    late: delta('leakwatch_samples_late_total'),
    cpuShare: delta('leakwatch_self_cpu_seconds_total') / (ATTACK_MS / 1000),
    guesses: statuses.length,
  };
  console.info(`cost ${cost}, ${clients} clients: ${JSON.stringify(figures)}`);
  expect(figures.answered).toBe(figures.scrapes);
  expect(slowestMs).toBeLessThan(KNOWN_MS);
  expect(newcomer?.status).toBe(200);
  expect(figures.samples).toBeGreaterThan(ATTACK_MS / 1000 - 3);
  expect(figures.late).toBe(0);
  expect(statuses.every((status) => status === 401 || status === 503)).toBe(true);

  await daemon.stop();
  const told = daemon.log.filter((line) => line.includes('logins were denied')).map((line) => JSON.parse(line));
  expect(told.length).toBeGreaterThan(0);
  expect(told[0]).toMatchObject({ level: 40, user: 'alice', address: '127.0.0.1' });
  expect(daemon.log.join('\n')).not.toMatch(/guess \d|secret/);
});
