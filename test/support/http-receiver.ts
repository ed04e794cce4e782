/** A server for what is pushed: keeps the requests, and answers as it is told to, or not at all. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the connection, from 1. */
  readonly connection: number;
}

/** Given the request after it was read whole. */
export type Answer = (response: ServerResponse, received: Received) => void;

export class HttpReceiver {
  readonly received: Received[] = [];
  /** 200 and nothing more, unless a test says otherwise. */
  answer: Answer = (response) => response.end();
  connections = 0;
  /** Requests being answered now, and the most there ever were. */
  inFlight = 0;
  mostInFlight = 0;
  url = '';
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #numbers = new WeakMap<object, number>();

  /** Closed when the test is over. */
  static async start(): Promise<HttpReceiver> {
    const receiver = await HttpReceiver.open();
    onTestFinished(() => receiver.close());
    return receiver;
  }

  /** To be closed by the caller. */
  static async open(): Promise<HttpReceiver> {
    const receiver = new HttpReceiver();
    const server = receiver.#server;
    server.on('connection', (socket) => receiver.#numbers.set(socket, ++receiver.connections));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return receiver;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** As a server does with connections that were idle for long. */
  closeConnections(): void {
    this.#server.closeAllConnections();
  }

  /** Resolves when so many requests have come. */
  async count(requests: number): Promise<readonly Received[]> {
    await until(() => this.received.length >= requests, { what: `${requests} requests`, everyMs: 5 });
    return this.received;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    response.on('close', () => this.inFlight--);
    const received: Received = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: await text(request),
      connection: this.#numbers.get(request.socket) ?? 0,
    };
    this.received.push(received);
    this.answer(response, received);
  }
}
