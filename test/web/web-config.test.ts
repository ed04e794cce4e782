import { rmSync } from 'node:fs';
import { hashSync } from 'bcryptjs';
import { afterAll, describe, expect, test } from 'vitest';
import { awaitWebConfig, readWebConfig, type WebConfig } from '../../src/web/web-config.ts';
import { WebConfigError } from '../../src/web/web-config-error.ts';
import { hasOpenssl, makeCertificate } from '../support/certificates.ts';
import { temporaryDirectory } from '../support/files.ts';

const HASH = hashSync('secret', 4);
const SHA256 = 'ab'.repeat(32);

type Files = Readonly<Record<string, string>>;

/** The files of `/etc/web`, in memory. */
function reader(files: Files): (path: string) => string {
  return (path) => {
    const text = files[path.replace('/etc/web/', '')];
    if (text === undefined) throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
    return text;
  };
}

function read(yaml: string, files: Files = {}): WebConfig {
  return readWebConfig('/etc/web/web.yml', reader({ ...files, 'web.yml': yaml }));
}

function problemsOf(yaml: string, files: Files = {}): string[] {
  try {
    read(yaml, files);
  } catch (error) {
    expect(error).toBeInstanceOf(WebConfigError);
    return (error as WebConfigError).problems.map((problem) => problem.replace('/etc/web/', ''));
  }
  return [];
}

test('users and tokens', () => {
  const yaml = `basic_auth_users:
  alice: ${HASH}
  "bob, junior": "${HASH.replace('$2b$', '$2y$')}"
bearer_tokens:
  prometheus: sha256:${SHA256.toUpperCase()}
`;
  expect(read(yaml)).toEqual({
    tls: undefined,
    users: new Map([
      ['alice', HASH],
      ['bob, junior', HASH.replace('$2b$', '$2y$')],
    ]),
    tokens: new Map([['prometheus', Buffer.from(SHA256, 'hex')]]),
    headers: {},
    files: [{ path: '/etc/web/web.yml', secret: 'hashes' }],
  });
});

test('headers', () => {
  const yaml = `http_server_config:
  http2: false
  headers:
    Strict-Transport-Security: max-age=31536000; includeSubDomains
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: 0
    Content-Security-Policy:
bearer_tokens: {a: sha256:${SHA256}}
`;
  expect(read(yaml).headers).toEqual({
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    'X-Frame-Options': 'deny',
    'X-Content-Type-Options': 'nosniff',
    'X-XSS-Protection': '0',
  });
});

test('files are waited for, each once', async () => {
  const waited: string[] = [];
  const files = reader({
    'web.yml': 'tls_server_config: {cert_file: a.crt, key_file: b.key, client_ca_file: a.crt}\n',
  });
  const loading = awaitWebConfig('/etc/web/web.yml', async (path) => {
    waited.push(path);
    return files(path);
  });
  await expect(loading).rejects.toThrow(/cert_file a\.crt cannot be read: it does not exist\.\n.*key_file b\.key/);
  expect(waited).toEqual(['/etc/web/web.yml', '/etc/web/a.crt', '/etc/web/b.key']);
});

