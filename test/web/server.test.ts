import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hashSync } from 'bcryptjs';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Metric } from '../../src/model/metrics.ts';
import { PrometheusSink } from '../../src/sinks/prometheus/prometheus.ts';
import type { Publication } from '../../src/verdict/publication.ts';
import { type Server, type ServerOptions, startServer } from '../../src/web/server.ts';
import { daemonLog } from '../support/daemon-log.ts';
import { exchange } from '../support/exchange.ts';
import { temporaryDirectory, writeFiles } from '../support/files.ts';
import { IDENTITY } from '../support/identity.ts';
import { publication } from '../support/publication.ts';
import { until } from '../support/until.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly bytes: Buffer;
}

const servers: Server[] = [];
const errors: unknown[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  expect(errors.splice(0)).toEqual([]);
});

async function start(
  options: Partial<ServerOptions> & { readonly published?: Publication | undefined } = {},
): Promise<Server> {
  const { published, ...rest } = { published: publication(), ...options };
  const prometheus = new PrometheusSink({ version: '1.2.3', identity: IDENTITY });
  if (published) prometheus.publish(published);
  const server = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    prometheus,
    getPublication: () => published,
    intervalSeconds: 20,
    version: '1.2.3',
    identity: IDENTITY,
    mostConnections: () => 256,
    log: daemonLog({ error: (fields) => errors.push(fields) }),
    ...rest,
  });
  servers.push(server);
  return server;
}

/** One request on a connection of its own; fetch cannot set the Host header. */
async function ask(
  server: Server,
  path: string,
  options: RequestOptions & { body?: string; ca?: Buffer } = {},
): Promise<Answer> {
  const send = server.address.startsWith('https:') ? httpsRequest : httpRequest;
  const { body, ...rest } = options;
  const request = send(`${server.address}${path}`, { agent: false, ...rest });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return { status: response.statusCode!, headers: response.headers, bytes, body: bytes.toString() };
}

function portOf(server: Server): number {
  return Number(new URL(server.address).port);
}

