/** Certificates for tests, by openssl(1): authorities, and what they sign. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths, and the text in PEM. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * @param san `IP:127.0.0.1,DNS:a.example`
 * @param signer the authority; without one it signs itself, and may sign others
 */
export function makeCertificate(
  directory: string,
  name: string,
  { san = 'IP:127.0.0.1', signer }: { san?: string; signer?: Certificate } = {},
): Certificate {
  const [certFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${san}`];
  const signed = signer
    ? ['-CA', signer.certFile, '-CAkey', signer.keyFile, '-addext', 'basicConstraints=critical,CA:FALSE']
    : [];
  execFileSync('openssl', ['req', '-x509', ...curve, ...names, ...signed, '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  });
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}
