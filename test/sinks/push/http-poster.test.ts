import { execFileSync } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PushTarget } from '../../../src/config/config.ts';
import { HttpPoster, type HttpPosterOptions, type Post } from '../../../src/sinks/push/http-poster.ts';
import { temporaryDirectory } from '../../support/files.ts';
import { HttpReceiver } from '../../support/http-receiver.ts';
import { until } from '../../support/until.ts';

const POST: Post = { method: 'PUT', path: '/a', contentType: 'text/plain', body: 'x ü\n' };
const never = new AbortController().signal;

function poster(target: PushTarget | HttpReceiver, options: HttpPosterOptions = {}): HttpPoster {
  const made = new HttpPoster(target, options);
  onTestFinished(() => made.close());
  return made;
}

const loopback: HttpPosterOptions['lookup'] = (_, { all }, callback) =>
  all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);

const send = (to: HttpPoster, signal = never): Promise<void> => to.send(POST, signal);

/** A server that does with each connection what the test says, and speaks no HTTP by itself. */
async function listener(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('requests arrive one after the other over one connection', async () => {
  const receiver = await HttpReceiver.start();
  const to = poster({ url: `${receiver.url}/base`, authorization: 'Basic eA==' });
  await Promise.all([send(to), send(to)]);
  await send(to);
  expect(receiver.received).toHaveLength(3);
  expect(receiver.received[2]).toMatchObject({
    method: 'PUT',
    url: '/base/a',
    body: 'x ü\n',
    connection: 1,
    headers: {
      'content-type': 'text/plain',
      'content-length': '5',
      authorization: 'Basic eA==',
      'user-agent': 'leakwatch',
    },
  });
  expect(receiver.mostInFlight).toBe(1);
});

test('a request leaves neither listeners nor timers behind', async () => {
  const receiver = await HttpReceiver.start();
  const to = poster(receiver);
  const { signal } = new AbortController();
  for (let time = 0; time < 20; time++) await send(to, signal);
  receiver.answer = (response) => response.writeHead(500).end();
  await expect(send(to, signal)).rejects.toThrow();
  await until(() => getEventListeners(signal, 'abort').length === 0, { what: 'no listeners' });
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThan(5);
});

test('any status 2xx is success, whatever the body is', async () => {
  const receiver = await HttpReceiver.start();
  const to = poster(receiver);
  for (const status of [200, 202, 204]) {
    receiver.answer = (response) => response.writeHead(status).end(status === 204 ? undefined : 'x'.repeat(70_000));
    await send(to);
  }
});

describe("a refusal is an error with the server's words, in one printable line", () => {
  test.each([
    [
      400,
      'text format parsing error\n\x1b[2J in ümlaut\n',
      'status 400: text format parsing error \\u{1b}[2J in ümlaut',
    ],
    [401, '', 'status 401'],
    [302, 'see there', 'status 302: see there'],
    [503, 'x'.repeat(100_000), `status 503: ${'x'.repeat(200)}…`],
  ])('%d', async (status, body, message) => {
    const receiver = await HttpReceiver.start();
    receiver.answer = (response) => response.writeHead(status, { Location: 'http://127.0.0.1:9/' }).end(body);
    await expect(send(poster(receiver))).rejects.toThrow(new Error(message));
    expect(receiver.received).toHaveLength(1);
  });

  test('and the next request is sent as usual', async () => {
    const receiver = await HttpReceiver.start();
    const to = poster(receiver);
    receiver.answer = (response) => response.writeHead(500).end('x'.repeat(1 << 20));
    await expect(send(to)).rejects.toThrow('status 500: xx');
    receiver.answer = (response) => response.end();
    await send(to);
  });
});

describe('a server that does not work costs its time limit', () => {
  test('no connection', async () => {
    const url = await listener(() => undefined);
    const closed = await listener((socket) => socket.destroy());
    await expect(send(poster({ url: closed }))).rejects.toThrow(/socket hang up/);
    await expect(send(poster({ url }, { timeoutMs: 30 }))).rejects.toThrow('no answer within 0.03 s');
  });

  test('a port on which nothing listens', async () => {
    const receiver = await HttpReceiver.open();
    await receiver.close();
    await expect(send(poster(receiver))).rejects.toThrow(new Error('ECONNREFUSED'));
  });

  test('an answer that never starts, or never ends', async () => {
    const receiver = await HttpReceiver.start();
    const to = poster(receiver, { timeoutMs: 50 });
    receiver.answer = () => undefined;
    await expect(send(to)).rejects.toThrow('no answer within 0.05 s');
    receiver.answer = (response) => response.writeHead(200).write('x');
    await expect(send(to)).rejects.toThrow('no answer within 0.05 s');
    receiver.answer = (response) => response.end();
    await send(to);
    // The connection of an unfinished answer is not used again.
    expect(receiver.connections).toBe(3);
  });

  test('an answer of endless size', async () => {
    const receiver = await HttpReceiver.start();
    receiver.answer = (response) => {
      const more = (): void =>
        void (response.write('x'.repeat(10_000)) ? setImmediate(more) : response.once('drain', more));
      response.on('error', () => undefined);
      response.writeHead(500);
      more();
    };
    await expect(send(poster(receiver))).rejects.toThrow('status 500: xxx');
  });

  test('a server with a different protocol', async () => {
    const url = await listener((socket) => socket.end('220 mail.example ESMTP\r\n'));
    await expect(send(poster({ url }))).rejects.toThrow(/HPE_|Parse Error/);
  });

  test('a name that does not exist', async () => {
    const to = poster(
      { url: 'http://push.example' },
      { lookup: (_, __, callback) => callback(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), '', 0) },
    );
    await expect(send(to)).rejects.toThrow(new Error('ENOTFOUND'));
  });

  test('a name whose server does not answer', async () => {
    const to = poster({ url: 'http://push.example' }, { lookup: () => undefined, timeoutMs: 30 });
    await expect(send(to)).rejects.toThrow('no answer within 0.03 s');
  });
});

test('a kept connection that the server has closed is no failure', async () => {
  const receiver = await HttpReceiver.start();
  const to = poster(receiver);
  for (let time = 1; time <= 20; time++) {
    await send(to);
    // The client may notice it before it sends again, or by sending.
    receiver.closeConnections();
  }
  expect(receiver.received).toHaveLength(20);
});

test('a server that closes each connection after a request is a failure', async () => {
  const url = await listener((socket) => socket.once('data', () => socket.destroy()));
  await expect(send(poster({ url }))).rejects.toThrow('socket hang up');
});

test('a request can be aborted', async () => {
  const receiver = await HttpReceiver.start();
  receiver.answer = () => undefined;
  const giveUp = new AbortController();
  const sent = send(poster(receiver), giveUp.signal);
  await receiver.count(1);
  giveUp.abort();
  await expect(sent).rejects.toThrow();
});

test('a host can be given by name', async () => {
  const receiver = await HttpReceiver.start();
  await send(poster({ url: `http://push.example:${receiver.port}` }, { lookup: loopback }));
  expect(receiver.received[0]?.headers.host).toBe(`push.example:${receiver.port}`);
});

test('over TLS the certificate must be signed by a known authority', async () => {
  const directory = temporaryDirectory('leakwatch-tls-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [key, cert] = [`${directory}/key`, `${directory}/cert`];
  const subject = ['-subj', '/CN=push.example', '-addext', 'subjectAltName=DNS:push.example'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
    response.end(),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const url = `https://push.example:${port}`;
  await expect(send(poster({ url }, { lookup: loopback }))).rejects.toThrow(/SELF_SIGNED_CERT/);
});