describe('every problem is reported', () => {
  test.each([
    ['not YAML', 'a: [', ['web.yml line 1: it is not valid YAML']],
    ['not a mapping', '- a\n', ['web.yml line 1: it must be a mapping']],
    [
      'an unknown key',
      'tls: {}\n',
      [
        'web.yml line 1: unknown key "tls"; leakwatch knows tls_server_config, http_server_config, basic_auth_users, bearer_tokens.',
      ],
    ],
    [
      'a key of the format that leakwatch does not support',
      'rate_limit:\n  interval: 1s\n  burst: 20\n',
      ['web.yml line 1: rate_limit is not supported, because one client could use up'],
    ],
    ['text for a mapping', 'basic_auth_users: alice\n', ['basic_auth_users must be a mapping.']],
    ['a list for a mapping', 'basic_auth_users: [alice]\n', ['basic_auth_users must be a mapping.']],
    ['a mapping for a hash', 'basic_auth_users: {alice: {a: b}}\n', ['basic_auth_users "alice" must be one value']],
    ['no users', 'basic_auth_users:\n', ['web.yml line 1: basic_auth_users is empty']],
    ['no users in braces', 'basic_auth_users: {}\n', ['web.yml line 1: basic_auth_users is empty']],
    ['no tokens', `basic_auth_users: {a: ${HASH}}\nbearer_tokens: {}\n`, ['web.yml line 2: bearer_tokens is empty']],
    ['a user without a hash', 'basic_auth_users:\n  alice:\n', ['web.yml line 2: basic_auth_users "alice" must have']],
    ['an empty file', '', ['web.yml: it protects nothing; it must have']],
    ['a file without protection', 'http_server_config: {http2: false}\n', ['web.yml: it protects nothing']],
    [
      'an empty TLS section',
      'tls_server_config:\n',
      ['cert_file or cert must be given', 'key_file or key must be given'],
    ],
    [
      'several at once',
      `tls_server_config:\n  cert_file: missing.crt\n  client_auth: x\n  min_version: TLS10\nbasic_auth_users:\n  alice: secret\n  "a:b": ${HASH}\n  carol: ${HASH.replace('$04$', '$15$')}\n`,
      [
        'web.yml line 3: tls_server_config has the unknown key "client_auth"; leakwatch knows cert, cert_file,',
        'web.yml line 2: tls_server_config cert_file missing.crt cannot be read: it does not exist.',
        'web.yml line 1: tls_server_config key_file or key must be given.',
        'web.yml line 4: tls_server_config min_version must be of TLS12, TLS13, not "TLS10".',
        'web.yml line 6: basic_auth_users "alice" must have a bcrypt hash',
        'web.yml line 7: basic_auth_users has the name "a:b"',
        'web.yml line 8: basic_auth_users "carol" must have a bcrypt cost from 4 to 14, not 15.',
      ],
    ],
    [
      'a user given twice',
      `basic_auth_users:\n  alice: ${HASH}\n  alice: ${HASH}\n`,
      ['basic_auth_users has "alice" more than once.'],
    ],
    [
      'a token in place of its hash',
      `bearer_tokens:\n  prometheus: ${SHA256}\n`,
      ['web.yml line 2: each of bearer_tokens must be a name with sha256: and the SHA-256 of the token in hex.'],
    ],
    [
      'HTTP/2 and headers that are not sent',
      `http_server_config:
  http2: true
  headers:
    Content-Security-Policy: default-src *
    X-Frame-Options: sameorigin
    X-Content-Type-Options: sniff
    X-XSS-Protection: 1
    Strict-Transport-Security: "a\\nb"
    Server: leakwatch
bearer_tokens: {a: sha256:${SHA256}}
`,
      [
        'web.yml line 2: http_server_config http2 must be false or left out: leakwatch serves HTTP/1.1',
        'web.yml line 9: http_server_config headers has the unknown key "Server"',
        'web.yml line 8: http_server_config headers Strict-Transport-Security must be printable ASCII.',
        'web.yml line 6: http_server_config headers X-Content-Type-Options must be nosniff.',
        'web.yml line 5: http_server_config headers X-Frame-Options must be deny',
        'web.yml line 4: http_server_config headers Content-Security-Policy is not supported: leakwatch sends its own.',
        'web.yml line 7: http_server_config headers X-XSS-Protection must be 0',
      ],
    ],
    ['headers that are no mapping', `http_server_config: {headers: [a]}\n`, ['headers must be a mapping.']],
    ['a flag', 'http_server_config: {http2: maybe}\n', ['http2 must be true or false, not "maybe".']],
  ])('%s', (_, yaml, expected) => {
    const problems = problemsOf(yaml);
    for (const [at, part] of expected.entries()) expect(problems[at]).toContain(part);
    expect(problems).toHaveLength(expected.length);
  });

  test('no file', () => {
    expect(() => readWebConfig('/nothing.yml', reader({}))).toThrow(
      /^Web configuration file \/nothing\.yml cannot be read: it does not exist\.$/,
    );
  });

  test('no more than fifty, and how many more there are', () => {
    const problems = problemsOf(Array.from({ length: 60 }, (_, at) => `key${at}: 1\n`).join(''));
    expect(problems).toHaveLength(51);
    expect(problems.at(-1)).toBe('There are 10 more problems.');
  });

  test('a hash, a token or a key is never shown', () => {
    const yaml = `basic_auth_users: {alice: hunter2}\nbearer_tokens: {a: hunter2}\ntls_server_config: {cert: hunter2, key: hunter2}\n`;
    expect(problemsOf(yaml)).toHaveLength(3);
    expect(problemsOf(yaml).join()).not.toContain('hunter2');
  });
});

