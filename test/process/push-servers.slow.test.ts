/** What the daemon pushes arrives at a real Pushgateway and at a real Alertmanager. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { temporaryDirectory } from '../support/files.ts';
import { HttpReceiver } from '../support/http-receiver.ts';
import { Puppet } from '../support/puppet.ts';
import { complaintsOf, failuresOf, startPushing } from '../support/pushing.ts';
import { isInstalled, RealServer } from '../support/servers.ts';
import { uniqueName } from '../support/unique.ts';
import { until } from '../support/until.ts';

const missing = ['prometheus-pushgateway', 'prometheus-alertmanager'].filter((program) => !isInstalled(program));
for (const program of missing)
  console.log(`${program} is not installed (Debian: apt-get install ${program}): pushing to it is not tested`);
const isThere = (program: string): boolean => !missing.includes(`prometheus-${program}`);

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
    const title = uniqueName('pushed');
    const puppet = await Puppet.start({ title });
    onTestFinished(() => puppet.stop());
    const daemon = await startPushing([
      '--push-gateway',
      `${gateway.url}/`,
      '--app',
      'shop',
      '--source',
      'web.1',
      '--group',
      `app=^${title}$`,
    ]);
    const first = await until(() => groupOf('web.1'), { what: 'a push' });
    expect(first).toMatchObject({
      labels: { job: 'leakwatch', app: 'shop', instance: 'web.1' },
      last_push_successful: true,
    });
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
    expect(exposed).toContain(
      `leakwatch_samples_total{app="shop",instance="web.1",job="leakwatch"} ${samplesIn(last)}\n`,
    );
    if (isInstalled('promtool')) {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: exposed,
        encoding: 'utf8',
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    }
  });

  test('is told apart by names of any kind', async () => {
    await startPushing(['--push-gateway', gateway.url, '--app', 'a/b', '--source', 'shop/web.1', '--listen', 'off']);
    const group = await until(() => groupOf('shop/web.1'), { what: 'a push' });
    expect(group?.labels).toEqual({ job: 'leakwatch', app: 'a/b', instance: 'shop/web.1' });
  });

  test('has a group for each of two apps whose dynos have the same name', async () => {
    for (const app of ['left', 'right'])
      await startPushing(['--push-gateway', gateway.url, '--app', app, '--source', 'web.7', '--listen', 'off'], {
        env: { HEROKU_RELEASE_VERSION: `v-${app}` },
      });
    const groups = await until(
      async () => {
        const { data } = await gateway.json<{ data: Group[] }>('/api/v1/metrics');
        const both = data.filter(({ labels }) => labels.instance === 'web.7');
        return both.length === 2 && both;
      },
      { what: 'two groups' },
    );
    const targets = (groups || []).map((group) => group.leakwatch_target_info?.metrics[0]?.labels);
    expect(targets.map((labels) => `${labels?.app} ${labels?.source} ${labels?.release}`).toSorted()).toEqual([
      'left web.7 v-left',
      'right web.7 v-right',
    ]);
  });

  test('that wants a password gets it, and nobody else does', async () => {
    const webConfig = `basic_auth_users:\n  shop: ${hashSync('s3cret:word', 4).replace('$2b$', '$2y$')}\n`;
    const guarded = await RealServer.pushgateway({ webConfig });
    onTestFinished(() => guarded.stop());
    const { host } = new URL(guarded.url);
    const asked = { headers: { Authorization: `Basic ${Buffer.from('shop:s3cret:word').toString('base64')}` } };
    const exposed = async () => (await fetch(`${guarded.url}/metrics`, asked)).text();

    const wrong = await startPushing(['--source', 'wrong'], {
      env: { LEAKWATCH_PUSH_GATEWAY: `http://shop:wr0ng@${host}` },
    });
    await until(async () => (await failuresOf(wrong, 'pushgateway'))! >= 2, { what: 'failures' });
    expect(complaintsOf(wrong).map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, target: guarded.url, reason: 'status 401: Unauthorized' },
    ]);
    const right = await startPushing(['--source', 'right'], {
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
  readonly generatorURL: string;
  readonly status: { readonly state: string };
}

describe.skipIf(!isThere('alertmanager'))('an Alertmanager', () => {
  const title = uniqueName('shop');
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
      { what: 'an alert', everyMs: 100 },
    );
  }

  test('has an alert while it stands, tells people, and tells them when it is over', async () => {
    const other = await HttpReceiver.start();
    const puppet = await Puppet.start({ title });
    onTestFinished(() => puppet.stop());
    const both = ['--alertmanager', alertmanager.url, '--alertmanager', other.url];
    const named = ['--app', 'store', '--source', 'web.1', '--group', `shop=^${title}$`];
    const daemon = await startPushing([...both, ...named, '--runbook-url', 'https://wiki.example/runbook/']);
    await leak(puppet, daemon, 'shop');
    const critical = async () => (await alertsOf('shop')).find(({ labels }) => labels.severity === 'critical');
    const alert = (await until(critical, { what: 'the alert there' }))!;
    expect(alert.labels).toEqual({
      alertname: 'leakwatch_zombie_leak',
      job: 'leakwatch',
      app: 'store',
      instance: 'web.1',
      code: 'W11',
      desc: 'zombie_leak',
      group: 'shop',
      resource: 'threads',
      severity: 'critical',
    });
    expect(alert.annotations).toMatchObject({
      summary: expect.stringMatching(
        new RegExp(`^shop leaks zombies: ${title.slice(0, 15)} \\(pid \\d+\\) has not waited for \\d+ children`),
      ),
      todo: expect.stringMatching(/^Restart .* its zombies go at once\. Then find where it starts .*\.$/),
      runbook_url: 'https://wiki.example/runbook#w11',
      verdict: 'leak',
      parent: String(puppet.pid),
    });
    // As Prometheus does: the name of the host, and the port that the server has.
    expect(alert.generatorURL).toBe(`http://${hostname()}:${new URL(daemon.address).port}/`.toLowerCase());
    expect(alert.status.state).toBe('active');
    expect((Date.parse(alert.endsAt) - Date.now()) / 1000).toBeGreaterThan(170);
    await until(() => toldOf('shop').includes('firing W11 critical'), { what: 'people to be told' });

    await puppet.stop();
    await until(() => toldOf('shop').includes('resolved W11 critical'), { what: 'its end' });
    expect((await alertsOf('shop')).filter(({ labels }) => labels.code === 'W11')).toEqual([]);
    expect(await failuresOf(daemon, 'alertmanager')).toBe(0);
    // The other one has heard the same.
    const codes = other.received.flatMap(({ body }) =>
      (JSON.parse(body) as AlertOfServer[]).map(({ labels }) => labels.code),
    );
    expect(codes).toContain('W11');
    await daemon.stop();
  });

  test('tells two apps apart that have the same leak in dynos of the same name', async () => {
    const puppets: Puppet[] = [];
    for (const app of ['left', 'right']) {
      const own = uniqueName(app);
      const puppet = await Puppet.start({ title: own });
      onTestFinished(() => puppet.stop());
      puppets.push(puppet);
      const named = ['--app', app, '--source', 'web.1', '--group', `twin=^${own}$`];
      await leak(puppet, await startPushing(['--alertmanager', alertmanager.url, ...named]), 'twin');
    }
    const apps = async () =>
      (await alertsOf('twin'))
        .filter(({ labels }) => labels.severity === 'critical')
        .map(({ labels }) => labels.app)
        .toSorted()
        .join();
    await until(async () => (await apps()) === 'left,right', { what: 'both alerts' });
    // The end of one leaves the other.
    await puppets[0]!.stop();
    await until(async () => (await apps()) === 'right', { what: 'the end of one' });
    const told = () => toldOf('twin').filter((text) => text.endsWith('W11 critical'));
    await until(() => told().includes('resolved W11 critical'), { what: 'people to be told of it' });
    expect(told().toSorted()).toEqual(['firing W11 critical', 'firing W11 critical', 'resolved W11 critical']);
  });

  test('goes on with an alert when we end', async () => {
    const puppet = await Puppet.start({ title });
    onTestFinished(() => puppet.stop());
    const daemon = await startPushing(['--alertmanager', alertmanager.url, '--group', `left=^${title}$`]);
    await leak(puppet, daemon, 'left');
    await until(async () => (await alertsOf('left')).length > 0, { what: 'the alert there' });
    await daemon.stop();
    const left = (await alertsOf('left')).filter(({ labels }) => labels.severity === 'critical');
    expect(left.map(({ status, labels }) => [status.state, labels.code])).toContainEqual(['active', 'W11']);
    expect((Date.parse(left[0]!.endsAt) - Date.now()) / 1000).toBeGreaterThan(200);
    expect(toldOf('left')).not.toContain('resolved W11 critical');
  });
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
