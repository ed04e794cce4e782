/**
 * The web configuration file, in the format of the Prometheus exporters: TLS, users, headers, and tokens, which that
 * format has not. A key that leakwatch does not support is an error: a security setting is never ignored.
 * Source: github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md.
 */
import { dirname, resolve } from 'node:path';
import { whyUnreadable } from '../config/unreadable.ts';
import { readYaml, type YamlEntry, type YamlItem } from '../config/yaml-text.ts';
import { printable, quote } from '../text/printable.ts';
import { bcryptCost } from './basic-auth.ts';
import { readTls, TLS_KEYS, type Tls } from './tls-config.ts';
import { WebConfigError } from './web-config-error.ts';
import { type Report, WebSettings } from './web-settings.ts';

export interface WebConfig {
  readonly tls: Tls | undefined;
  /** bcrypt hashes by user name. */
  readonly users: ReadonlyMap<string, string>;
  /** SHA-256 of tokens, 32 bytes each, by the name that the file gives them. */
  readonly tokens: ReadonlyMap<string, Buffer>;
  /** Added to each answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** All that it was read from. */
  readonly files: readonly WebFile[];
}

export interface WebFile {
  readonly path: string;
  /** What others must not read: a private key; hashes, from which bad passwords can be guessed. */
  readonly secret?: 'key' | 'hashes';
}

/** Throws like node:fs, with EFBIG for a file of more than MAX_FILE_BYTES. */
type ReadFile = (path: string) => string;

const KEYS = ['tls_server_config', 'http_server_config', 'basic_auth_users', 'bearer_tokens'] as const;
type Key = (typeof KEYS)[number];

const REFUSED = new Map([
  [
    'rate_limit',
    'is not supported, because one client could use up what all may ask; leakwatch bounds connections and password checks by itself.',
  ],
]);

/** Each step of the cost doubles the time: at 14 a check takes two seconds of a core. */
const LEAST_COST = 4;
const MOST_COST = 14;

/** What `http_server_config` may set, besides what leakwatch always sends. */
const HEADER_RULES = new Map<string, { readonly isAllowed: (value: string) => boolean; readonly otherwise: string }>([
  [
    'Strict-Transport-Security',
    { isAllowed: (value) => /^[\x20-\x7e]+$/.test(value), otherwise: 'must be printable ASCII' },
  ],
  ['X-Content-Type-Options', { isAllowed: (value) => value === 'nosniff', otherwise: 'must be nosniff' }],
  ['X-Frame-Options', { isAllowed: (value) => value === 'deny', otherwise: 'must be deny, which is always sent' }],
  ['Content-Security-Policy', { isAllowed: () => false, otherwise: 'is not supported: leakwatch sends its own' }],
  ['X-XSS-Protection', { isAllowed: (value) => value === '0', otherwise: 'must be 0: browsers have given it up' }],
]);

/** @throws WebConfigError with all problems */
export function readWebConfig(path: string, readFile: ReadFile): WebConfig {
  const name = printable(path);
  const problems: string[] = [];
  const problem: Report = (line, sentence) => {
    problems.push(`${name}${line === undefined ? '' : ` line ${line}`}: ${sentence}`);
  };
  let entries: ReadonlyMap<Key, YamlEntry>;
  try {
    entries = readEntries(readFile(path), problem);
  } catch (error) {
    throw new WebConfigError([`Web configuration file ${name} cannot be read: ${whyUnreadable(error)}.`]);
  }

  const files: WebFile[] = [];
  const tls = onEntry('tls_server_config', (entry) => {
    const settings = new WebSettings('tls_server_config', entry, TLS_KEYS, problem);
    return readTls(settings, (key, text) => {
      const file = resolve(dirname(path), text);
      files.push({ path: file, ...(key === 'key_file' && { secret: 'key' }) });
      try {
        return readFile(file);
      } catch (error) {
        settings.problem(key, `${printable(text)} cannot be read: ${whyUnreadable(error)}.`);
        return undefined;
      }
    });
  });
  const headers = onEntry('http_server_config', (entry) => readHeaders(entry, problem)) ?? {};
  const users = onEntry('basic_auth_users', (entry) => readUsers(entry, problem)) ?? new Map<string, string>();
  const tokens = onEntry('bearer_tokens', (entry) => readTokens(entry, problem)) ?? new Map<string, Buffer>();
  if (problems.length === 0 && !tls && users.size === 0 && tokens.size === 0)
    problem(undefined, 'it protects nothing; it must have tls_server_config, basic_auth_users or bearer_tokens.');
  if (problems.length > 0) throw new WebConfigError(problems);
  const hasHashes = users.size + tokens.size > 0;
  const hasKey = tls !== undefined && !files.some(({ secret }) => secret === 'key');
  const secret = hasKey ? 'key' : hasHashes ? 'hashes' : undefined;
  return { tls, users, tokens, headers, files: [{ path, ...(secret && { secret }) }, ...files] };

  function onEntry<T>(key: Key, read: (entry: YamlEntry) => T): T | undefined {
    const entry = entries.get(key);
    return entry && read(entry);
  }
}

