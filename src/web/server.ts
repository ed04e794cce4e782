/**
 * The HTTP server: GET and HEAD of the last publication. A request never takes a sample, starts a thread or opens a
 * file, so it is answered even where the host has none left. Everything that a client can make the server hold is
 * bounded.
 *
 *   publication  →  / /metrics /api/v1/report /api/v1/series /api/v1/events /healthz /readyz
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { DaemonLog } from '../sinks/daemon-log.ts';
import { SharedTurns } from '../turns.ts';
import type { Publication } from '../verdict/publication.ts';
import type { Access } from './access.ts';
import { Answers, type AnswersOptions } from './answers.ts';
import { hostsServed, isLoopback } from './known-host.ts';
import { MOST_HEAD_BYTES, OneByOne } from './one-by-one.ts';
import { KEPT_SECONDS, type Place, Places } from './places.ts';
import type { Refusal } from './refusals.ts';
import { Requests } from './requests.ts';
import type { TlsConfig } from './tls-config.ts';
import { WebConfigError } from './web-config-error.ts';

export interface ServerOptions extends AnswersOptions {
  /** Host '': every interface. Port 0: any free port. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Serve everybody on an address that other hosts can reach, though no password is asked for. */
  readonly withoutPassword?: boolean;
  /** Path of the file with certificate and users, see web-config.ts. */
  readonly webConfig?: string;
  /** Ends the wait for a web configuration that a command writes. */
  readonly signal?: AbortSignal;
  /** How many connections there may be; asked again at each sample. */
  readonly mostConnections: () => number;
  readonly log: DaemonLog;
}

export interface Server {
  /** URL of the server, without a path. */
  readonly address: string;
  /** Reads the web configuration again. */
  reload(): void;
  /** Sends a new publication to the listeners, and counts as a sample for /readyz. */
  broadcast(publication: Publication): void;
  /** What was refused so far, by reason. */
  refusals(): ReadonlyMap<Refusal, number>;
  /** Resolves when the last connection is gone. */
  close(): Promise<void>;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Time for answers that are being sent when the server is closed. */
const CLOSING_MS = 500;
const COMPLAIN_EVERY_MS = 60_000;
const OPEN = 'anybody who reaches this address can read everything, because no password is asked for';

/** @throws if it cannot listen, or the web configuration is wrong: the message says what and why */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { listen, log, mostConnections } = options;
  const access = options.webConfig === undefined ? undefined : await loadAccess(options.webConfig, options);
  const answers = new Answers(options);
  const places = new Places();
  let isServed: (host: string | undefined) => boolean = () => true;
  const turns = new SharedTurns();
  const requests = new Requests({ answers, access, turns, log, isServed: (host) => isServed(host) });

  // It gets connections and never listens itself. Time limits are those of places.
  const http = createHttpServer({
    maxHeaderSize: MOST_HEAD_BYTES,
    keepAliveTimeout: KEPT_SECONDS * 1000,
    headersTimeout: 0,
    requestTimeout: 0,
    requireHostHeader: false,
  });
  // Node answers the last two by itself where nobody listens.
  for (const name of ['request', 'checkContinue', 'checkExpectation'])
    http.on(name, (request: IncomingMessage, response: ServerResponse) => requests.take(request, response));
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
    (socket as unknown as OneByOne).refuse(isTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request');
  });

  function serve(socket: Socket, place: Place): void {
    const connection = new OneByOne(socket, place);
    http.emit('connection', connection);
    connection.start();
  }

  if (access) access.onWithdrawal = () => places.closeAll();
  const accept = access?.tls ? serveSecurely({ access, tls: access.tls, turns, serve }) : serve;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    turns.accepted();
    accept(socket, places.take(socket, mostConnections()));
  });
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
    places.refuse('accept');
    if (performance.now() - complainedAt < COMPLAIN_EVERY_MS) return;
    complainedAt = performance.now();
    log.error({ err: error }, 'connections cannot be accepted');
  });
  const { address, port } = server.address() as AddressInfo;
  isServed = hostsServed(listen.host, address);
  const authority = authorityOf(address, port);
  if (!isLoopback(address) && !access?.isGuarded) {
    if (!options.withoutPassword) {
      server.close();
      throw new WebConfigError([`cannot listen on ${authority}: ${OPEN}; use --web-config, or say --without-password`]);
    }
    log.warn({ address, port }, OPEN);
  }

  return {
    address: `${access?.tls ? 'https' : 'http'}://${authority}`,
    reload: () => access?.reload(),
    broadcast(publication) {
      places.keepAtMost(mostConnections());
      access?.look();
      answers.broadcast(publication);
    },
    refusals: () => places.refused,
    close: () =>
      new Promise((resolve) => {
        answers.close();
        places.closeIdle();
        const impatient = setTimeout(() => places.closeAll(), CLOSING_MS);
        server.close(() => {
          clearTimeout(impatient);
          resolve();
        });
      }),
  };
}

type Serve = (socket: Socket, place: Place) => void;

interface SecureOptions {
  readonly access: Access;
  readonly tls: TlsConfig;
  readonly turns: SharedTurns;
  readonly serve: Serve;
}

/**
 * @returns what begins TLS on a connection, when the client has, and then serves it. The signature of a handshake takes
 *   longer than anything else that a client without a password can ask for, so handshakes take turns like answers.
 */
function serveSecurely({ access, tls, turns, serve }: SecureOptions): Serve {
  const placeOf = new Map<string, Place>();
  const peerOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
    `${remoteAddress} ${remotePort} ${localAddress}`;
  const server = process
    .getBuiltinModule('node:tls')
    .createServer({ ...tls, allowHalfOpen: true, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, (secure) => {
      const place = placeOf.get(peerOf(secure));
      if (place && access.admits(secure)) return serve(secure, place);
      place?.refuse('denied');
      secure.destroy();
    });
  access.onCertificate = (changed) => server.setSecureContext(changed);
  server.on('tlsClientError', (_, secure) => secure.destroy());
  return (socket, place) => {
    const peer = peerOf(socket);
    placeOf.set(peer, place);
    socket.once('close', () => placeOf.delete(peer));
    socket.once('readable', () =>
      turns.do('later', () => void (socket.destroyed || server.emit('connection', socket))),
    );
  };
}

/** TLS and passwords. Their modules are loaded only where they are configured, to save memory elsewhere. */
async function loadAccess(path: string, { log, signal }: ServerOptions): Promise<Access> {
  const { Access } = await import('./access.ts');
  return Access.load(path, log, signal);
}

function whyNotListening({ host, port }: ServerOptions['listen'], error: NodeJS.ErrnoException): string {
  return `cannot listen on ${authorityOf(host, port)}: ${reasonOf(error)}`;
}

/** @param host an IPv6 address, or anything else */
function authorityOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
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
