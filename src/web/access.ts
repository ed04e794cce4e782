/**
 * Who may ask: the web configuration file in force, TLS for the server and the check of each request.
 *
 *   request → credentials → undefined (allowed), or the reply that refuses it
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { DaemonLog } from '../sinks/daemon-log.ts';
import { BasicAuth } from './basic-auth.ts';
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

export class Access {
  readonly #config: WebConfig;
  readonly #basic: BasicAuth | undefined;
  #missing = 0;
  #denied = 0;
  #busy = 0;

  private constructor(config: WebConfig) {
    this.#config = config;
    this.#basic = config.users.size > 0 ? new BasicAuth(config.users) : undefined;
  }

  /** @throws WebConfigError */
  static async load(path: string, _log: DaemonLog): Promise<Access> {
    return new Access(loadWebConfig(path));
  }

  /** For createServer; undefined: plain HTTP. */
  get tls(): TlsConfig | undefined {
    return this.#config.tls;
  }

  get counts(): AccessCounts {
    return { missing: this.#missing, denied: this.#denied, busy: this.#busy };
  }

  /** @returns undefined if the request is allowed, else the reply to send */
  async check({ headers }: Asking): Promise<Reply | undefined> {
    if (!this.#basic) return undefined;
    if (headers.authorization === undefined) {
      this.#missing++;
      return textReply(401, 'a user name and a password are required', CHALLENGE);
    }
    const result = await this.#basic.check(headers.authorization);
    if (result === 'allowed') return undefined;
    if (result === 'busy') {
      this.#busy++;
      return textReply(503, 'too many passwords are being checked', { 'Retry-After': 1 });
    }
    this.#denied++;
    return textReply(401, 'the user name or the password is wrong', CHALLENGE);
  }
}
