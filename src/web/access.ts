/**
 * Who may ask: the web configuration in force, and the check of each request against it. The files are read again when
 * they change and when that is asked for; while they are wrong, what was in force stays in force.
 *
 *   request → credentials → undefined (allowed), or the reply that refuses it
 */
import { statSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { awaitTextFile, readTextFile } from '../config/text-file.ts';
import { MAX_FILE_BYTES } from '../config/unreadable.ts';
import type { DaemonLog } from '../sinks/daemon-log.ts';
import { printable } from '../text/printable.ts';
import { addressBlock } from './address-block.ts';
import { BasicAuth } from './basic-auth.ts';
import { isKnownToken } from './bearer-auth.ts';
import { type Credentials, readCredentials } from './credentials.ts';
import { Denials } from './denials.ts';
import { type Reply, textReply } from './reply.ts';
import { admits, type TlsConfig } from './tls-config.ts';
import { awaitWebConfig, readWebConfig, type WebConfig } from './web-config.ts';
import { WebConfigError } from './web-config-error.ts';
import { WebFiles } from './web-files.ts';

/** What is known of a request before it is let in. */
export interface Asking {
  readonly headers: IncomingHttpHeaders;
  /** IP address of the client; undefined if it has gone. */
  readonly address: string | undefined;
  /** Whether the client has closed the connection: what waits for a check gives its place to others. */
  readonly isGone: () => boolean;
}

const RETRY_SECONDS = 5;
/** How often files that were wrong are tried again. A key may come after its certificate, and nothing tells which file is awaited. */
const TRY_AGAIN_MS = 5000;
const BUSY: Reply = {
  ...textReply(503, 'too many passwords are being checked', { 'Retry-After': RETRY_SECONDS }),
  refused: 'busy',
};

export class Access {
  readonly #path: string;
  readonly #log: DaemonLog;
  readonly #basic: BasicAuth;
  readonly #denials: Denials;
  #config: WebConfig;
  #files: WebFiles;
  /** Why the files could not be taken over at the last try. */
  #problem: string | undefined;
  #triedAt = 0;
  /** Called with the certificates for the handshakes to come. */
  onCertificate: ((tls: TlsConfig) => void) | undefined;
  /** Called when somebody may not come in any more, though a connection may be open. */
  onWithdrawal: (() => void) | undefined;

  private constructor(path: string, config: WebConfig, log: DaemonLog) {
    this.#path = path;
    this.#log = log;
    this.#config = config;
    this.#basic = new BasicAuth(config.users);
    this.#denials = new Denials(log);
    this.#files = new WebFiles(config.files, performance.now());
    this.#files.warn(log);
  }

  /**
   * @param signal ends the wait for a command in `<(command)`
   * @throws WebConfigError
   */
  static async load(path: string, log: DaemonLog, signal: AbortSignal = new AbortController().signal): Promise<Access> {
    const config = await awaitWebConfig(path, (file) => awaitTextFile(file, MAX_FILE_BYTES, signal));
    return new Access(path, config, log);
  }

  /** For createServer; undefined: plain HTTP. */
  get tls(): TlsConfig | undefined {
    return this.#config.tls?.config;
  }

  /** For each answer, besides those that the server always sends. */
  get headers(): Readonly<Record<string, string>> {
    return this.#config.headers;
  }

  /** Whether a client must have a password, a token or a certificate. */
  get isGuarded(): boolean {
    return asksForLogin(this.#config) || this.#config.tls?.config.rejectUnauthorized === true;
  }

  /** To be called at each sample: reads the files again if they have changed, and tells of denied logins. */
  look(): void {
    const now = performance.now();
    this.#denials.tell(now);
    const isTriedAgain = this.#problem !== undefined && now - this.#triedAt >= TRY_AGAIN_MS;
    if (this.#files.haveChanged(now) || isTriedAgain) this.#readAgain();
  }

  /** Reads the files again, changed or not, as SIGHUP asks for. */
  reload(): void {
    this.#problem = undefined;
    this.#readAgain();
  }

  /** Whether a client whose handshake is over may go on. */
  admits(socket: TLSSocket): boolean {
    const { tls } = this.#config;
    return !tls || admits(tls.clients, socket);
  }

  /** @returns undefined if the request is allowed, else the reply to send */
  async check({ headers: { authorization }, address = '', isGone }: Asking): Promise<Reply | undefined> {
    if (!asksForLogin(this.#config)) return undefined;
    if (authorization === undefined) return this.#challenge('a password or a token is required');
    const credentials = readCredentials(authorization);
    const result = await this.#resultFor(credentials, { address: addressBlock(address), isGone });
    if (result === 'allowed') return undefined;
    if (result === 'busy') return BUSY;
    const login = credentials?.scheme === 'basic' ? credentials : undefined;
    this.#denials.count({ address, ...(login && { name: login.name }) }, performance.now());
    if (login) await this.#denials.hold(address, performance.now());
    return this.#challenge('the password or the token is wrong');
  }

  async #resultFor(credentials: Credentials | undefined, asker: Parameters<BasicAuth['check']>[1]) {
    if (credentials?.scheme === 'basic') return this.#basic.check(credentials, asker);
    const isKnown = credentials !== undefined && isKnownToken(this.#config.tokens.values(), credentials.token);
    return isKnown ? 'allowed' : 'denied';
  }

  #challenge(line: string): Reply {
    const { users, tokens } = this.#config;
    const schemes = [
      ...(users.size > 0 ? ['Basic realm="leakwatch", charset="UTF-8"'] : []),
      ...(tokens.size > 0 ? ['Bearer realm="leakwatch"'] : []),
    ];
    return { ...textReply(401, line, { 'WWW-Authenticate': schemes }), refused: 'denied' };
  }

  /** Reads without waiting: no file operation here needs a thread. */
  #readAgain(): void {
    const path = printable(this.#path);
    this.#triedAt = performance.now();
    try {
      const config = readWebConfig(this.#path, readFileAgain);
      const refusal = whyRestart(this.#config, config);
      if (refusal !== undefined) throw new WebConfigError([`${path}: ${refusal}`]);
      this.#takeOver(config);
      this.#problem = undefined;
      this.#log.info({ file: path }, 'the web configuration was read again');
      this.#files.warn(this.#log);
    } catch (error) {
      const problem = (error as Error).message;
      if (problem !== this.#problem)
        this.#log.error(
          { problems: problem.split('\n') },
          'the web configuration has changed and is wrong; what was in force stays in force',
        );
      this.#problem = problem;
    }
  }

  #takeOver(config: WebConfig): void {
    const before = this.#config;
    if (config.tls) this.onCertificate?.(config.tls.config);
    this.#config = config;
    this.#basic.setUsers(config.users);
    this.#files = new WebFiles(config.files, performance.now());
    if (withdraws(before, config)) this.onWithdrawal?.();
  }
}

function readFileAgain(path: string): string {
  if (!statSync(path).isFile()) throw new Error('it is not a file, so it cannot be read again');
  return readTextFile(path, MAX_FILE_BYTES);
}

function asksForLogin({ users, tokens }: WebConfig): boolean {
  return users.size + tokens.size > 0;
}

/** A file that is half written, or emptied by mistake, must not open the door. */
function whyRestart(before: WebConfig, after: WebConfig): string | undefined {
  if ((before.tls === undefined) !== (after.tls === undefined)) return 'TLS is turned on and off by a restart.';
  if (before.tls?.clients.type !== after.tls?.clients.type) return 'client_auth_type is changed by a restart.';
  if (asksForLogin(before) && !asksForLogin(after)) return 'the last user and the last token are removed by a restart.';
  return undefined;
}

/** Whether somebody who could come in before cannot now. */
function withdraws(before: WebConfig, after: WebConfig): boolean {
  const hasChanged = (key: (config: WebConfig) => unknown): boolean =>
    JSON.stringify(key(before)) !== JSON.stringify(key(after));
  const tokensAfter = new Set([...after.tokens.values()].map((digest) => digest.toString('hex')));
  return (
    [...before.users].some(([name, hash]) => after.users.get(name) !== hash) ||
    [...before.tokens.values()].some((digest) => !tokensAfter.has(digest.toString('hex'))) ||
    (!asksForLogin(before) && asksForLogin(after)) ||
    hasChanged(({ tls }) => tls?.clients) ||
    hasChanged(({ tls }) => tls?.config.ca)
  );
}
