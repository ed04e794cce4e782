/**
 * Hostile clients of the port. Beside each attack an honest scraper asks once a second on a connection that it keeps, and
 * a probe on a new one; both are answered, every sample is taken on time, and memory stays bounded and is given back.
 * `LEAKWATCH_SECONDS=60 npm run test:abuse` observes for longer.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { temporaryDirectory, writeFiles } from '../support/files.ts';
import { type Attack, ask, attack, type Observed, observe, residentBytes } from '../support/honest-client.ts';
import { until } from '../support/until.ts';

const SECONDS = Number(process.env.LEAKWATCH_SECONDS ?? 6);
/** The containers that we ship have 256 MiB. */
const MOST_BYTES = 128 * 1024 * 1024;
/** More than it had before. V8 keeps a part of what it once had. */
const KEPT_BYTES = 32 * 1024 * 1024;

const directory = temporaryDirectory('leakwatch-abuse-');
afterAll(() => rmSync(directory, { recursive: true }));

/** By the launcher, so with the flags and the memory that users have. */
async function start(...more: readonly string[]): Promise<Daemon> {
  const args = ['--interval', '1s', '--max-groups', '50', '--max-cpu', '10%', ...more];
  const daemon = await Daemon.start(args, { node: '/bin/sh' });
  onTestFinished(() => daemon.kill());
  return daemon;
}

async function withstand(daemon: Daemon, attacks: readonly Attack[]): Promise<string> {
  const before = residentBytes(daemon.pid);
  const attackers = await Promise.all(attacks.map((one) => attack(daemon, one)));
  const observed = await observe(daemon, { scrapes: SECONDS });
  for (const { end } of attackers) end();
  const names = attacks.map(({ kind, count }) => `${kind} ${count}`).join(', ');
  console.log(`${names}: ${figures(observed, before)}`);
  expect(observed.failures).toEqual([]);
  expect(observed.failed).toBe(0);
  expect(observed.samples).toBeGreaterThan(0);
  // The attackers, the tests and what else runs here share two cores: one may be late because the machine is.
  expect(observed.late).toBeLessThanOrEqual(1);
  expect(observed.mostBytes).toBeLessThan(MOST_BYTES);
  await until(() => residentBytes(daemon.pid) < before + KEPT_BYTES, { what: 'memory that is given back' });
  expect(await ask(daemon, '/readyz')).toBe('ready\n');
  const exposition = await ask(daemon, '/metrics');
  await daemon.stop();
  return exposition;
}

function figures({ samples, late, scrapesMs, probesMs, mostBytes }: Observed, before: number): string {
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
  const slowest = [scrapesMs, probesMs].map((ms) => Math.round(ms.at(-1) ?? Number.NaN));
  return `${samples} samples, ${late} late; slowest scrape ${slowest[0]} ms, probe ${slowest[1]} ms; ${megabytes(before)} MB before, ${megabytes(mostBytes)} MB at most`;
}

function refusals(exposition: string): readonly string[] {
  return [...exposition.matchAll(/refused_total\{reason="(\w+)"\} [1-9]/g)].map(([, reason]) => reason!);
}

test.each<[kind: string, count: number, refused: readonly string[]]>([
  ['silent', 1000, ['place']],
  ['kept', 1000, ['place']],
  ['reconnect', 100, []],
  ['flood', 100, []],
  ['pipeline', 240, []],
  ['pipelinedMetrics', 240, []],
  ['pipelineAndRead', 100, []],
  ['pipelinedNonsense', 240, ['malformed']],
  ['slowWriter', 1000, ['place']],
  ['slowReader', 1000, ['place']],
  ['largeHead', 100, ['malformed']],
  ['tinyHeaders', 240, ['malformed']],
  ['body', 50, []],
  ['listeners', 500, ['listeners']],
])('%s, %s connections', async (kind, count, refused) => {
  const exposition = await withstand(await start(), [{ kind, count }]);
  expect(refusals(exposition)).toEqual(expect.arrayContaining([...refused]));
});

test('several at once', async () => {
  const kinds = ['silent', 'kept', 'pipeline', 'slowReader', 'flood', 'listeners'];
  await withstand(
    await start(),
    kinds.map((kind) => ({ kind, count: 100 })),
  );
});

test('few descriptors, and clients that hold all of them', async () => {
  const args = ['--interval', '1s', '--max-groups', '50', '--max-cpu', '10%'];
  const daemon = await Daemon.start(args, { node: '/bin/sh', prefix: ['prlimit', '--nofile=64'] });
  onTestFinished(() => daemon.kill());
  await withstand(daemon, [
    { kind: 'kept', count: 100 },
    { kind: 'silent', count: 100 },
  ]);
});

test.each([
  ['handshakes', 200],
  ['silent', 500],
  ['pipeline', 100],
])('TLS: %s, %s connections', async (kind, count) => {
  const key = join(directory, 'web.key');
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'].concat(
      ...[
        ['-keyout', key],
        ['-out', join(directory, 'web.crt')],
      ],
    ),
    { stdio: 'ignore' },
  );
  writeFiles(directory, { 'web.yml': 'tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\n' });
  await withstand(await start('--web-config', join(directory, 'web.yml')), [{ kind, count }]);
});
