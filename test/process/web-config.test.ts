/** The web configuration of the running program: read again by itself and at SIGHUP, and waited for with an ear for signals. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../support/certificates.ts';
import { Daemon, run } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { hasOpen } from '../support/processes.ts';
import { until } from '../support/until.ts';

const directory = temporaryDirectory('leakwatch-web-config-');
afterAll(() => rmSync(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);
const [FIRST, SECOND] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')] as [string, string];

/** A secret of a pod and most editors put a new file in the place of the old one. */
function replace(name: string, text: string): void {
  writeFileSync(at(`${name}.new`), text, { mode: 0o600 });
  renameSync(at(`${name}.new`), at(name));
}

function tokenRow(token: string): string {
  return `bearer_tokens:\n  t: sha256:${createHash('sha256').update(token).digest('hex')}\n`;
}

async function start(): Promise<Daemon> {
  const daemon = await Daemon.start(['--interval', '500ms', '--web-config', at('web.yml')]);
  onTestFinished(() => daemon.kill());
  return daemon;
}

async function statusWith(daemon: Daemon, token: string): Promise<number> {
  return (await daemon.get('/metrics', { headers: { authorization: `Bearer ${token}` } })).status;
}

function tasksOf({ pid }: Daemon): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

test.each([
  ['by itself', () => undefined],
  ['at SIGHUP', ({ pid }: Daemon) => process.kill(pid, 'SIGHUP')],
])('a new token is taken %s, and no thread is made for it', async (_, ask) => {
  replace('web.yml', tokenRow(FIRST));
  const daemon = await start();
  await until(async () => (await statusWith(daemon, FIRST)) === 200, { what: 'an answer' });
  const tasks = tasksOf(daemon);
  replace('web.yml', tokenRow(SECOND));
  ask(daemon);
  await until(async () => (await statusWith(daemon, SECOND)) === 200, { what: 'the new token to be taken' });
  expect(await statusWith(daemon, FIRST)).toBe(401);
  expect(tasksOf(daemon)).toBe(tasks);
  // Emptied by mistake: the door stays shut.
  writeFileSync(at('web.yml'), '');
  process.kill(daemon.pid, 'SIGHUP');
  await daemon.logged(({ problems }) => problems !== undefined, { what: 'the problem' });
  expect((await daemon.get('/metrics')).status).toBe(401);
  expect(await statusWith(daemon, SECOND)).toBe(200);
  await daemon.stop();
});

test.skipIf(!hasOpenssl())(
  'a new certificate is shown by itself and at SIGHUP; CBC with SHA-1 is refused',
  async () => {
    const names = ['first', 'second', 'third'] as const;
    const made = names.map((name) => makeCertificate(directory, name));
    const show = (certificate: (typeof made)[number]): void => {
      replace('server.crt', certificate.cert);
      replace('server.key', certificate.key);
    };
    show(made[0]!);
    replace('web.yml', `tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n${tokenRow(FIRST)}`);
    const daemon = await start();
    const shake = (...options: string[]): string => {
      const words = ['s_client', '-connect', new URL(daemon.address).host, ...options];
      try {
        return execFileSync('openssl', words, { input: '', encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
      } catch (error) {
        return String((error as { stdout: string }).stdout);
      }
    };
    expect(shake()).toMatch(/subject=CN ?= ?first/);
    show(made[1]!);
    await until(() => /subject=CN ?= ?second/.test(shake()), { what: 'the second certificate' });
    show(made[2]!);
    process.kill(daemon.pid, 'SIGHUP');
    await until(() => /subject=CN ?= ?third/.test(shake()), { what: 'the third certificate' });
    expect(shake('-tls1_2')).toMatch(/Cipher *(is|:) ECDHE-ECDSA-AES128-GCM-SHA256/);
    for (const cipher of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'AES128-SHA'])
      expect(shake('-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`)).toMatch(/Cipher is \(NONE\)/);
    await daemon.stop();
  },
);

test.each(['web-config', 'config', 'ca-file'])('SIGTERM is heard while a pipe in --%s says nothing', async (option) => {
  const pipe = at(`${option}.pipe`);
  execFileSync('mkfifo', [pipe]);
  // Open for reading and writing, a pipe has a writer at once.
  const writer = openSync(pipe, 'r+');
  onTestFinished(() => closeSync(writer));
  writeSync(writer, '#\n');
  const { code, signal, stderr } = await run(
    ['--listen', '127.0.0.1:0', '--push-gateway', 'https://127.0.0.1:9', `--${option}`, pipe],
    {
      // Its signals have listeners by the time at which it opens a file that it was given.
      meanwhile: (child) =>
        void until(() => hasOpen(child.pid, pipe), { what: 'the pipe to be opened' }).then(() => child.kill('SIGTERM')),
    },
  );
  // After ten seconds of silence it gives up, with status 78.
  expect({ code, signal }, stderr).toEqual({ code: 0, signal: null });
});