describe.skipIf(!hasOpenssl())('TLS', () => {
  const directory = temporaryDirectory('leakwatch-web-config-');
  afterAll(() => rmSync(directory, { recursive: true }));
  const { cert, key } = hasOpenssl() ? makeCertificate(directory, 'server') : { cert: '', key: '' };
  const files = { 'a.crt': cert, 'a.key': key, 'b.key': 'nonsense' };
  const pair = '  cert_file: a.crt\n  key_file: a.key\n';

  test('has safe defaults', () => {
    const { tls, files: sources } = read(`tls_server_config:\n${pair}`, files);
    expect(tls).toEqual({
      config: {
        cert,
        key,
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.3',
        ciphers: expect.stringMatching(
          /^(TLS_[A-Z0-9_]+:){3}(ECDHE-(RSA|ECDSA)-(AES(128|256)-GCM|CHACHA20)-[A-Z0-9]+:?){6}$/,
        ),
        honorCipherOrder: true,
        requestCert: false,
        rejectUnauthorized: false,
        secureOptions: 0,
      },
      clients: { type: 'NoClientCert', allowedSans: [] },
    });
    expect(sources).toEqual([
      { path: '/etc/web/web.yml' },
      { path: '/etc/web/a.crt' },
      { path: '/etc/web/a.key', secret: 'key' },
    ]);
  });

  test('each key is taken over', () => {
    const yaml = `tls_server_config:
  cert: |
    ${cert.trim().replaceAll('\n', '\n    ')}
  key: |
    ${key.trim().replaceAll('\n', '\n    ')}
  client_ca: |
    ${cert.trim().replaceAll('\n', '\n    ')}
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example, 10.0.0.1]
  min_version: TLS12
  max_version: TLS12
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP256]
`;
    const { tls, files: sources } = read(yaml);
    expect(tls).toMatchObject({
      config: {
        ca: cert,
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.2',
        ciphers: expect.stringMatching(/:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384$/),
        honorCipherOrder: false,
        ecdhCurve: 'X25519:P-256',
        requestCert: true,
        rejectUnauthorized: true,
      },
      clients: { type: 'RequireAndVerifyClientCert', allowedSans: ['prometheus.example', '10.0.0.1'] },
    });
    expect(sources).toEqual([{ path: '/etc/web/web.yml', secret: 'key' }]);
  });

  test.each([
    ['  min_version: TLS11\n', 'min_version must be of TLS12, TLS13, not "TLS11".'],
    ['  min_version: TLS13\n  max_version: TLS12\n', 'max_version must not be below min_version.'],
    ['  cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]\n', 'not "TLS_RSA_WITH_AES_128_CBC_SHA".'],
    ['  cipher_suites: TLS_AES_128_GCM_SHA256\n', 'cipher_suites must be a list.'],
    ['  curve_preferences: [CurveP224]\n', 'curve_preferences must be of X25519, CurveP256, CurveP384, CurveP521,'],
    ['  prefer_server_cipher_suites: yes\n', 'must be true or false, not "yes".'],
    ['  cert: text\n', 'cert and cert_file are given; one of them is meant.'],
    ['  client_auth_type: RequestClientCert\n', 'client_auth_type RequestClientCert verifies no certificate'],
    ['  client_auth_type: RequireAnyClientCert\n', 'client_auth_type RequireAnyClientCert verifies no certificate'],
    ['  client_auth_type: Always\n', 'client_auth_type must be of NoClientCert, VerifyClientCertIfGiven,'],
    ['  client_auth_type: VerifyClientCertIfGiven\n', 'needs the client_ca_file'],
    ['  client_ca_file: a.crt\n', 'client_ca_file has no effect without a client_auth_type'],
    ['  client_allowed_sans: [a]\n', 'client_allowed_sans must name somebody, and needs the client_auth_type'],
    [
      '  client_ca_file: a.crt\n  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: []\n',
      'client_allowed_sans must name somebody',
    ],
    [
      '  client_ca_file: b.key\n  client_auth_type: RequireAndVerifyClientCert\n',
      'must be certificates of authorities in PEM',
    ],
  ])('%j is refused', (lines, problem) => {
    const problems = problemsOf(`tls_server_config:\n${pair}${lines}`, files);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]).toMatch(/^web\.yml line \d+: tls_server_config /);
  });

  test('a key that is none, or belongs to another certificate', () => {
    const other = makeCertificate(directory, 'other').key;
    for (const bad of ['nonsense', other])
      expect(problemsOf(`tls_server_config:\n${pair}`, { ...files, 'a.key': bad })).toEqual([
        expect.stringMatching(
          /^web\.yml line 2: tls_server_config cert_file and key_file must be .* in PEM: [A-Z_0-9]+\.$/,
        ),
      ]);
  });
});
