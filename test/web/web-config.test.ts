import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, describe, expect, test } from 'vitest';
import { loadWebConfig, type WebConfig } from '../../src/web/web-config.ts';
import { WebConfigError } from '../../src/web/web-config-error.ts';
import { temporaryDirectory, writeFiles } from '../support/files.ts';

const directory = temporaryDirectory('leakwatch-web-config-');
const path = join(directory, 'web.yml');
afterAll(() => rmSync(directory, { recursive: true }));

const HASH = hashSync('secret', 4);

function load(yaml: string): WebConfig {
  writeFiles(directory, { 'web.yml': yaml });
  return loadWebConfig(path);
}

/** The problems of the file, with its name instead of its path. */
function problemsOf(yaml: string): string[] {
  try {
    load(yaml);
  } catch (error) {
    expect(error).toBeInstanceOf(WebConfigError);
    return (error as WebConfigError).problems.map((problem) => problem.replace(path, 'web.yml'));
  }
  return [];
}

test('users', () => {
  const { users, tls } = load(
    `basic_auth_users:\n  alice: ${HASH}\n  "bob, junior": "${HASH.replace('$2b$', '$2y$')}"\n`,
  );
  expect([...users]).toEqual([
    ['alice', HASH],
    ['bob, junior', HASH.replace('$2b$', '$2y$')],
  ]);
  expect(tls).toBeUndefined();
});

test.each(['', '# nothing\n', 'basic_auth_users:\n', 'basic_auth_users: {}\n'])('%j asks for no protection', (yaml) => {
  expect(load(yaml)).toEqual({ tls: undefined, users: new Map() });
});

describe('every problem is reported', () => {
  test.each([
    ['not YAML', 'a: [', ['web.yml line 1: it is not valid YAML']],
    ['not a mapping', '- a\n', ['web.yml line 1: it must be a mapping']],
    [
      'an unknown key',
      'tls: {}\n',
      ['web.yml line 1: unknown key "tls"; leakwatch knows tls_server_config and basic_auth_users.'],
    ],
    [
      'a key of the format that leakwatch does not support',
      'http_server_config:\n  http2: false\n',
      ['unknown key "http_server_config"'],
    ],
    ['text for a mapping', 'basic_auth_users: alice\n', ['basic_auth_users must be a mapping.']],
    ['a list for a mapping', 'basic_auth_users: [alice]\n', ['basic_auth_users must be a mapping.']],
    ['an empty TLS section', 'tls_server_config:\n', ['must have a cert_file', 'must have a key_file']],
    [
      'several at once',
      `tls_server_config:\n  cert_file: missing.crt\n  client_auth_type: RequireAndVerifyClientCert\n  min_version: TLS10\nbasic_auth_users:\n  alice: secret\n  "a:b": ${HASH}\n  carol: ${HASH.replace('$04$', '$15$')}\n`,
      [
        'web.yml line 3: tls_server_config has the unknown key "client_auth_type"; leakwatch knows cert_file, key_file, min_version.',
        'web.yml line 4: min_version must be TLS12 or TLS13, not "TLS10".',
        'web.yml line 2: cert_file missing.crt cannot be read: ENOENT.',
        'web.yml line 1: tls_server_config must have a key_file.',
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
  ])('%s', (_, yaml, expected) => {
    const problems = problemsOf(yaml);
    expect(problems).toHaveLength(expected.length);
    for (const [at, part] of expected.entries()) expect(problems[at]).toContain(part);
  });

  test('no file', () => {
    expect(() => loadWebConfig(join(directory, 'nothing.yml'))).toThrow(/nothing\.yml cannot be read: ENOENT\.$/);
  });

  test('a file without an end, and a large one, are refused after the first megabyte', () => {
    expect(() => loadWebConfig('/dev/zero')).toThrow(/zero cannot be read: it is larger than 1 MB\.$/);
    writeFiles(directory, { 'web.yml': '' });
    truncateSync(path, 200 * 2 ** 20);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => loadWebConfig(path)).toThrow(/web\.yml cannot be read: it is larger than 1 MB\.$/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
    expect(problemsOf('tls_server_config: {cert_file: /dev/zero, key_file: /dev/zero}\n')).toEqual([
      'web.yml line 1: cert_file /dev/zero cannot be read: it is larger than 1 MB.',
      'web.yml line 1: key_file /dev/zero cannot be read: it is larger than 1 MB.',
    ]);
  });

  test('files that hold no certificate', () => {
    writeFiles(directory, { 'a.crt': 'nonsense', 'a.key': 'nonsense' });
    expect(problemsOf('tls_server_config: {cert_file: a.crt, key_file: a.key}\n')).toEqual([
      expect.stringContaining('cert_file and key_file must be a certificate and its key in PEM'),
    ]);
  });

  test('a hash is never shown', () => {
    expect(problemsOf('basic_auth_users: {alice: hunter2}\n').join()).not.toContain('hunter2');
  });
});
