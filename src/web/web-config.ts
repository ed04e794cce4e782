/**
 * TLS and basic authentication from a file in the web configuration format of the Prometheus exporters: certificate,
 * key, lowest version, users. A key that leakwatch does not support is an error: a security setting is never ignored.
 * Source: github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md. Read once, at boot.
 */
import { dirname, resolve } from 'node:path';
import { MAX_FILE_BYTES } from '../config/load.ts';
import { readTextFile } from '../config/text-file.ts';
import { readYaml, type YamlEntry, type YamlItem } from '../config/yaml-text.ts';
import { printable, quote } from '../text/printable.ts';
import { formatBytes } from '../text/quantity.ts';
import { bcryptCost } from './basic-auth.ts';
import { WebConfigError } from './web-config-error.ts';

export interface TlsConfig {
  /** PEM, as is the key. */
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export interface WebConfig {
  readonly tls: TlsConfig | undefined;
  /** bcrypt hashes by user name; empty: no password is asked for. */
  readonly users: ReadonlyMap<string, string>;
}

const KEYS = ['tls_server_config', 'basic_auth_users'];
const TLS_KEYS = ['cert_file', 'key_file', 'min_version'];
const TLS_VERSIONS = new Map<string, TlsConfig['minVersion']>([
  ['TLS12', 'TLSv1.2'],
  ['TLS13', 'TLSv1.3'],
]);

/** Each step of the cost doubles the time: at 14 a check takes about a second, and a longer one would delay samples. */
const LEAST_COST = 4;
const MOST_COST = 14;

/** @throws WebConfigError */
export function loadWebConfig(path: string): WebConfig {
  const name = printable(path);
  const problems: string[] = [];
  const text = readFile(path, (reason) => problems.push(`Web configuration file ${name} cannot be read: ${reason}.`));
  if (text === undefined) throw new WebConfigError(problems);
  const problem = (line: number | undefined, sentence: string): void => {
    problems.push(`${name}${line === undefined ? '' : ` line ${line}`}: ${sentence}`);
  };

  let tls: TlsConfig | undefined;
  let users: ReadonlyMap<string, string> = new Map();
  for (const entry of readYaml(text, problem)) {
    if (!KEYS.includes(entry.key)) {
      problem(entry.line, `unknown key ${quote(entry.key)}; leakwatch knows ${KEYS.join(' and ')}.`);
    } else if (entry.shape !== 'mapping' && entry.items.some((item) => item.text !== '')) {
      problem(entry.line, `${entry.key} must be a mapping.`);
    } else if (entry.key === 'tls_server_config') {
      tls = readTls(entry, dirname(path), problem);
    } else {
      users = readUsers(entry, problem);
    }
  }
  if (problems.length > 0) throw new WebConfigError(problems);
  return { tls, users };
}

type Report = (line: number | undefined, sentence: string) => void;

function readTls(entry: YamlEntry, directory: string, problem: Report): TlsConfig | undefined {
  const settings = new Map(named(entry).map((item) => [item.name, item]));
  for (const { name, line } of settings.values()) {
    if (!TLS_KEYS.includes(name)) {
      problem(line, `tls_server_config has the unknown key ${quote(name)}; leakwatch knows ${TLS_KEYS.join(', ')}.`);
    }
  }
  const version = settings.get('min_version');
  const minVersion = TLS_VERSIONS.get(version?.text ?? 'TLS12');
  if (!minVersion) problem(version?.line, `min_version must be TLS12 or TLS13, not ${quote(version?.text ?? '')}.`);

  const [cert, key] = ['cert_file', 'key_file'].map((name) => {
    const setting = settings.get(name);
    if (!setting || setting.text === '') {
      problem(setting?.line ?? entry.line, `tls_server_config must have a ${name}.`);
      return undefined;
    }
    const { line, text } = setting;
    return readFile(resolve(directory, text), (reason) =>
      problem(line, `${name} ${printable(text)} cannot be read: ${reason}.`),
    );
  });
  if (!cert || !key || !minVersion) return undefined;
  try {
    // Loaded here and not imported, so that TLS takes no memory where it is not configured.
    process.getBuiltinModule('node:tls').createSecureContext({ cert, key });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    problem(
      entry.line,
      `cert_file and key_file must be a certificate and its key in PEM: ${printable(code ?? message)}.`,
    );
  }
  return { cert, key, minVersion };
}

function readUsers(entry: YamlEntry, problem: Report): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const { line, name, text } of named(entry)) {
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

function named(entry: YamlEntry): (YamlItem & { name: string })[] {
  return entry.items.flatMap(({ name, ...item }) => (name === undefined ? [] : [{ name, ...item }]));
}

function readFile(path: string, failed: (reason: string) => void): string | undefined {
  try {
    return readTextFile(path, MAX_FILE_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    failed(code === 'EFBIG' ? `it is larger than ${formatBytes(MAX_FILE_BYTES)}` : printable(code ?? String(error)));
    return undefined;
  }
}
