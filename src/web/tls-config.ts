/**
 * `tls_server_config` of the web configuration file: certificate and key of the server, versions, ciphers and curves,
 * and which certificates clients must have. What is known to be weak is refused by its name.
 * Source: github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md; RFC 8996 (TLS 1.0 and 1.1);
 * RFC 9325, section 4.2 (forward secrecy and AEAD).
 */
import { constants, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { printable } from '../text/printable.ts';
import type { WebSettings } from './web-settings.ts';

/** Options for `createServer` and `setSecureContext` of node:tls. */
export interface TlsConfig {
  /** PEM, as are the key and the certificates of the authorities. */
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly ciphers: string;
  readonly ecdhCurve?: string;
  readonly honorCipherOrder: boolean;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly secureOptions: number;
}

type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Which clients may finish the handshake. */
export interface ClientRule {
  readonly type: string;
  /** Of these one must be in the certificate; empty: any certificate that the authority has signed. */
  readonly allowedSans: readonly string[];
}

export interface Tls {
  readonly config: TlsConfig;
  readonly clients: ClientRule;
}

export const TLS_KEYS = [
  'cert',
  'cert_file',
  'key',
  'key_file',
  'client_ca',
  'client_ca_file',
  'client_auth_type',
  'client_allowed_sans',
  'min_version',
  'max_version',
  'cipher_suites',
  'prefer_server_cipher_suites',
  'curve_preferences',
] as const;

export type TlsSettings = WebSettings<(typeof TLS_KEYS)[number]>;

/** TLS10 and TLS11 are broken. */
const VERSIONS = new Map<string, TlsVersion>([
  ['TLS12', 'TLSv1.2'],
  ['TLS13', 'TLSv1.3'],
]);

/** Of TLS 1.2, with forward secrecy and authenticated encryption, by their names in Go; OpenSSL's name. */
const SUITES_OF_12 = new Map([
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
]);
/** Of TLS 1.3: always on, as in Go, whatever the list says. */
const SUITES_OF_13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const SUITES = new Map([...SUITES_OF_12, ...SUITES_OF_13.map((name) => [name, name] as const)]);

const CURVES = new Map([
  ['X25519', 'X25519'],
  ['CurveP256', 'P-256'],
  ['CurveP384', 'P-384'],
  ['CurveP521', 'P-521'],
]);

/** RequestClientCert and RequireAnyClientCert verify nothing: anybody can make such a certificate. */
const CLIENT_AUTH = new Map([
  ['NoClientCert', { requestCert: false, rejectUnauthorized: false }],
  ['VerifyClientCertIfGiven', { requestCert: true, rejectUnauthorized: false }],
  ['RequireAndVerifyClientCert', { requestCert: true, rejectUnauthorized: true }],
]);
const UNVERIFIED = new Set(['RequestClientCert', 'RequireAnyClientCert', 'RequireClientCert']);

/**
 * @param readFile returns a file that the section names, or undefined after a report
 * @returns undefined after a report
 */
export function readTls(
  settings: TlsSettings,
  readFile: (name: 'cert_file' | 'key_file' | 'client_ca_file', path: string) => string | undefined,
): Tls | undefined {
  const cert = pem('cert', true);
  const key = pem('key', true);
  const ca = pem('client_ca', false);
  const minVersion = settings.oneOf('min_version', VERSIONS) ?? 'TLSv1.2';
  const maxVersion = settings.oneOf('max_version', VERSIONS) ?? 'TLSv1.3';
  if (minVersion > maxVersion) settings.problem('max_version', 'must not be below min_version.');
  const suites = settings.allOf('cipher_suites', SUITES).filter((name) => !SUITES_OF_13.includes(name));
  const curves = settings.allOf('curve_preferences', CURVES);
  const honorCipherOrder = settings.flag('prefer_server_cipher_suites', true);
  if (ca !== undefined && !isCertificate(ca))
    settings.problem('client_ca_file', 'must be certificates of authorities in PEM.');
  const clients = readClients(settings, ca !== undefined);
  if (cert === undefined || key === undefined || !clients) return undefined;
  const { requestCert, rejectUnauthorized } = CLIENT_AUTH.get(clients.type)!;
  const config: TlsConfig = {
    cert,
    key,
    ...(ca !== undefined && { ca }),
    minVersion,
    maxVersion,
    ciphers: [...SUITES_OF_13, ...(suites.length > 0 ? suites : SUITES_OF_12.values())].join(':'),
    ...(curves.length > 0 && { ecdhCurve: curves.join(':') }),
    honorCipherOrder,
    requestCert,
    rejectUnauthorized,
    // A resumed session would not be held against authorities that have changed meanwhile.
    secureOptions: requestCert ? constants.SSL_OP_NO_TICKET : 0,
  };
  const reason = whyUseless(config);
  if (reason === undefined) return { config, clients };
  const from = settings.has('cert_file') ? 'cert_file' : 'cert';
  settings.problem(from, `and key_file must be a certificate and its key in PEM: ${reason}.`);
  return undefined;

  function pem(name: 'cert' | 'key' | 'client_ca', isNeeded: boolean): string | undefined {
    const file = `${name}_file` as const;
    const path = settings.text(file);
    const text = settings.text(name);
    if (path !== undefined && text !== undefined)
      settings.problem(name, `and ${file} are given; one of them is meant.`);
    if (path !== undefined) return readFile(file, path);
    if (text === undefined && isNeeded) settings.problem(file, `or ${name} must be given.`);
    return text;
  }
}

function readClients(settings: TlsSettings, hasAuthority: boolean): ClientRule | undefined {
  const given = settings.text('client_auth_type') ?? 'NoClientCert';
  if (UNVERIFIED.has(given)) {
    settings.problem(
      'client_auth_type',
      `${given} verifies no certificate, so anybody has one; use RequireAndVerifyClientCert.`,
    );
    return undefined;
  }
  if (!CLIENT_AUTH.has(given)) {
    settings.oneOf('client_auth_type', CLIENT_AUTH);
    return undefined;
  }
  const asks = given !== 'NoClientCert';
  if (asks && !hasAuthority)
    settings.problem('client_auth_type', `${given} needs the client_ca_file that certificates are verified with.`);
  if (!asks && hasAuthority)
    settings.problem('client_ca_file', 'has no effect without a client_auth_type such as RequireAndVerifyClientCert.');
  const allowedSans = settings.list('client_allowed_sans');
  if (settings.has('client_allowed_sans') && (allowedSans.length === 0 || given !== 'RequireAndVerifyClientCert'))
    settings.problem(
      'client_allowed_sans',
      'must name somebody, and needs the client_auth_type RequireAndVerifyClientCert.',
    );
  return { type: given, allowedSans };
}

/** Asked here, because Node takes text that is none for no certificates. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}

/** @returns what OpenSSL says of the certificates; undefined if they can be used */
function whyUseless(config: TlsConfig): string | undefined {
  try {
    // Loaded here and not imported, so that TLS takes no memory where it is not configured.
    process.getBuiltinModule('node:tls').createSecureContext(config);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return printable(code ?? message);
  }
}

/** Whether a client whose handshake is over may go on. */
export function admits({ type, allowedSans }: ClientRule, socket: TLSSocket): boolean {
  if (type === 'NoClientCert') return true;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return type === 'VerifyClientCertIfGiven';
  if (!socket.authorized) return false;
  return allowedSans.length === 0 || allowedSans.some((san) => hasSan(certificate, san));
}

/** Exactly this name, address or URI, and never the subject. */
function hasSan(certificate: X509Certificate, san: string): boolean {
  const exactly = { subject: 'never', wildcards: false, partialWildcards: false } as const;
  if (isIP(san)) return certificate.checkIP(san) !== undefined;
  if (san.includes('://')) return urisOf(certificate.subjectAltName ?? '').includes(san);
  if (san.includes('@')) return certificate.checkEmail(san, exactly) !== undefined;
  return certificate.checkHost(san, exactly) !== undefined;
}

/** @param text as Node writes it: `DNS:a, URI:"b, c"`, values with a comma or a quote as JSON */
function urisOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].flatMap(([, kind, value = '']) =>
    kind !== 'URI' ? [] : value.startsWith('"') ? [JSON.parse(value) as string] : [value],
  );
}
