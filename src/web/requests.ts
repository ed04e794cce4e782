/**
 * What becomes of a request: refused for its form or its host, for its password, or answered. Requests take turns with
 * the samples and with new connections, see `SharedTurns`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DaemonLog } from '../sinks/daemon-log.ts';
import type { SharedTurns } from '../turns.ts';
import type { Access } from './access.ts';
import type { Answers } from './answers.ts';
import type { OneByOne } from './one-by-one.ts';
import { isReply, type Reply, sendReply, textReply } from './reply.ts';
import { type Target, targetOf } from './target.ts';

/** Chosen: of all answers that are sent and not taken; a dozen of the largest there are. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;

export interface RequestsOptions {
  readonly answers: Answers;
  /** Undefined: everybody may ask. */
  readonly access: Access | undefined;
  /** Is it us that a Host header names? */
  readonly isServed: (host: string | undefined) => boolean;
  readonly turns: SharedTurns;
  readonly log: DaemonLog;
}

export class Requests {
  readonly #options: RequestsOptions;
  /** Connections whose clients have not taken an answer yet, those that began first in front. */
  readonly #unread = new Set<OneByOne>();

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Takes a request that came on a `OneByOne`; the response is sent later. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const connection = request.socket as unknown as OneByOne;
    connection.begin();
    response.once('close', () => {
      this.#unread.delete(connection);
      connection.finish();
    });
    const { access, isServed } = this.#options;
    for (const [name, value] of Object.entries(access?.headers ?? {})) response.setHeader(name, value);
    // A body is not read; closing the connection drops it.
    if (hasBody(request)) response.setHeader('Connection', 'close');

    const fail = (error: unknown): void => {
      this.#options.log.error({ err: error }, 'a request failed');
      if (response.headersSent) response.destroy();
      else sendReply(response, textReply(500, 'internal error of leakwatch; see its log'));
    };
    const priority = connection.place.stage === 'pressing' ? 'last' : 'soon';
    const inTurn = (work: () => Reply | Promise<Reply> | undefined): void =>
      this.#options.turns.do(priority, () => {
        if (connection.destroyed) return;
        try {
          const reply = work();
          if (reply instanceof Promise) reply.then((late) => inTurn(() => late), fail);
          else if (reply) this.#send(connection, response, reply);
          else connection.place.enter('listening');
        } catch (error) {
          fail(error);
        }
      });

    const target = targetOf(request);
    if (isReply(target)) {
      inTurn(() => target);
    } else if (!isServed(target.host)) {
      inTurn(() => WRONG_HOST);
    } else {
      const { headers } = request;
      const asking = { headers, address: connection.remoteAddress, isGone: () => connection.destroyed };
      const answer = () => this.#answer(target, request, response);
      if (!access || isProbe(target)) inTurn(answer);
      else access.check(asking).then((refusal) => inTurn(() => refusal ?? answer()), fail);
    }
  }

  #answer({ path }: Target, request: IncomingMessage, response: ServerResponse): ReturnType<Answers['answer']> {
    if (request.method === 'GET' || request.method === 'HEAD')
      return this.#options.answers.answer(path, request, response);
    return textReply(405, 'only GET and HEAD are supported', { Allow: 'GET, HEAD' });
  }

  #send(connection: OneByOne, response: ServerResponse, reply: Reply): void {
    if (reply.refused) connection.place.refuse(reply.refused);
    sendReply(response, reply);
    connection.place.enter('sending');
    if (connection.writableLength > 0) this.#boundUnread(connection);
  }

  /** Closes the connections that have not taken an answer for longest, if all of these answers are too much. */
  #boundUnread(connection: OneByOne): void {
    this.#unread.add(connection);
    let bytes = 0;
    for (const { writableLength } of this.#unread) bytes += writableLength;
    for (const oldest of this.#unread) {
      if (bytes <= MOST_UNREAD_BYTES) break;
      bytes -= oldest.writableLength;
      this.#unread.delete(oldest);
      oldest.place.refuse('unread');
      oldest.destroy();
    }
  }
}

const WRONG_HOST: Reply = {
  ...textReply(421, 'the Host header names another host; use localhost, the address, or the name of --listen'),
  refused: 'host',
};

/** The probes of an orchestrator bring no password; their answers say up and ready, no more. */
function isProbe({ path }: Target): boolean {
  return path === '/healthz' || path === '/readyz';
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
