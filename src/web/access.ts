/**
 * Who may ask: the web configuration file in force, TLS for the server and the check of each request.
 *
 *   request → credentials → undefined (allowed), or the reply that refuses it
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { DaemonLog } from '../sinks/daemon-log.ts';
import { addressBlock } from './address-block.ts';
import { BasicAuth } from './basic-auth.ts';
import { readCredentials } from './credentials.ts';
import { Denials } from './denials.ts';
import { type Reply, textReply } from './reply.ts';
import { loadWebConfig, type TlsConfig, type WebConfig } from './web-config.ts';

/** What is known of a request before it is let in. */
export interface Asking {
  readonly headers: IncomingHttpHeaders;
  /** IP address of the client; undefined if it has gone. */
  readonly address: string | undefined;
  /** Whether the client has closed the connection: what waits for a check gives its place to others. */
  readonly isGone: () => boolean;
}

/** Refused requests so far, by reason. */
export interface AccessCounts {
  /** Without credentials. */
  readonly missing: number;
  /** With credentials that are wrong. */
  readonly denied: number;
  /** Not checked, because too many others waited for a check. */
  readonly busy: number;
}

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="leakwatch", charset="UTF-8"' };
const RETRY_SECONDS = 5;

export class Access {
  readonly #config: WebConfig;
  readonly #basic: BasicAuth;
  readonly #denials: Denials;
  #missing = 0;
  #denied = 0;
  #busy = 0;

  private constructor(config: WebConfig, log: DaemonLog) {
    this.#config = config;
    this.#basic = new BasicAuth(config.users);
    this.#denials = new Denials(log);
  }

  /** @throws WebConfigError */
  static async load(path: string, log: DaemonLog): Promise<Access> {
    return new Access(loadWebConfig(path), log);
  }

  /** For createServer; undefined: plain HTTP. */
  get tls(): TlsConfig | undefined {
    return this.#config.tls;
  }

  get counts(): AccessCounts {
    return { missing: this.#missing, denied: this.#denied, busy: this.#busy };
  }

  /** To be called at each sample: tells of denied logins that no line has told yet. */
  look(): void {
    this.#denials.tell(performance.now());
  }

  /** @returns undefined if the request is allowed, else the reply to send */
  async check({ headers, address = '', isGone }: Asking): Promise<Reply | undefined> {
    if (this.#config.users.size === 0) return undefined;
    const { authorization } = headers;
    if (authorization === undefined) {
      this.#missing++;
      return textReply(401, 'a user name and a password are required', CHALLENGE);
    }
    const credentials = readCredentials(authorization);
    const isLogin = credentials?.scheme === 'basic';
    const result = isLogin
      ? await this.#basic.check(credentials, { address: addressBlock(address), isGone })
      : 'denied';
    if (result === 'allowed') return undefined;
    if (result === 'busy') {
      this.#busy++;
      return textReply(503, 'too many passwords are being checked', { 'Retry-After': RETRY_SECONDS });
    }
    this.#denied++;
    this.#denials.count({ address, ...(isLogin && { name: credentials.name }) }, performance.now());
    if (isLogin) await this.#denials.hold(address, performance.now());
    return textReply(401, 'the user name or the password is wrong', CHALLENGE);
  }
}
