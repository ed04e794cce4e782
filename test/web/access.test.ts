/** The web configuration in force, through a real server: tokens, reading it again, TLS and certificates of clients. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { type PeerCertificate, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PrometheusSink } from '../../src/sinks/prometheus/prometheus.ts';
import { Access } from '../../src/web/access.ts';
import { type Server, startServer } from '../../src/web/server.ts';
import { hasOpenssl, makeCertificate } from '../support/certificates.ts';
import { daemonLog } from '../support/daemon-log.ts';
import { temporaryDirectory } from '../support/files.ts';
import { IDENTITY } from '../support/identity.ts';
import { publication } from '../support/publication.ts';

const TOKEN = randomBytes(32).toString('hex');

interface Guarded {
  readonly server: Server;
  readonly path: string;
  readonly directory: string;
  /** Messages of the log, with their fields. */
  readonly told: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

function newDirectory(): string {
  const directory = temporaryDirectory('leakwatch-access-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

async function serve(yaml: string, directory = newDirectory()): Promise<Guarded> {
  const path = join(directory, 'web.yml');
  writeFileSync(path, yaml, { mode: 0o600 });
  const told: Guarded['told'] = [];
  const tell = (fields: object, message: string): void => void told.push({ message, fields: { ...fields } });
  const server = await startServer({
    listen: { host: '127.0.0.1', port: 0 },
    prometheus: new PrometheusSink({ version: '1.2.3', identity: IDENTITY }),
    getPublication: () => undefined,
    intervalSeconds: 20,
    version: '1.2.3',
    identity: IDENTITY,
    mostConnections: () => 256,
    webConfig: path,
    log: daemonLog({ info: tell, warn: tell, error: tell }),
  });
  onTestFinished(() => server.close());
  return { server, path, directory, told };
}

/** @returns the status and the headers; the code of the error where there is no answer */
async function ask({ server }: Guarded, options: RequestOptions & { session?: Buffer } = {}) {
  const send = server.address.startsWith('https:') ? httpsRequest : httpRequest;
  const request: ClientRequest = send(`${server.address}/metrics`, { agent: false, ...options });
  request.end();
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    return { status: response.statusCode, headers: response.headers, raw: response.rawHeaders };
  } catch (error) {
    return { status: (error as NodeJS.ErrnoException).code };
  }
}

function bearer(token: string): RequestOptions {
  return { headers: { authorization: `Bearer ${token}` } };
}

function basic(name: string, password: string): RequestOptions {
  return { headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` } };
}

function tokensOf(...tokens: string[]): string {
  const rows = tokens.map((token, at) => `  t${at}: sha256:${createHash('sha256').update(token).digest('hex')}\n`);
  return `bearer_tokens:\n${rows.join('')}`;
}

function usersOf(users: Readonly<Record<string, string>>): string {
  const rows = Object.entries(users).map(([name, password]) => `  ${name}: ${hashSync(password, 4)}\n`);
  return `basic_auth_users:\n${rows.join('')}`;
}

describe('tokens', () => {
  test('one of them is enough, beside passwords', async () => {
    const guarded = await serve(`${tokensOf('x'.repeat(40), TOKEN)}${usersOf({ alice: 'secret' })}`);
    for (const options of [bearer(TOKEN), bearer('x'.repeat(40)), basic('alice', 'secret')])
      expect(await ask(guarded, options)).toMatchObject({ status: 200 });
    for (const options of [bearer(`${TOKEN}0`), bearer(TOKEN.slice(1)), basic('alice', TOKEN), basic('t1', TOKEN)])
      expect(await ask(guarded, options)).toMatchObject({ status: 401 });
    const { raw = [] } = await ask(guarded);
    expect(raw.filter((_, at) => raw[at - 1]?.toLowerCase() === 'www-authenticate')).toEqual([
      'Basic realm="leakwatch", charset="UTF-8"',
      'Bearer realm="leakwatch"',
    ]);
  });

  test('a short one is never right', async () => {
    const short = TOKEN.slice(0, 31);
    const guarded = await serve(tokensOf(short, TOKEN.slice(0, 32)));
    expect(await ask(guarded, bearer(short))).toMatchObject({ status: 401 });
    expect(await ask(guarded, bearer(TOKEN.slice(0, 32)))).toMatchObject({ status: 200 });
    expect(await ask(guarded)).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="leakwatch"' },
    });
  });

  test('a wrong one is told without itself', async () => {
    const guarded = await serve(tokensOf(TOKEN));
    const wrong = randomBytes(32).toString('hex');
    await ask(guarded, bearer(wrong));
    expect(guarded.told).toEqual([
      { message: expect.stringContaining('denied'), fields: { denied: 1, address: '127.0.0.1' } },
    ]);
    expect(JSON.stringify(guarded.told)).not.toContain(wrong);
  });
});

test('headers of the configuration are sent with each answer', async () => {
  const hsts = 'max-age=31536000';
  const guarded = await serve(
    `http_server_config: {headers: {Strict-Transport-Security: ${hsts}}}\n${tokensOf(TOKEN)}`,
  );
  for (const options of [{}, bearer(TOKEN)])
    expect((await ask(guarded, options)).headers).toMatchObject({
      'strict-transport-security': hsts,
      'x-frame-options': 'DENY',
    });
});

describe('read again', () => {
  test('new users come in, and old ones do not', async () => {
    const guarded = await serve(usersOf({ alice: 'secret', bob: 'secret' }));
    expect(await ask(guarded, basic('alice', 'secret'))).toMatchObject({ status: 200 });
    expect(await ask(guarded, basic('bob', 'secret'))).toMatchObject({ status: 200 });
    writeFileSync(guarded.path, `${usersOf({ alice: 'other', carol: 'secret' })}${tokensOf(TOKEN)}`);
    guarded.server.reload();
    expect(await ask(guarded, basic('alice', 'secret'))).toMatchObject({ status: 401 });
    expect(await ask(guarded, basic('bob', 'secret'))).toMatchObject({ status: 401 });
    for (const options of [basic('alice', 'other'), basic('carol', 'secret'), bearer(TOKEN)])
      expect(await ask(guarded, options)).toMatchObject({ status: 200 });
    expect(guarded.told.map(({ message }) => message)).toContain('the web configuration was read again');
  });

  test('open connections of those who may not come in any more are closed', async () => {
    const guarded = await serve(tokensOf(TOKEN, 'x'.repeat(40)));
    const listening = httpRequest(`${guarded.server.address}/api/v1/events`, { agent: false, ...bearer(TOKEN) });
    listening.end();
    const [events] = (await once(listening, 'response')) as [IncomingMessage];
    events.resume();
    writeFileSync(guarded.path, tokensOf(TOKEN, 'x'.repeat(40), 'y'.repeat(40)));
    guarded.server.reload();
    expect(await ask(guarded, bearer('y'.repeat(40)))).toMatchObject({ status: 200 });
    expect(events.closed).toBe(false);
    const closed = once(events, 'close').catch(() => undefined);
    writeFileSync(guarded.path, tokensOf('x'.repeat(40)));
    guarded.server.reload();
    await closed;
    expect(await ask(guarded, bearer(TOKEN))).toMatchObject({ status: 401 });
  });

  test.each([
    ['emptied', ''],
    ['without users', 'http_server_config: {http2: false}\n'],
    ['wrong', 'basic_auth_users: {alice: secret}\n'],
    ['no YAML', 'basic_auth_users: {'],
    ['gone', undefined],
  ])('a file that is %s changes nothing, and is told once', async (_, yaml) => {
    const guarded = await serve(usersOf({ alice: 'secret' }));
    if (yaml === undefined) rmSync(guarded.path);
    else writeFileSync(guarded.path, yaml);
    guarded.server.reload();
    for (let at = 0; at < 3; at++) guarded.server.broadcast(publication());
    expect(await ask(guarded)).toMatchObject({ status: 401 });
    expect(await ask(guarded, basic('alice', 'wrong'))).toMatchObject({ status: 401 });
    expect(await ask(guarded, basic('alice', 'secret'))).toMatchObject({ status: 200 });
    const errors = guarded.told.filter(({ fields }) => 'problems' in fields);
    expect(errors).toEqual([
      { message: expect.stringContaining('stays in force'), fields: { problems: [expect.any(String)] } },
    ]);
    // A file that is right again is taken.
    writeFileSync(guarded.path, tokensOf(TOKEN));
    guarded.server.reload();
    expect(await ask(guarded, bearer(TOKEN))).toMatchObject({ status: 200 });
  });
});

test('a file that others can read is told', async () => {
  const directory = newDirectory();
  const path = join(directory, 'web.yml');
  const told: unknown[] = [];
  const load = async (mode: number) => {
    writeFileSync(path, tokensOf(TOKEN));
    chmodSync(path, mode);
    await Access.load(path, daemonLog({ warn: (fields, message) => told.push([fields, message]) }));
    return told.splice(0);
  };
  expect(await load(0o644)).toEqual([
    [
      { file: path, mode: '0644' },
      'others can read this file with hashes of passwords or tokens; it should have mode 0600',
    ],
  ]);
  expect(await load(0o640)).toEqual([]);
  expect(await load(0o600)).toEqual([]);
});

describe.skipIf(!hasOpenssl())('TLS', () => {
  const PAIR = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';

  /** Whose certificate the server shows, and what was agreed on; the code of the error if nothing was. */
  async function shake(
    { server }: Guarded,
    options: object = {},
  ): Promise<{ name?: unknown; cipher?: string; error?: string }> {
    const socket: TLSSocket = tlsConnect({
      port: Number(new URL(server.address).port),
      rejectUnauthorized: false,
      ...options,
    });
    try {
      await once(socket, 'secureConnect');
      return {
        name: (socket.getPeerCertificate() as PeerCertificate).subject.CN,
        cipher: socket.getCipher().standardName,
      };
    } catch (error) {
      return { error: (error as NodeJS.ErrnoException).code ?? '' };
    } finally {
      socket.destroy();
    }
  }

  test('a new certificate is shown at once, and a wrong one is not', async () => {
    const directory = newDirectory();
    makeCertificate(directory, 'server');
    const other = makeCertificate(directory, 'other');
    const guarded = await serve(PAIR, directory);
    expect((await shake(guarded)).name).toBe('server');
    // The key comes after the certificate, as programs that renew them do it.
    renameSync(other.certFile, join(directory, 'server.crt'));
    guarded.server.reload();
    expect((await shake(guarded)).name).toBe('server');
    renameSync(other.keyFile, join(directory, 'server.key'));
    guarded.server.reload();
    expect((await shake(guarded)).name).toBe('other');
    const messages = guarded.told.map(({ message }) => message);
    expect(messages.filter((message) => message.includes('stays in force'))).toHaveLength(1);
    expect(messages).toContain('the web configuration was read again');
  });

  test('TLS and the need of a certificate are not changed while it runs', async () => {
    const directory = newDirectory();
    const { certFile } = makeCertificate(directory, 'server');
    const guarded = await serve(`${PAIR}${tokensOf(TOKEN)}`, directory);
    for (const yaml of [
      tokensOf(TOKEN),
      `${PAIR}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ${certFile}\n`,
    ]) {
      writeFileSync(guarded.path, yaml);
      guarded.server.reload();
      expect((await shake(guarded)).name).toBe('server');
    }
    expect(guarded.told.flatMap(({ fields }) => fields.problems ?? [])).toEqual([
      `${guarded.path}: TLS is turned on and off by a restart.`,
      `${guarded.path}: client_auth_type is changed by a restart.`,
    ]);
  });

  test.each([
    ['forward secrecy and AEAD', {}, 'TLS_AES_128_GCM_SHA256'],
    ['the same of TLS 1.2', { maxVersion: 'TLSv1.2' }, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    ['no CBC with SHA-1', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }, undefined],
    ['no CBC with SHA-256', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }, undefined],
    ['no RSA key exchange', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }, undefined],
    ['no TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, undefined],
  ])('%s', async (_, options, cipher) => {
    const directory = newDirectory();
    makeCertificate(directory, 'server');
    const guarded = await serve(PAIR, directory);
    const result = await shake(guarded, options);
    expect(result.cipher).toBe(cipher);
    if (cipher === undefined) expect(result.error).toMatch(/ALERT|SSL/);
  });

  test('the suites, versions and curves of the file', async () => {
    const directory = newDirectory();
    makeCertificate(directory, 'server');
    const chosen =
      '  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]\n  curve_preferences: [CurveP384]\n';
    const guarded = await serve(`${PAIR}${chosen}`, directory);
    expect((await shake(guarded)).cipher).toBe('TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256');
    expect((await shake(guarded, { ecdhCurve: 'P-384:P-256' })).cipher).toBe(
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
    );
    for (const options of [
      { ecdhCurve: 'X25519:P-256' },
      { minVersion: 'TLSv1.3' },
      { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    ])
      expect((await shake(guarded, options)).error).toMatch(/ALERT|SSL/);
  });

  describe('certificates of clients', () => {
    const SANS = 'DNS:prometheus.example,IP:10.0.0.1,email:ops@example.org,URI:spiffe://example.org/prometheus';
    const kinds = ['none', 'signed', 'stranger'] as const;

    function certificates() {
      const directory = newDirectory();
      makeCertificate(directory, 'server');
      const authority = makeCertificate(directory, 'authority', { san: 'DNS:authority' });
      const signed = makeCertificate(directory, 'signed', { san: SANS, signer: authority });
      const stranger = makeCertificate(directory, 'stranger', { san: SANS });
      return { directory, authority, options: { none: {}, signed, stranger } };
    }

    test.each([
      ['NoClientCert', { none: 200, signed: 200, stranger: 200 }],
      ['VerifyClientCertIfGiven', { none: 200, signed: 200, stranger: undefined }],
      ['RequireAndVerifyClientCert', { none: undefined, signed: 200, stranger: undefined }],
    ])('%s', async (type, expected) => {
      const { directory, options } = certificates();
      const authority = type === 'NoClientCert' ? '' : '  client_ca_file: authority.crt\n';
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const guarded = await serve(`${PAIR}  client_auth_type: ${type}\n${authority}`, directory);
        for (const kind of kinds) {
          const { cert, key } = { cert: undefined, key: undefined, ...options[kind] };
          const { status } = await ask(guarded, { rejectUnauthorized: false, maxVersion, ...(cert && { cert, key }) });
          expect([kind, typeof status === 'number' ? status : undefined]).toEqual([kind, expected[kind]]);
        }
      }
    });

    test.each([
      ['prometheus.example', true],
      ['10.0.0.1', true],
      ['ops@example.org', true],
      ['spiffe://example.org/prometheus', true],
      ['signed', false],
      ['example', false],
      ['"*.example"', false],
      ['10.0.0.2', false],
      ['spiffe://example.org', false],
    ])('client_allowed_sans: [%s]: %s', async (san, isAllowed) => {
      const { directory, options } = certificates();
      const rule = `  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.crt\n  client_allowed_sans: [other, ${san}]\n`;
      const guarded = await serve(`${PAIR}${rule}`, directory);
      const { cert, key } = options.signed;
      const { status } = await ask(guarded, { rejectUnauthorized: false, cert, key });
      expect(status === 200).toBe(isAllowed);
    });

    test('another authority: who was let in by the last one is not any more, with or without a session', async () => {
      const { directory, options } = certificates();
      const { cert, key } = options.signed;
      const rule = '  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.crt\n';
      const guarded = await serve(`${PAIR}${rule}`, directory);
      let session: Buffer | undefined;
      const port = Number(new URL(guarded.server.address).port);
      const socket = tlsConnect({ port, rejectUnauthorized: false, cert, key });
      socket.on('session', (offered) => {
        session = offered;
      });
      socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      await once(socket, 'data');
      const closed = once(socket, 'close');
      socket.resume();
      writeFileSync(guarded.path, `${PAIR}${rule.replace('authority.crt', 'stranger.crt')}`);
      guarded.server.reload();
      await closed;
      expect((await ask(guarded, { rejectUnauthorized: false, cert, key })).status).not.toBe(200);
      if (session) expect((await ask(guarded, { rejectUnauthorized: false, cert, key, session })).status).not.toBe(200);
      const { cert: other, key: otherKey } = options.stranger;
      expect((await ask(guarded, { rejectUnauthorized: false, cert: other, key: otherKey })).status).toBe(200);
    });
  });

  test('a key that others can read is told', async () => {
    const directory = newDirectory();
    const { keyFile } = makeCertificate(directory, 'server');
    chmodSync(keyFile, 0o640);
    const { told } = await serve(PAIR, directory);
    expect(told).toEqual([
      {
        message: 'others can read this file with a private key; it should have mode 0600',
        fields: { file: keyFile, mode: '0640' },
      },
    ]);
  });
});
