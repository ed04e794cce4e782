/** What the daemon pushes arrives: at a real Pushgateway, a real Alertmanager, and at servers that are no use. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Daemon, type DaemonOptions } from '../support/daemon.ts';
import { DnsServer } from '../support/dns-server.ts';
import { temporaryDirectory } from '../support/files.ts';
import { HttpReceiver } from '../support/http-receiver.ts';
import { Puppet } from '../support/puppet.ts';
import { freePort, isInstalled, RealServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const missing = ['prometheus-pushgateway', 'prometheus-alertmanager'].filter((program) => !isInstalled(program));
for (const program of missing)
  console.log(`${program} is not installed (Debian: apt-get install ${program}): pushing to it is not tested`);
const isThere = (program: string): boolean => !missing.includes(`prometheus-${program}`);

async function start(args: readonly string[], options: DaemonOptions = {}): Promise<Daemon> {
  const daemon = await Daemon.start(['--interval', '100ms', ...args], options);
  onTestFinished(() => daemon.kill());
  return daemon;
}

const failuresOf = async (daemon: Daemon, target: string): Promise<number | undefined> =>
  (await daemon.metrics()).value(`leakwatch_push_failures_total{target="${target}"}`);

const complaintsOf = (daemon: Daemon): string[] => daemon.log.filter((line) => line.includes('a push has failed'));

/** As the Pushgateway's API has it, as far as it is used here. */
type Group = Readonly<Record<string, { readonly type: string; readonly metrics: readonly Pushed[] }>> & {
  readonly labels: Readonly<Record<string, string>>;
  readonly last_push_successful: boolean;
};