function temporaryFiles(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory('leakwatch-web-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFiles(directory, files);
  return directory;
}

describe('routes', () => {
  test('the page, with a strict policy', async () => {
    const { status, headers, body } = await ask(await start(), '/');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'sha256-/);
    expect(body).toMatch(/^<!doctype html>/);
  });

  test('the report is the whole last publication', async () => {
    const { status, headers, body } = await ask(await start(), '/api/v1/report');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(JSON_TYPE);
    const { report, details, standing, events, self } = publication();
    const answer = JSON.parse(body);
    expect(Object.keys(answer).sort()).toEqual(
      [
        'bounds',
        'events',
        'eventsTotal',
        'exhaustionSeconds',
        'groups',
        'self',
        'standing',
        't',
        'target',
        'tasks',
        'version',
      ].sort(),
    );
    expect(answer).toMatchObject({
      version: '1.2.3',
      target: IDENTITY,
      t: report.t,
      bounds: report.bounds,
      eventsTotal: { W10: 1, W11: 2 },
    });
    expect(answer.groups[0]).toMatchObject(
      JSON.parse(JSON.stringify({ ...report.groups[0], ...details.get('unicorn') })),
    );
    expect(answer.standing).toEqual(standing);
    expect(answer.events).toEqual(events);
    expect(answer.self).toMatchObject({
      samplesTotal: self.samplesTotal,
      droppedTotal: { log_lines: 0, groups: 0 },
      unreadable: { 'fds:denied': 3 },
    });
    // What is unknown is absent.
    expect(answer.groups[2].series.find((series: { metric: string }) => series.metric === 'fds')).not.toHaveProperty(
      'value',
    );
  });

  test('an infinite number is absent, and __proto__ is a name like others', async () => {
    const base = publication();
    const name = '__proto__';
    const published = {
      ...base,
      report: { ...base.report, exhaustionSeconds: { threads: Number.POSITIVE_INFINITY } },
      eventsTotal: new Map([[name, 7]]),
    };
    const { body } = await ask(await start({ published }), '/api/v1/report');
    expect(body).not.toContain('null');
    expect(body).toContain('"eventsTotal":{"__proto__":7}');
    expect(JSON.parse(body).exhaustionSeconds).toEqual({});
  });

  test('points of a series', async () => {
    const asked: unknown[] = [];
    const getSeries = (group: string, metric: Metric, windowSeconds: number) => {
      asked.push([group, metric, windowSeconds]);
      return group === 'a b&c' ? [{ t: 1000, v: 3 }] : undefined;
    };
    const server = await start({ getSeries });
    const found = await ask(server, '/api/v1/series?group=a%20b%26c&metric=rss&window=6h');
    expect(found.status).toBe(200);
    expect(JSON.parse(found.body)).toEqual({
      group: 'a b&c',
      metric: 'rss',
      unit: 'bytes',
      windowSeconds: 21_600,
      points: [{ t: 1000, v: 3 }],
    });
    const unknown = await ask(server, '/api/v1/series?group=nobody&metric=threads');
    expect([unknown.status, unknown.headers['content-type'], JSON.parse(unknown.body)]).toEqual([
      404,
      JSON_TYPE,
      { error: 'there is no such group' },
    ]);
    expect(asked).toEqual([
      ['a b&c', 'rss', 21_600],
      ['nobody', 'threads', 3600],
    ]);
  });

  test.each([
    ['', 'group'],
    ['?group=a', 'metric'],
    [`?group=${'a'.repeat(201)}&metric=rss`, 'group'],
    ['?group=a&metric=cpu', 'metric'],
    ['?group=a&metric=__proto__', 'metric'],
    ['?group=a&metric=rss&window=', 'window'],
    ['?group=a&metric=rss&window=0', 'window'],
    ['?group=a&metric=rss&window=-1', 'window'],
    ['?group=a&metric=rss&window=1y', 'window'],
    ['?group=a&metric=rss&window=367d', 'window'],
    ['?group=a&metric=rss&window=1e3', 'window'],
  ])('bad parameters of a series: %s', async (query, what) => {
    const getSeries = () => {
      throw new Error('not to be asked');
    };
    const { status, headers, body } = await ask(await start({ getSeries }), `/api/v1/series${query}`);
    expect(status).toBe(400);
    expect(headers['content-type']).toBe(JSON_TYPE);
    expect(JSON.parse(body).error).toMatch(new RegExp(`^${what} must be`));
  });

  test('/healthz answers before the first sample', async () => {
    const { status, body } = await ask(await start({ published: undefined }), '/healthz');
    expect([status, body]).toEqual([200, 'ok\n']);
  });

  test('/readyz answers 200 as long as samples come', async () => {
    const server = await start({ published: undefined, intervalSeconds: 0.02 });
    const ready = async () => ask(server, '/readyz');
    expect(await ready()).toMatchObject({ status: 503, body: 'not ready: no sample has been taken yet\n' });
    await until(
      async () => {
        server.broadcast(publication());
        return (await ready()).status === 200;
      },
      { what: 'readiness' },
    );
    const late = await until(
      async () => {
        const answer = await ready();
        return answer.status === 503 ? answer : undefined;
      },
      { what: 'the sample to be too old' },
    );
    expect(late?.body).toMatch(/^not ready: the last sample is \d+ s old, more than 3 intervals of 0.02 s\n$/);
  });

  test('before the first sample', async () => {
    const server = await start({ published: undefined });
    expect(await ask(server, '/metrics')).toMatchObject({ status: 200 });
    expect((await ask(server, '/metrics')).body).toContain('leakwatch_samples_total 0\n');
    const report = await ask(server, '/api/v1/report');
    expect([report.status, report.headers['retry-after'], JSON.parse(report.body)]).toEqual([
      503,
      '20',
      { error: 'no sample has been taken yet' },
    ]);
    expect((await ask(server, '/api/v1/series?group=a&metric=rss')).status).toBe(404);
    expect((await ask(server, '/')).status).toBe(200);
  });

  test.each(['/nothing', '/metrics/', '//', '/%2e%2e/etc/passwd', '/__proto__', '/api/v1/../metrics'])(
    '404 for %s',
    async (path) => {
      const { status, headers } = await ask(await start(), '/', { path });
      expect(status).toBe(404);
      expect(headers['content-type']).toBe(path.startsWith('/api/') ? JSON_TYPE : 'text/plain; charset=utf-8');
    },
  );

  test.each(['/', '/metrics', '/api/v1/report', '/api/v1/events', '/healthz', '/readyz', '/nothing'])(
    'HEAD %s',
    async (path) => {
      const server = await start();
      const head = await ask(server, path, { method: 'HEAD' });
      expect(head.body).toBe('');
      if (path === '/api/v1/events') return expect(head.headers['content-type']).toContain('text/event-stream');
      const whole = await ask(server, path);
      expect(head.status).toBe(whole.status);
      expect(head.headers['content-type']).toBe(whole.headers['content-type']);
      expect(head.headers['content-length']).toBe(String(whole.bytes.length));
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('405 for %s', async (method) => {
    const { status, headers } = await ask(await start(), '/metrics', {
      method,
      headers: { 'content-length': 100 },
      body: 'x'.repeat(100),
    });
    expect(status).toBe(405);
    expect(headers).toMatchObject({ allow: 'GET, HEAD', connection: 'close' });
  });
});

describe('/metrics', () => {
  test('in the format that is asked for', async () => {
    const server = await start();
    const text = await ask(server, '/metrics');
    expect(text.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text.body).toContain('# TYPE leakwatch_samples_total counter\n');
    const open = await ask(server, '/metrics', {
      headers: { accept: `${OPENMETRICS};q=0.5,text/plain;version=0.0.4;q=0.3` },
    });
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.body).toContain('# TYPE leakwatch_samples counter\n');
    expect(open.headers.vary).toBe('Accept, Accept-Encoding');
  });

  test.each([
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['GZIP', true],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip; q=0.0', false],
    ['identity', false],
    ['br', false],
    ['', false],
  ])('compressed for Accept-Encoding: %s', async (encoding, compressed) => {
    const server = await start();
    const plain = await ask(server, '/metrics');
    const { headers, bytes } = await ask(server, '/metrics', { headers: { 'accept-encoding': encoding } });
    expect(headers['content-encoding']).toBe(compressed ? 'gzip' : undefined);
    expect((compressed ? gunzipSync(bytes) : bytes).toString()).toBe(plain.body);
  });

  test('an internal error is a 500 and a line in the log', async () => {
    const server = await start({ prometheus: { render: () => Promise.reject(new Error('broken')) } });
    expect((await ask(server, '/metrics')).status).toBe(500);
    expect(errors.splice(0)).toEqual([{ err: new Error('broken') }]);
    expect((await ask(server, '/healthz')).status).toBe(200);
  });
});

describe('/api/v1/events', () => {
  interface Listener {
    readonly response: IncomingMessage;
    readonly request: ClientRequest;
    /** The text received so far. */
    readonly text: () => string;
  }

  async function listen(server: Server): Promise<Listener> {
    const request = httpRequest(`${server.address}/api/v1/events`, { agent: false }).on('error', () => {});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('error', () => {});
    return { response, request, text: () => text };
  }

  test('sends each event under its name, then the sample', async () => {
    const server = await start();
    const { response, text } = await listen(server);
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await until(() => text().includes('retry:'), { what: 'the greeting' });
    const base = publication();
    const [alert] = base.events;
    const hostile = { ...alert!, at: 'resolved' as const, group: 'a\n\nevent: alert\r\ndata: x' };
    server.broadcast({ ...base, events: [alert!, hostile] });
    await until(() => text().includes('event: sample'), { what: 'the sample' });
    const messages = text()
      .split('\n\n')
      .filter((message) => message.startsWith('event:'))
      .map((message) => /^event: (\w+)\ndata: (.*)$/.exec(message))
      .map((match) => [match?.[1], JSON.parse(match?.[2] ?? 'null')]);
    expect(messages).toEqual([
      ['alert', alert],
      ['resolved', hostile],
      ['sample', { t: base.report.t, samplesTotal: 1260, groups: 3, standing: 2 }],
    ]);
  });

  test('has sixteen listeners at most, and room again when one leaves', async () => {
    const server = await start();
    const listeners = await Promise.all(Array.from({ length: 16 }, () => listen(server)));
    const refused = await ask(server, '/api/v1/events');
    expect([refused.status, refused.headers['content-type']]).toEqual([503, JSON_TYPE]);
    listeners[0]!.request.destroy();
    await until(
      async () => {
        const { response, request } = await listen(server);
        if (response.statusCode !== 200) request.destroy();
        return response.statusCode === 200;
      },
      { what: 'room for a listener' },
    );
  });

  test('disconnects a listener that does not read', async () => {
    const server = await start();
    const reader = await listen(server);
    const sleeper = connect(portOf(server), '127.0.0.1').on('error', () => {});
    onTestFinished(() => void sleeper.destroy());
    sleeper.write(`GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(sleeper, 'readable');
    const [alert] = publication().events;
    const large = { ...publication(), events: [{ ...alert!, desc: 'x'.repeat(1_000_000) }] };
    // The kernel buffers some megabytes before anything is held by the server.
    for (let sent = 1; sent <= 40; sent++) {
      server.broadcast(large);
      await until(() => reader.text().length > sent * 1_000_000, { what: 'the reader to get it', everyMs: 1 });
    }
    sleeper.resume();
    await once(sleeper, 'close');
    expect(reader.response.complete).toBe(false);
  });

  test('closing ends the listeners', async () => {
    const server = await start();
    const { response } = await listen(server);
    const ended = once(response, 'end');
    await server.close();
    await ended;
    server.broadcast(publication());
  });
});

describe('the Host header', () => {
  test.each([
    ['localhost', 200],
    ['localhost:8080', 200],
    ['LocalHost:9917', 200],
    ['127.0.0.1', 200],
    ['127.1.2.3:80', 200],
    ['[::1]:9917', 200],
    ['evil.example', 421],
    ['evil.example:9917', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['192.168.1.1', 421],
    ['localhost@evil.example', 421],
  ])('%s on loopback', async (host, status) => {
    expect((await ask(await start(), '/metrics', { headers: { host } })).status).toBe(status);
  });

  test('is not checked on a public address without a name', async () => {
    const server = await start({ listen: { host: '0.0.0.0', port: 0 }, withoutPassword: true });
    const headers = { host: 'dyno.example' };
    const { status } = await ask(server, '', { hostname: '127.0.0.1', path: '/healthz', headers });
    expect(status).toBe(200);
  });

  test('of a request in absolute form is that of its target', async () => {
    const server = await start();
    const refused = await ask(server, '/', { path: 'http://evil.example/metrics' });
    expect(refused.status).toBe(421);
    const served = await ask(server, '/', { path: 'http://localhost/healthz', headers: { host: 'evil.example' } });
    expect(served).toMatchObject({ status: 200, body: 'ok\n' });
  });
});

describe('an address that others can reach', () => {
  test('is refused without a password', async () => {
    await expect(start({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(
      /^cannot listen on 0\.0\.0\.0:\d+: anybody who reaches this address can read everything, because no password is asked for; use --web-config, or say --without-password$/,
    );
  });

  test('is warned of where that is wanted', async () => {
    const warnings: unknown[] = [];
    const log = daemonLog({ warn: (fields, line) => warnings.push([fields, line]) });
    await start({ listen: { host: '0.0.0.0', port: 0 }, withoutPassword: true, log });
    expect(warnings).toEqual([[expect.objectContaining({ address: '0.0.0.0' }), expect.stringMatching(/^anybody/)]]);
  });

  test('is served with a password', async () => {
    const directory = temporaryFiles({ 'web.yml': `basic_auth_users:\n  alice: ${hashSync('secret', 4)}\n` });
    const server = await start({ listen: { host: '0.0.0.0', port: 0 }, webConfig: join(directory, 'web.yml') });
    expect((await ask(server, '', { hostname: '127.0.0.1', path: '/metrics' })).status).toBe(401);
  });
});

describe('bounds', () => {
  test('a URL', async () => {
    const server = await start();
    expect((await ask(server, `/?${'x'.repeat(2048)}`)).status).toBe(414);
    expect((await ask(server, '/healthz', { headers: { long: 'x'.repeat(9000) } })).status).toBe(431);
  });

  test('the body of a request is not waited for', async () => {
    const server = await start();
    const socket = connect(portOf(server), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 405 /);
    expect(text).not.toContain('100 Continue');
  });
});

const statuses = (text: string): number[] => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, code]) => Number(code));
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
const LAST = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

describe('requests that come before the last is answered', () => {
  test('are answered one after the other', async () => {
    const text = await exchange((await start()).address, `${HEALTH.repeat(20)}${LAST}`);
    expect(statuses(text)).toEqual(Array(21).fill(200));
  });

  test('are dropped with their connection if they are more than may wait', async () => {
    const text = await exchange((await start()).address, HEALTH.repeat(1000));
    expect(statuses(text)).toEqual([200]);
  });

  test('are answered to a client that has ended its side', async () => {
    const server = await start();
    const socket = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true }).setEncoding('latin1');
    socket.end(HEALTH.repeat(3));
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(statuses(text)).toEqual([200, 200, 200]);
  });

  test('may come in pieces of any size', async () => {
    const server = await start();
    const socket = connect(portOf(server), '127.0.0.1').setNoDelay().setEncoding('latin1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    for (const byte of `${HEALTH}${HEALTH}${LAST}`) {
      await new Promise<void>((written) => void socket.write(byte, () => setImmediate(written)));
    }
    await once(socket, 'close');
    expect(statuses(text)).toEqual([200, 200, 200]);
  });
});

describe('what is no request', () => {
  test.each([
    ['HTTP/0.9', 'GET /healthz\r\n\r\n', [505]],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', [400]],
    ['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n', [400]],
    ['a target that is no path', 'GET healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', [400]],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n', [400]],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n', [400]],
    ['20 KB of tiny headers', `GET / HTTP/1.1\r\nHost: localhost\r\n${'a:\r\n'.repeat(5000)}\r\n`, [431]],
    ['a head without an end', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1_000_000)}`, [431]],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
    ['many in one piece', 'GET /healthz HTTP/1.1\r\n\r\n'.repeat(200), [400]],
    ['an expectation', `GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n${LAST}`, [200, 200]],
    ['HTTP/1.0 without a Host', 'GET /healthz HTTP/1.0\r\n\r\n', [200]],
  ])('%s', async (_, bytes, expected) => {
    const server = await start();
    expect(statuses(await exchange(server.address, bytes))).toEqual(expected);
    const refused = expected[0] === 200 ? 0 : 1;
    await until(() => server.refusals().get('malformed') === refused, { what: 'the count' });
    expect((await ask(server, '/healthz')).status).toBe(200);
  });
});

describe('places', () => {
  const silent = async (server: Server): Promise<Socket> => {
    const socket = connect(portOf(server), '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  };

  test('a new connection takes that of a kept one', async () => {
    const server = await start({ mostConnections: () => 4 });
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    onTestFinished(() => agent.destroy());
    const kept = Array.from({ length: 4 }, () => ask(server, '/healthz', { agent }));
    await Promise.all(kept);
    expect((await ask(server, '/healthz')).status).toBe(200);
    expect(server.refusals().get('place')).toBe(1);
  });

  test('a new connection takes that of a silent one', async () => {
    const server = await start({ mostConnections: () => 4 });
    const sockets = await Promise.all(Array.from({ length: 4 }, () => silent(server)));
    const closed = sockets.map((socket) => once(socket.resume(), 'close').then(() => socket));
    expect((await ask(server, '/healthz')).status).toBe(200);
    expect(await Promise.race(closed)).toBe(sockets[0]);
  });

  test('are given back when fewer may be there', async () => {
    let most = 10;
    const server = await start({ mostConnections: () => most });
    const sockets = await Promise.all(Array.from({ length: 10 }, () => silent(server)));
    for (const socket of sockets) socket.resume();
    // All of them are accepted before a request that comes after them is answered; it takes the place of the first.
    expect((await ask(server, '/healthz')).status).toBe(200);
    most = 2;
    server.broadcast(publication());
    await until(() => sockets.filter(({ destroyed }) => destroyed).length === 8, { what: 'eight to be closed' });
  });
});

describe('listening', () => {
  test('an address in use is one sentence', async () => {
    const port = portOf(await start());
    await expect(start({ listen: { host: '127.0.0.1', port } })).rejects.toThrow(
      new Error(
        `cannot listen on 127.0.0.1:${port}: the address is in use (another leakwatch? choose one with --listen)`,
      ),
    );
  });

  test('an address that the host does not have is one sentence', async () => {
    await expect(start({ listen: { host: '192.0.2.1', port: 9917 } })).rejects.toThrow(
      /^cannot listen on 192\.0\.2\.1:9917: this host has no such address/,
    );
  });

  test('closing frees the port, with connections open', async () => {
    const server = await start();
    const port = portOf(server);
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    const gone = once(idle, 'close');
    await server.close();
    await gone;
    const again = await start({ listen: { host: '127.0.0.1', port } });
    expect((await ask(again, '/healthz')).status).toBe(200);
  });

  test('each problem of a web configuration has a line', async () => {
    const directory = temporaryFiles({ 'web.yml': 'nonsense: 1\nmore: 2\n' });
    await expect(start({ webConfig: join(directory, 'web.yml') })).rejects.toThrow(
      /web\.yml line 1: unknown key "nonsense".*\n.*web\.yml line 2: unknown key "more"/,
    );
  });
});

describe('authentication', () => {
  const PASSWORD = 'päss:word';

  async function startWithUser(): Promise<Server> {
    const directory = temporaryFiles({ 'web.yml': `basic_auth_users:\n  alice: ${hashSync(PASSWORD, 4)}\n` });
    return start({ webConfig: join(directory, 'web.yml') });
  }

  function basic(user: string, password: string): { authorization: string } {
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  }

  test.each(['/healthz', '/readyz'])('is not needed for the probe %s', async (path) => {
    const server = await startWithUser();
    expect((await ask(server, path)).status).toBe(200);
    expect((await ask(server, `${path}/`)).status).toBe(401);
  });

  test.each(['/', '/metrics', '/api/v1/report', '/api/v1/events', '/nothing'])('is needed for %s', async (path) => {
    const server = await startWithUser();
    const refused = await ask(server, path);
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Basic realm="leakwatch", charset="UTF-8"');
    expect(refused.body).not.toContain('unicorn');
    const allowed = await ask(server, path, { method: 'HEAD', headers: basic('alice', PASSWORD) });
    expect(allowed.status).toBe(path === '/nothing' ? 404 : 200);
  });

  test.each([
    ['another password', basic('alice', 'wrong')],
    ['no password', basic('alice', '')],
    ['another user', basic('bob', PASSWORD)],
    ['a user of the prototype', basic('__proto__', PASSWORD)],
    ['no colon', { authorization: `Basic ${Buffer.from('alice').toString('base64')}` }],
    ['another scheme', { authorization: 'Bearer abc' }],
    ['nonsense', { authorization: 'Basic !!!' }],
  ])('%s is refused', async (_, headers) => {
    const server = await startWithUser();
    expect((await ask(server, '/metrics', { headers })).status).toBe(401);
    // A refusal is not cached for others, nor an acceptance.
    expect((await ask(server, '/metrics', { headers: basic('alice', PASSWORD) })).status).toBe(200);
    expect((await ask(server, '/metrics', { headers })).status).toBe(401);
    expect((await ask(server, '/metrics', { headers: basic('alice', PASSWORD) })).status).toBe(200);
  });
});

function haveOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const openssl = haveOpenssl();

describe(`TLS${openssl ? '' : ' (skipped: openssl is not installed, so there is no certificate to test with)'}`, () => {
  test.skipIf(!openssl)('with the certificate of the web configuration', async () => {
    const directory = temporaryFiles({
      'web.yml': 'tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\n  min_version: TLS13\n',
    });
    const [crt, key] = ['web.crt', 'web.key'].map((name) => join(directory, name)) as [string, string];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'].concat(
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        crt,
      ),
      { stdio: 'ignore' },
    );
    const server = await start({ webConfig: join(directory, 'web.yml') });
    expect(server.address).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const ca = readFileSync(crt);
    expect(await ask(server, '/healthz', { ca })).toMatchObject({ status: 200, body: 'ok\n' });
    const old = httpsRequest(`${server.address}/healthz`, { agent: false, ca, maxVersion: 'TLSv1.2' });
    old.end();
    await expect(once(old, 'response')).rejects.toThrow(/alert|version|handshake/i);
    const plain = connect(portOf(server), '127.0.0.1');
    plain.on('error', () => {}).write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    plain.resume();
    await once(plain, 'close');
    expect((await ask(server, '/healthz', { ca })).status).toBe(200);
  });
});
