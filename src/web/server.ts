/**
 * The HTTP server: GET and HEAD of the last publication. A request never takes a sample, starts a thread or opens a
 * file, so it is answered even where the host has none left. Everything that a client can make the server hold is
 * bounded.
 *
 *   publication  →  / /metrics /api/v1/report /api/v1/series /api/v1/events /healthz /readyz
 */
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DaemonLog } from '../sinks/daemon-log.ts';
import type { Publication } from '../verdict/publication.ts';
import type { Access } from './access.ts';
import { Answers, type AnswersOptions } from './answers.ts';
import { isKnownHost, isLoopback } from './known-host.ts';
import { type Reply, sendReply, textReply } from './reply.ts';

export interface ServerOptions extends AnswersOptions {
  /** Host '': every interface. Port 0: any free port. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Path of the file with certificate and users, see web-config.ts. */
  readonly webConfig?: string;
  /** How many connections there may be; asked again at each sample. */
  readonly mostConnections: () => number;
  readonly log: DaemonLog;
}

export interface Server {
  /** URL of the server, without a path. */
  readonly address: string;
  /** Sends a new publication to the listeners, and counts as a sample for /readyz. */
  broadcast(publication: Publication): void;
  /** Resolves when the last connection is gone. */
  close(): Promise<void>;
}

const MOST_HEADER_BYTES = 8 * 1024;
const MOST_URL_LENGTH = 2048;
/** Node checks these two time-outs every 30 s, its default: checking more often would wake an idle daemon. */
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
/** For a connection whose answer is being sent or whose TLS handshake is not finished. */
const IDLE_TIMEOUT_MS = 30_000;
/** Longer than usual scrape intervals, so that a scraper keeps its connection: a new one may be impossible later. */
const KEEP_ALIVE_MS = 125_000;
/** Time for answers that are being sent when the server is closed. */
const CLOSING_MS = 500;
const COMPLAIN_EVERY_MS = 60_000;

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** @throws if it cannot listen, or the web configuration is wrong: the message says what and why */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { listen, log } = options;
  const access = options.webConfig === undefined ? undefined : await loadAccess(options.webConfig, log);
  const tls = access?.tls;
  const answers = new Answers(options);
  let onLoopback = true;

  const limits = {
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server: HttpServer = tls
    ? process.getBuiltinModule('node:https').createServer({ ...limits, ...tls, handshakeTimeout: HEADERS_TIMEOUT_MS })
    : createServer(limits);
  server.maxConnections = options.mostConnections();
  server.setTimeout(IDLE_TIMEOUT_MS);

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    // A body is not read; closing the connection drops it.
    if (hasBody(request)) response.setHeader('Connection', 'close');
    answer(request, response)
      .then((reply) => reply && sendReply(response, reply))
      .catch((error: unknown) => {
        log.error({ err: error }, 'a request failed');
        if (response.headersSent) response.destroy();
        else sendReply(response, textReply(500, 'internal error of leakwatch; see its log'));
      });
  };
  server.on('request', onRequest);
  // Without this listener Node would answer `100 Continue` and the client would send the body.
  server.on('checkContinue', onRequest);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Reply | undefined> {
    const { headers, method, url = '' } = request;
    if (onLoopback && headers.host !== undefined && !isKnownHost(headers.host, listen.host)) {
      return textReply(421, 'the Host header names another host; use localhost or the address');
    }
    const refusal = isProbe(url)
      ? undefined
      : await access?.check({ headers, address: request.socket.remoteAddress, isGone: () => request.socket.destroyed });
    if (refusal) return refusal;
    if (method !== 'GET' && method !== 'HEAD')
      return textReply(405, 'only GET and HEAD are supported', { Allow: 'GET, HEAD' });
    if (url.length > MOST_URL_LENGTH) return textReply(414, `a URL has at most ${MOST_URL_LENGTH} characters`);
    return answers.answer(url, request, response);
  }

  await new Promise<void>((resolve, reject) => {
    const refused = (error: Error): void => reject(new Error(whyNotListening(listen, error)));
    server.once('error', refused);
    server.listen({ port: listen.port, ...(listen.host !== '' && { host: listen.host }) }, () => {
      server.off('error', refused);
      resolve();
    });
  });
  // A connection could not be accepted, usually for lack of a descriptor. The next may succeed: one line a minute is
  // enough.
  let complainedAt = Number.NEGATIVE_INFINITY;
  server.on('error', (error) => {
    if (performance.now() - complainedAt < COMPLAIN_EVERY_MS) return;
    complainedAt = performance.now();
    log.error({ err: error }, 'connections cannot be accepted');
  });
  const { address, port } = server.address() as AddressInfo;
  onLoopback = isLoopback(address);
  const authority = `${address.includes(':') ? `[${address}]` : address}:${port}`;

  return {
    address: `${tls ? 'https' : 'http'}://${authority}`,
    broadcast(publication) {
      server.maxConnections = options.mostConnections();
      access?.look();
      answers.broadcast(publication);
    },
    close: () =>
      new Promise((resolve) => {
        answers.close();
        const impatient = setTimeout(() => server.closeAllConnections(), CLOSING_MS);
        server.close(() => {
          clearTimeout(impatient);
          resolve();
        });
      }),
  };
}

/** TLS and passwords. Their modules are loaded only where they are configured, to save memory elsewhere. */
async function loadAccess(path: string, log: DaemonLog): Promise<Access> {
  const { Access } = await import('./access.ts');
  return Access.load(path, log);
}

/** The probes of an orchestrator bring no password; their answers say up and ready, no more. */
function isProbe(url: string): boolean {
  return url === '/healthz' || url === '/readyz';
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function whyNotListening({ host, port }: ServerOptions['listen'], error: NodeJS.ErrnoException): string {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return `cannot listen on ${where}: ${reasonOf(error)}`;
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the address is in use (another leakwatch? choose one with --listen)';
    case 'EACCES':
      return 'permission is denied (a port below 1024 needs a privilege; choose one with --listen)';
    case 'EADDRNOTAVAIL':
      return 'this host has no such address (choose one with --listen)';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is unknown (choose one with --listen)';
    default:
      return code ?? message;
  }
}