interface Pushed {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

describe.skipIf(!isThere('pushgateway'))('a Pushgateway', () => {
  let gateway: RealServer;
  beforeAll(async () => {
    gateway = await RealServer.pushgateway();
  });
  afterAll(() => gateway?.stop());

  const groupOf = async (instance: string): Promise<Group | undefined> => {
    const { data } = await gateway.json<{ data: Group[] }>('/api/v1/metrics');
    return data.find(({ labels }) => labels.instance === instance);
  };

  const samplesIn = (group: Group | undefined): number => Number(group?.leakwatch_samples_total?.metrics[0]?.value);

  test('has what /metrics says, for as long as it runs, and keeps the last of it', async () => {
    const puppet = await Puppet.start({ title: 'pushed-app' });
    onTestFinished(() => puppet.stop());
    const daemon = await start([
      '--push-gateway',
      `${gateway.url}/`,
      '--source',
      'web.1',
      '--group',
      'app=^pushed-app$',
    ]);
    const first = await until(() => groupOf('web.1'), { what: 'a push' });
    expect(first).toMatchObject({ labels: { job: 'leakwatch', instance: 'web.1' }, last_push_successful: true });
    const { text } = await daemon.metrics();
    const families = text.match(/(?<=^# TYPE )\w+ \w+/gm)!.map((family) => family.split(' '));
    const pushed = await groupOf('web.1');
    for (const [name = '', type] of families) {
      if (new RegExp(`^${name}[{ ]`, 'm').test(text))
        expect([name, pushed?.[name]?.type]).toEqual([name, type?.toUpperCase()]);
    }
    const threads = async () =>
      (await groupOf('web.1'))?.leakwatch_group_threads?.metrics.find(({ labels }) => labels.group === 'app')?.value;
    const before = Number(await threads());
    await puppet.do({ threads: 3 });
    await until(async () => Number(await threads()) === before + 3, { what: 'the new threads' });
    // A group that is gone from here is gone from there.
    await puppet.stop();
    await until(async () => (await threads()) === undefined, { what: 'the end of the group' });

    const failures = await failuresOf(daemon, 'pushgateway');
    const taken = (await daemon.metrics()).value('leakwatch_samples_total')!;
    await daemon.stop();
    expect(failures).toBe(0);
    expect(complaintsOf(daemon)).toEqual([]);
    const last = await groupOf('web.1');
    expect(samplesIn(last)).toBeGreaterThanOrEqual(taken);
    expect(last?.push_failure_time_seconds?.metrics[0]?.value).toBe('0');
    const exposed = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(exposed).toContain(`leakwatch_samples_total{instance="web.1",job="leakwatch"} ${samplesIn(last)}\n`);
    if (isInstalled('promtool')) {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: exposed,
        encoding: 'utf8',
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    }
  });

  test('is told apart by names of any kind', async () => {
    await start(['--push-gateway', gateway.url, '--source', 'shop/web.1', '--listen', 'off']);
    const group = await until(() => groupOf('shop/web.1'), { what: 'a push' });
    expect(group?.labels).toEqual({ job: 'leakwatch', instance: 'shop/web.1' });
  });

  test('that wants a password gets it, and nobody else does', async () => {
    const webConfig = `basic_auth_users:\n  shop: ${hashSync('s3cret:word', 4).replace('$2b$', '$2y$')}\n`;
    const guarded = await RealServer.pushgateway({ webConfig });
    onTestFinished(() => guarded.stop());
    const { host } = new URL(guarded.url);
    const asked = { headers: { Authorization: `Basic ${Buffer.from('shop:s3cret:word').toString('base64')}` } };
    const exposed = async () => (await fetch(`${guarded.url}/metrics`, asked)).text();

    const wrong = await start(['--source', 'wrong'], { env: { LEAKWATCH_PUSH_GATEWAY: `http://shop:wr0ng@${host}` } });
    await until(async () => (await failuresOf(wrong, 'pushgateway'))! >= 2, { what: 'failures' });
    expect(complaintsOf(wrong).map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, target: guarded.url, reason: 'status 401: Unauthorized' },
    ]);
    const right = await start(['--source', 'right'], {
      env: { LEAKWATCH_PUSH_GATEWAY: `http://shop:s3cret%3Aword@${host}` },
    });
    await until(async () => (await exposed()).includes('instance="right"'), { what: 'a push' });
    expect(await exposed()).not.toContain('instance="wrong"');

    for (const daemon of [wrong, right]) {
      const { text } = await daemon.metrics();
      await daemon.stop();
      expect([...daemon.log, ...daemon.lines, text].join('\n')).not.toMatch(/wr0ng|s3cret|Basic|c2hvcDp/);
    }
  });
});

interface AlertOfServer {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

describe.skipIf(!isThere('alertmanager'))('an Alertmanager', () => {
  /** Whom it notifies. */
  let people: HttpReceiver;
  let alertmanager: RealServer;
  beforeAll(async () => {
    people = await HttpReceiver.open();
    alertmanager = await RealServer.alertmanager(`
route: { receiver: people, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: people, webhook_configs: [{ url: '${people.url}', send_resolved: true }] }]
`);
  });
  afterAll(async () => {
    await alertmanager?.stop();
    await people?.close();
  });

  const alertsOf = async (group: string): Promise<AlertOfServer[]> =>
    (await alertmanager.json<AlertOfServer[]>('/api/v2/alerts')).filter(({ labels }) => labels.group === group);

  /** What people were told of a group: status and severity. */
  const toldOf = (group: string): string[] =>
    people.received
      .flatMap(({ body }) => (JSON.parse(body) as { alerts: (AlertOfServer & { status: unknown })[] }).alerts)
      .filter(({ labels }) => labels.group === group)
      .map(({ status, labels }) => `${status} ${labels.code} ${labels.severity}`);

  async function leak(puppet: Puppet, daemon: Daemon, group: string): Promise<void> {
    let zombies = 0;
    const isTold = (): boolean =>
      daemon.lines.some((line) => line.includes(` at=alert code=W11 `) && line.includes(` group=${group} `));
    await until(
      async () => {
        if (!isTold() && zombies++ < 100) await puppet.do({ zombies: 1 });
        return isTold();
      },
      { what: 'an alert', timeoutMs: 100_000, everyMs: 100 },
    );
  }

  test('has an alert while it stands, tells people, and tells them when it is over', async () => {
    const other = await HttpReceiver.start();
    const puppet = await Puppet.start({ title: 'zombie-shop' });
    onTestFinished(() => puppet.stop());
    const both = ['--alertmanager', alertmanager.url, '--alertmanager', other.url];
    const daemon = await start([...both, '--source', 'web.1', '--group', 'shop=^zombie-shop$']);
    await leak(puppet, daemon, 'shop');
    const critical = async () => (await alertsOf('shop')).find(({ labels }) => labels.severity === 'critical');
    const alert = (await until(critical, { what: 'the alert there' }))!;
    expect(alert.labels).toEqual({
      alertname: 'leakwatch_zombie_leak',
      job: 'leakwatch',
      instance: 'web.1',
      code: 'W11',
      desc: 'zombie_leak',
      group: 'shop',
      resource: 'threads',
      severity: 'critical',
    });
    expect(alert.annotations).toMatchObject({
      summary: expect.stringMatching(/^shop leaks zombies: zombie-shop \(pid \d+\) has not waited for \d+ children/),
      verdict: 'leak',
      parent: String(puppet.pid),
    });
    expect(alert.status.state).toBe('active');
    expect((Date.parse(alert.endsAt) - Date.now()) / 1000).toBeGreaterThan(170);
    await until(() => toldOf('shop').includes('firing W11 critical'), { what: 'people to be told', timeoutMs: 20_000 });

    await puppet.stop();
    await until(() => toldOf('shop').includes('resolved W11 critical'), { what: 'its end', timeoutMs: 20_000 });
    expect((await alertsOf('shop')).filter(({ labels }) => labels.code === 'W11')).toEqual([]);
    expect(await failuresOf(daemon, 'alertmanager')).toBe(0);
    // The other one has heard the same.
    const codes = other.received.flatMap(({ body }) =>
      (JSON.parse(body) as AlertOfServer[]).map(({ labels }) => labels.code),
    );
    expect(codes).toContain('W11');
    await daemon.stop();
  });

  test('goes on with an alert when we end', async () => {
    const puppet = await Puppet.start({ title: 'zombie-shop' });
    onTestFinished(() => puppet.stop());
    const daemon = await start(['--alertmanager', alertmanager.url, '--group', 'left=^zombie-shop$']);
    await leak(puppet, daemon, 'left');
    await until(async () => (await alertsOf('left')).length > 0, { what: 'the alert there' });
    await daemon.stop();
    const left = (await alertsOf('left')).filter(({ labels }) => labels.severity === 'critical');
    expect(left.map(({ status, labels }) => [status.state, labels.code])).toContainEqual(['active', 'W11']);
    expect((Date.parse(left[0]!.endsAt) - Date.now()) / 1000).toBeGreaterThan(200);
    expect(toldOf('left')).not.toContain('resolved W11 critical');
  });
});

describe('servers that are no use', () => {
  /** Samples go on as they should, and the end comes as promised: `stop` sees to it. */
  async function expectUndisturbed(daemon: Daemon): Promise<void> {
    const samples = async (): Promise<number> => (await daemon.metrics()).value('leakwatch_samples_total')!;
    const before = await samples();
    // If each of them waited for a push, this would take a hundred seconds.
    await until(async () => (await samples()) >= before + 20, { what: '20 samples', timeoutMs: 20_000 });
    expect(complaintsOf(daemon)).toHaveLength(1);
    await daemon.stop();
  }

  test('nobody listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const daemon = await start(['--push-gateway', url]);
    await until(async () => (await failuresOf(daemon, 'pushgateway'))! >= 2, { what: 'failures' });
    expect(complaintsOf(daemon)[0]).toContain('"reason":"ECONNREFUSED"');
    await expectUndisturbed(daemon);
  });

  test('it takes everything and says nothing', async () => {
    const silent = await HttpReceiver.start();
    silent.answer = () => undefined;
    const daemon = await start(['--push-gateway', silent.url]);
    await until(async () => (await failuresOf(daemon, 'pushgateway'))! >= 1, { what: 'a failure', timeoutMs: 20_000 });
    await expectUndisturbed(daemon);
    expect(silent.mostInFlight).toBe(1);
  });

  test('it comes back: what is pushed is the newest', async () => {
    const receiver = await HttpReceiver.start();
    receiver.answer = (response) => response.writeHead(503).end();
    const daemon = await start(['--push-gateway', receiver.url]);
    await until(async () => (await failuresOf(daemon, 'pushgateway'))! >= 2, { what: 'failures' });
    const before = (await daemon.metrics()).value('leakwatch_samples_total')!;
    receiver.answer = (response) => response.end();
    await daemon.logged(({ msg }) => msg === 'pushes arrive again', { what: 'a push' });
    const pushed = Number(/^leakwatch_samples_total (\d+)$/m.exec(receiver.received.at(-1)!.body)?.[1]);
    expect(pushed).toBeGreaterThanOrEqual(before);
    await daemon.stop();
  });

  const samplesIn = ({ body }: { body: string }) => Number(/^leakwatch_samples_total (\d+)$/m.exec(body)?.[1]);

  test('at the end there is one more push, of what has not been pushed', async () => {
    const receiver = await HttpReceiver.start();
    const held: ServerResponse[] = [];
    receiver.answer = (response) => void held.push(response);
    const daemon = await start(['--push-gateway', receiver.url]);
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

  test('at the end one that says nothing is given up, and not tried again', async () => {
    const silent = await HttpReceiver.start();
    silent.answer = () => undefined;
    const daemon = await start(['--push-gateway', silent.url]);
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
  /** Of the loopback network, where nobody else is; the port cannot be chosen in resolv.conf. */
  const HOST = '127.0.0.77';

  test('that does not answer holds up nothing: no lines, no samples, and not the end', async () => {
    const directory = temporaryDirectory('leakwatch-resolver-');
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(`${directory}/resolv.conf`, `nameserver ${HOST}\nsearch inside.example\n`);
    const names = await DnsServer.start({ 'push.inside.example': '127.0.0.1' }, { host: HOST, port: 53 });
    names.isSilent = true;
    const receiver = await HttpReceiver.start();
    const own = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
    const daemon = await start(['--push-gateway', `http://push:${receiver.port}`], {
      prefix: ['unshare', '--mount', 'sh', '-c', own, `${directory}/resolv.conf`],
    });
    await until(() => names.asked.length > 0, { what: 'a question' });
    const lines = daemon.lines.length;
    await daemon.line((_) => daemon.lines.length > lines + 20, { what: 'lines' });
    await until(async () => (await failuresOf(daemon, 'pushgateway'))! >= 1, { what: 'a failure', timeoutMs: 20_000 });
    names.isSilent = false;
    await receiver.count(1, 30_000);
    expect(receiver.received[0]?.headers.host).toBe(`push:${receiver.port}`);
    expect(names.asked).toContain('push.inside.example');
    // Another one, that is waiting for an answer when it is told to stop.
    names.isSilent = true;
    receiver.closeConnections();
    await daemon.stop();
  });
});

test('over TLS, to a server whose authority is known', async () => {
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
  const args = ['--push-gateway', `https://localhost:${port}`, '--source', 'a'];

  const trusting = await start(args, { env: { NODE_EXTRA_CA_CERTS: cert } });
  await until(() => paths.length > 2, { what: 'pushes' });
  expect(paths[0]).toBe('PUT /metrics/job/leakwatch/instance/a');
  await trusting.stop();

  const count = paths.length;
  const wary = await start(args);
  await until(async () => (await failuresOf(wary, 'pushgateway'))! >= 1, { what: 'a failure' });
  expect(complaintsOf(wary)[0]).toMatch(/"reason":"(DEPTH_ZERO_)?SELF_SIGNED_CERT/);
  expect(paths).toHaveLength(count);
  await wary.stop();
});

describe('the examples in docs/deploy/push.md', () => {
  const page = readFileSync(new URL('../../docs/deploy/push.md', import.meta.url), 'utf8');

  test.each([
    ['prometheus.yml', 'promtool', ['check', 'config']],
    ['rules.yml', 'promtool', ['check', 'rules']],
    ['alertmanager.yml', 'amtool', ['check-config']],
  ])('%s is good', (name, program, args) => {
    const [, content = ''] = new RegExp(`\`\`\`yaml\n(# ${name}\n[^]*?)\`\`\``).exec(page) ?? [];
    expect(content).not.toBe('');
    if (!isInstalled(program)) return console.log(`${program} is not installed: ${name} is not checked`);
    const directory = temporaryDirectory('leakwatch-examples-');
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(`${directory}/${name}`, content);
    const { status, stdout, stderr } = spawnSync(program, [...args, `${directory}/${name}`], { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  });
});
