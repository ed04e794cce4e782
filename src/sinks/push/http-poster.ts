/**
 * Sends request bodies to one server over one kept connection. After it was made it needs no thread, opens no file and
 * loads no code. A slow, silent or talkative server costs the time limit and no more. A refusal becomes an error whose
 * message is the reason.
 * prom-client's Pushgateway is not used: it always loads TLS, reads answers of any length, has no time limit for a
 * whole push, and does not escape a `/` in a label.
 */
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import type { LookupFunction } from 'node:net';
import type { PushTarget } from '../../config/config.ts';
import { printable } from '../../text/printable.ts';
import { createHostLookup } from './host-lookup.ts';

export interface Post {
  readonly method: 'PUT' | 'POST';
  /** Appended to the target's URL. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

export interface HttpPosterOptions {
  /** Time limit for a whole request: name lookup, connection and answer. */
  readonly timeoutMs?: number;
  readonly lookup?: LookupFunction;
  /** Certificates in PEM: the only ones that may have signed that of an https server. Absent = those that Node knows. */
  readonly ca?: string;
}

/** Longer than any healthy server needs, shorter than the default interval of 20 s. */
const TIMEOUT_MS = 5000;
/** An answer is a few words; a longer one is cut off with its connection. */
const MOST_ANSWER_BYTES = 1 << 16;
/** Bytes of a refusal that are read for the log. */
const MOST_REASON_BYTES = 200;

export class HttpPoster {
  readonly #target: PushTarget;
  readonly #timeoutMs: number;
  readonly #request: typeof requestHttp;
  readonly #options: RequestOptions;
  readonly #agent: Agent;

  /**
   * Loads all code and certificates that it will need.
   * @throws {Error} if `ca` has no certificate
   */
  constructor(target: PushTarget, { timeoutMs = TIMEOUT_MS, lookup = createHostLookup(), ca }: HttpPosterOptions = {}) {
    this.#target = target;
    this.#timeoutMs = timeoutMs;
    const kept = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
    if (target.url.startsWith('https:')) {
      // Not imported at the top: only https targets need TLS in memory. createSecureContext reads the certificates.
      const https = process.getBuiltinModule('node:https');
      // createSecureContext takes a text without a certificate, and then trusts nobody.
      if (ca !== undefined) new (process.getBuiltinModule('node:crypto').X509Certificate)(ca);
      const secureContext = process
        .getBuiltinModule('node:tls')
        .createSecureContext(ca === undefined ? {} : { ca: [ca] });
      this.#request = https.request;
      this.#agent = new https.Agent({ ...kept, secureContext });
    } else {
      this.#request = requestHttp;
      this.#agent = new Agent(kept);
    }
    this.#options = { agent: this.#agent, lookup };
  }

  /**
   * Resolves when the server has answered with status 2xx.
   * @throws {Error} with the reason as message, printable and without credentials
   */
  async send(post: Post, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    try {
      await this.#try(post, signal, this.#timeoutMs);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // The server closed the idle connection just before the request, which is no failure: try again on a new one.
      await this.#try(post, signal, this.#timeoutMs - (performance.now() - begun));
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #try({ method, path, contentType, body }: Post, signal: AbortSignal, withinMs: number): Promise<void> {
    const { url, authorization } = this.#target;
    return new Promise((resolve, reject) => {
      let response: IncomingMessage | undefined;
      const request: ClientRequest = this.#request(url + path, {
        ...this.#options,
        method,
        signal,
        headers: {
          'Content-Type': contentType,
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': 'leakwatch',
          ...(authorization !== undefined && { Authorization: authorization }),
        },
      });
      const late = setTimeout(
        () => request.destroy(new Error(`no answer within ${this.#timeoutMs / 1000} s`)),
        Math.max(0, withinMs),
      );
      request.on('response', (answer) => {
        response = answer;
        readAnswer(answer).then(resolve, reject);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && !response && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(isStale ? new StaleConnection() : new Error(networkReason(error), { cause: error }));
      });
      request.on('close', () => clearTimeout(late));
      request.end(body);
    });
  }
}

class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

async function readAnswer(answer: IncomingMessage): Promise<void> {
  const status = answer.statusCode ?? 0;
  const isAccepted = status >= 200 && status < 300;
  const texts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (bytes < MOST_REASON_BYTES) texts.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_ANSWER_BYTES) break; // leaving the loop destroys the connection
    }
  } catch (error) {
    throw new Error(networkReason(error as Error), { cause: error });
  }
  if (isAccepted) return;
  const said = printable(Buffer.concat(texts).toString('utf8').trim().replace(/\s+/g, ' '));
  throw new Error(said === '' ? `status ${status}` : `status ${status}: ${said}`);
}

/** The error code, or for a lost connection the message: `socket hang up` says more than ECONNRESET. */
function networkReason({ code, message }: NodeJS.ErrnoException): string {
  return printable(code !== undefined && code !== 'ECONNRESET' ? code : message);
}
