import { Gauge, Pushgateway, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { PrometheusSink } from '../../../src/sinks/prometheus/prometheus.ts';
import type { Post } from '../../../src/sinks/push/http-poster.ts';
import { HttpPoster } from '../../../src/sinks/push/http-poster.ts';
import { groupPath, PushGateway } from '../../../src/sinks/push/push-gateway.ts';
import { daemonLog } from '../../support/daemon-log.ts';
import { HttpReceiver } from '../../support/http-receiver.ts';
import { IDENTITY } from '../../support/identity.ts';
import { publication } from '../../support/publication.ts';
import { until } from '../../support/until.ts';

const log = daemonLog();

test('a push has the /metrics of the last sample, not of the one before', async () => {
  const posts: Post[] = [];
  const prometheus = new PrometheusSink({ version: '1.2.3', identity: IDENTITY, node: 'v20.19.0' });
  const gateway = new PushGateway({
    url: 'http://push.example',
    identity: IDENTITY,
    log,
    poster: { send: async (post) => void posts.push(post), close: () => undefined },
    render: () => prometheus.renderLatest(),
  });
  for (const samplesTotal of [1, 2, 3]) {
    const published = publication();
    prometheus.publish({ ...published, self: { ...published.self, samplesTotal } });
    gateway.publish();
    await until(() => posts.length === samplesTotal, { what: 'a push' });
    const post = posts[samplesTotal - 1]!;
    expect(post).toMatchObject({
      method: 'PUT',
      path: '/metrics/job/leakwatch/app/shop/instance/web.1',
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect(post.body).toContain(`\nleakwatch_samples_total ${samplesTotal}\n`);
    expect(post.body).toBe((await prometheus.renderLatest()).body);
  }
});

test("a request is the same as that of prom-client's Pushgateway, for names without special characters", async () => {
  const receiver = await HttpReceiver.start();
  const registry = new Registry();
  new Gauge({ name: 'a', help: 'b', registers: [registry] }).set(1);
  const theirs = new Pushgateway(`${receiver.url}/base`, {}, registry);
  await theirs.push({ jobName: 'leakwatch', groupings: { app: 'shop 1', instance: 'web 1@ü+x' } });
  const poster = new HttpPoster({ url: `${receiver.url}/base` });
  const gateway = new PushGateway({
    url: receiver.url,
    identity: { ...IDENTITY, app: 'shop 1', source: 'web 1@ü+x' },
    log,
    poster,
    render: async () => ({ contentType: 'text/plain', body: await registry.metrics() }),
  });
  gateway.publish();
  const [one, other] = await receiver.count(2);
  expect([other?.method, other?.url, other?.body]).toEqual([one?.method, one?.url, one?.body]);
  await gateway.close(1000);
});

test('a label value that is not a valid part of a path is written in base64', () => {
  const path = (instance: string) => groupPath('leakwatch', { instance }).slice('/metrics/job/leakwatch'.length);
  expect(path('a/b')).toBe('/instance@base64/YS9i');
  // These would be removed from a path.
  expect(['.', '..', ''].map(path)).toEqual(['/instance@base64/Lg', '/instance@base64/Li4', '/instance@base64/=']);
  expect(path('...a')).toBe('/instance/...a');
});
