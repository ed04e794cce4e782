/** The daemon pushes to servers that fail: that are not there, say nothing, refuse, or whose name cannot be looked up. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { DnsServer } from '../support/dns-server.ts';
import { temporaryDirectory } from '../support/files.ts';
import { HttpReceiver } from '../support/http-receiver.ts';
import { complaintsOf, failuresOf, startPushing } from '../support/pushing.ts';
import { freeAddress } from '../support/servers.ts';
import { OWN_LOOPBACK } from '../support/unique.ts';
import { until } from '../support/until.ts';

describe('a server that fails', () => {
  /** It samples on, complains once, and stops in time. */
  async function expectUndisturbed(daemon: Daemon): Promise<void> {
    const samples = async (): Promise<number> => (await daemon.metrics()).value('leakwatch_samples_total')!;
    const before = await samples();
    // A push waits for an answer for five seconds. If each sample waited for its push, this would take a hundred.
    await until(async () => (await samples()) >= before + 20, { what: '20 samples', timeoutMs: 60_000 });
    expect(complaintsOf(daemon)).toHaveLength(1);
    await daemon.stop();
  }

  test('because nobody listens', async () => {
    const url = `http://${await freeAddress()}`;
    const daemon = await startPushing(['--push-gateway', url]);
    await until(async () => (await failuresOf(daemon, 'pushgateway'))! >= 2, { what: 'failures' });
    expect(complaintsOf(daemon)[0]).toContain('"reason":"ECONNREFUSED"');
    await expectUndisturbed(daemon);
  });

  test('because it takes every request and answers none', async () => {
    const silent = await HttpReceiver.start();
    silent.answer = () => undefined;
    const daemon = await startPushing(['--push-gateway', silent.url]);
    await until(async () => (await failuresOf(daemon, 'pushgateway'))! >= 1, { what: 'a failure' });
    await expectUndisturbed(daemon);
    expect(silent.mostInFlight).toBe(1);
  });

  test('and comes back is pushed the newest sample', async () => {
    const receiver = await HttpReceiver.start();
    receiver.answer = (response) => response.writeHead(503).end();
    const daemon = await startPushing(['--push-gateway', receiver.url]);
    await until(async () => (await failuresOf(daemon, 'pushgateway'))! >= 2, { what: 'failures' });
    const before = (await daemon.metrics()).value('leakwatch_samples_total')!;
    receiver.answer = (response) => response.end();
    await daemon.logged(({ msg }) => msg === 'pushes arrive again', { what: 'a push' });
    const pushed = Number(/^leakwatch_samples_total (\d+)$/m.exec(receiver.received.at(-1)!.body)?.[1]);
    expect(pushed).toBeGreaterThanOrEqual(before);
    await daemon.stop();
  });

  const samplesIn = ({ body }: { body: string }) => Number(/^leakwatch_samples_total (\d+)$/m.exec(body)?.[1]);

  test('to answer is pushed what is left when the daemon stops', async () => {
    const receiver = await HttpReceiver.start();
    const held: ServerResponse[] = [];
    receiver.answer = (response) => void held.push(response);
    const daemon = await startPushing(['--push-gateway', receiver.url]);
    await receiver.count(1);
    const samples = async () => (await daemon.metrics()).value('leakwatch_samples_total')!;
    const taken = await until(async () => ((await samples()) > 3 ? samples() : 0), { what: 'samples' });
    const stopped = daemon.stop();
    await daemon.logged(({ msg }) => msg === 'stopping', { what: 'its end' });
    receiver.answer = (response) => response.end();
    held[0]?.end();
    await stopped;
    expect(receiver.received.map(samplesIn)).toEqual([1, expect.toSatisfy((last: number) => last >= taken)]);
  });

  test('to answer at all is given up when the daemon stops, and not tried again', async () => {
    const silent = await HttpReceiver.start();
    silent.answer = () => undefined;
    const daemon = await startPushing(['--push-gateway', silent.url]);
    await silent.count(1);
    await daemon.line((_) => daemon.lines.length > 10, { what: 'lines' });
    await daemon.stop();
    expect(silent.received.map(samplesIn)).toEqual([1]);
  });
});

function whyNoNames(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can have an /etc/resolv.conf of its own';
  const { status } = spawnSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'mount namespaces cannot be made here';
}

const noNames = whyNoNames();
if (noNames !== undefined) console.log(`name servers that do not answer are not tested: ${noNames}`);

describe.skipIf(noNames !== undefined)('a name server', () => {
  test('that does not answer holds up neither samples, nor lines, nor the end', async () => {
    const directory = temporaryDirectory('leakwatch-resolver-');
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(`${directory}/resolv.conf`, `nameserver ${OWN_LOOPBACK}\nsearch inside.example\n`);
    const names = await DnsServer.start({ 'push.inside.example': '127.0.0.1' }, { host: OWN_LOOPBACK, port: 53 });
    names.isSilent = true;
    const receiver = await HttpReceiver.start();
    const own = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
    const daemon = await startPushing(['--push-gateway', `http://push:${receiver.port}`], {
      prefix: ['unshare', '--mount', 'sh', '-c', own, `${directory}/resolv.conf`],
    });
    await until(() => names.asked.length > 0, { what: 'a question' });
    const lines = daemon.lines.length;
    await daemon.line((_) => daemon.lines.length > lines + 20, { what: 'lines' });
    await until(async () => (await failuresOf(daemon, 'pushgateway'))! >= 1, { what: 'a failure' });
    names.isSilent = false;
    await receiver.count(1);
    expect(receiver.received[0]?.headers.host).toBe(`push:${receiver.port}`);
    expect(names.asked).toContain('push.inside.example');
    // The next look-up waits for an answer when the daemon is told to stop.
    names.isSilent = true;
    receiver.closeConnections();
    await daemon.stop();
  });
});

const openssl = spawnSync('openssl', ['version']).error === undefined;
if (!openssl) console.log('openssl is not installed (Debian: apt-get install openssl): pushing over TLS is not tested');

test.skipIf(!openssl)('over TLS only to a server whose certificate is trusted', async () => {
  const directory = temporaryDirectory('leakwatch-tls-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [key, cert] = [`${directory}/key`, `${directory}/cert`];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  const paths: string[] = [];
  const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    paths.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const args = ['--push-gateway', `https://localhost:${port}`, '--app', 'b', '--source', 'a'];

  const trusting = await startPushing([...args, '--ca-file', cert]);
  await until(() => paths.length > 2, { what: 'pushes' });
  expect(paths[0]).toBe('PUT /metrics/job/leakwatch/app/b/instance/a');
  await trusting.stop();

  const count = paths.length;
  const wary = await startPushing(args);
  await until(async () => (await failuresOf(wary, 'pushgateway'))! >= 1, { what: 'a failure' });
  expect(complaintsOf(wary)[0]).toMatch(/"reason":"(DEPTH_ZERO_)?SELF_SIGNED_CERT/);
  expect(paths).toHaveLength(count);
  await wary.stop();
});
