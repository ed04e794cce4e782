/**
 * Sends bodies to one server over one connection that is kept: no thread, no file and nothing loaded after it was made, and
 * a server that is slow, silent or talkative costs its time limit and no more. What it is refused with becomes a reason.
 *
 * Not prom-client's Pushgateway: it loads TLS for everybody, reads answers of any length, has no limit for the whole of a
 * push, and writes a `/` of a label into the path.
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
  /** Behind the target's own. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

export interface HttpPosterOptions {
  /** For all of one request: name, connection, answer. */
  readonly timeoutMs?: number;
  readonly lookup?: LookupFunction;
}

/** Longer than any of them takes, shorter than the default interval. */
const TIMEOUT_MS = 5000;
/** An answer is a word or two; of what a refusal says this much is passed on. */
const MOST_ANSWER_BYTES = 1 << 16;
const MOST_REASON = 200;

export class HttpPoster {
  readonly #target: PushTarget;
  readonly #timeoutMs: number;
  readonly #request: typeof requestHttp;
  readonly #options: RequestOptions;
  readonly #agent: Agent;

  /** Whatever it needs is loaded here. */
  constructor(target: PushTarget, { timeoutMs = TIMEOUT_MS, lookup = createHostLookup() }: HttpPosterOptions = {}) {
    this.#target = target;
    this.#timeoutMs = timeoutMs;
    const kept = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
    if (target.url.startsWith('https:')) {
      // Not imported: who pushes to no such server has no use for TLS in memory. The certificates are read here, too.
      const https = process.getBuiltinModule('node:https');
      const secureContext = process.getBuiltinModule('node:tls').createSecureContext();
      this.#request = https.request;
      this.#agent = new https.Agent({ ...kept, secureContext });
    } else {
      this.#request = requestHttp;
      this.#agent = new Agent(kept);
    }
    this.#options = { agent: this.#agent, lookup };
  }

  /**
   * Resolves when the server has taken it.
   * @throws {Error} whose message is the reason, fit to print and without credentials
   */
  async send(post: Post, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    try {
      await this.#try(post, signal, this.#timeoutMs);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // The server has closed it meanwhile, which is no failure of either side.
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
        reject(isStale ? new StaleConnection() : new Error(reasonOf(error), { cause: error }));
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
  const isTaken = status >= 200 && status < 300;
  const texts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (bytes < MOST_REASON) texts.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_ANSWER_BYTES) break; // and the connection goes with it
    }
  } catch (error) {
    throw new Error(reasonOf(error as Error), { cause: error });
  }
  if (isTaken) return;
  const said = printable(Buffer.concat(texts).toString('utf8').trim().replace(/\s+/g, ' '));
  throw new Error(said === '' ? `status ${status}` : `status ${status}: ${said}`);
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return printable(code !== undefined && code !== 'ECONNRESET' ? code : message);
}