/**
 * The same for files that have to be waited for: it finds out which ones are named, and waits for these.
 * @throws WebConfigError
 */
export async function awaitWebConfig(path: string, awaitFile: (path: string) => Promise<string>): Promise<WebConfig> {
  const known = new Map<string, { readonly text: string } | { readonly error: unknown }>();
  for (;;) {
    const wanted = new Set<string>();
    const attempt = (): WebConfig =>
      readWebConfig(path, (file) => {
        const found = known.get(file);
        if (!found) wanted.add(file);
        if (!found || 'error' in found) throw found?.error ?? new Error('it has not been read yet');
        return found.text;
      });
    try {
      return attempt();
    } catch (error) {
      if (wanted.size === 0) throw error;
    }
    for (const file of wanted) {
      const result = awaitFile(file).then((text) => ({ text }));
      known.set(file, await result.catch((error: unknown) => ({ error })));
    }
  }
}

function readEntries(text: string, problem: Report): ReadonlyMap<Key, YamlEntry> {
  const entries = new Map<Key, YamlEntry>();
  for (const entry of readYaml(text, problem, 2)) {
    const refusal = REFUSED.get(entry.key);
    if (refusal !== undefined) problem(entry.line, `${entry.key} ${refusal}`);
    else if (!(KEYS as readonly string[]).includes(entry.key))
      problem(entry.line, `unknown key ${quote(entry.key)}; leakwatch knows ${KEYS.join(', ')}.`);
    else if (entry.shape !== 'mapping' && entry.items.some((item) => item.text !== '' || item.below))
      problem(entry.line, `${entry.key} must be a mapping.`);
    else entries.set(entry.key as Key, entry);
  }
  return entries;
}

function readHeaders(entry: YamlEntry, problem: Report): Readonly<Record<string, string>> {
  const settings = new WebSettings('http_server_config', entry, ['http2', 'headers'], problem);
  if (settings.flag('http2', false))
    settings.problem('http2', 'must be false or left out: leakwatch serves HTTP/1.1, which every scraper speaks.');
  const given = settings.mapping('headers');
  const headers: Record<string, string> = {};
  if (!given) return headers;
  const names = [...HEADER_RULES.keys()];
  const rows = new WebSettings('http_server_config headers', given, names, problem);
  for (const [name, { isAllowed, otherwise }] of HEADER_RULES) {
    const value = rows.text(name);
    if (value === undefined) continue;
    if (isAllowed(value)) headers[name] = value;
    else rows.problem(name, `${otherwise}.`);
  }
  return headers;
}

function readUsers(entry: YamlEntry, problem: Report): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const { line, name, text } of named(entry, problem)) {
    const cost = bcryptCost(text);
    // The hash itself is never shown.
    if (name === '' || name.includes(':')) {
      problem(line, `basic_auth_users has the name ${quote(name)}; a name must not be empty or have a colon in it.`);
    } else if (Number.isNaN(cost)) {
      problem(line, `basic_auth_users ${quote(name)} must have a bcrypt hash, as htpasswd -nBC 10 prints it.`);
    } else if (cost < LEAST_COST || cost > MOST_COST) {
      problem(
        line,
        `basic_auth_users ${quote(name)} must have a bcrypt cost from ${LEAST_COST} to ${MOST_COST}, not ${cost}.`,
      );
    } else {
      users.set(name, text);
    }
  }
  return users;
}

function readTokens(entry: YamlEntry, problem: Report): ReadonlyMap<string, Buffer> {
  const tokens = new Map<string, Buffer>();
  for (const { line, name, text } of named(entry, problem)) {
    const hex = /^sha256:([0-9a-f]{64})$/i.exec(text)?.[1];
    if (hex === undefined)
      // The name is not shown: it may be the token, in the wrong place.
      problem(line, 'each of bearer_tokens must be a name with sha256: and the SHA-256 of the token in hex.');
    else tokens.set(name, Buffer.from(hex, 'hex'));
  }
  return tokens;
}

/** The rows of a section that maps names to texts, of which it must have one. */
function named(entry: YamlEntry, problem: Report): (YamlItem & { name: string })[] {
  const rows = entry.items.flatMap(({ name, ...item }) => (name === undefined ? [] : [{ name, ...item }]));
  if (rows.length === 0)
    problem(entry.line, `${entry.key} is empty; leave it out if nobody is meant, or name somebody in it.`);
  for (const { line, name, below } of rows)
    if (below) problem(line, `${entry.key} ${quote(name)} must be one value, not a ${below.shape}.`);
  return rows.filter(({ below }) => !below);
}
