/** A name server on the loopback interface: addresses of a few names, no such name for all others, or no answer at all. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

const TYPE_A = 1;
const TYPE_AAAA = 28;

export class DnsServer {
  readonly #socket = createSocket('udp4');
  /** IPv4 addresses by name. */
  readonly #names: Readonly<Record<string, string>>;
  /** The names that were asked for, in lower case. */
  readonly asked: string[] = [];
  isSilent = false;
  address = '';

  private constructor(names: Readonly<Record<string, string>>) {
    this.#names = names;
    this.#socket.on('message', (message, from) => this.#answer(message, from));
  }

  /** Closed when the test is over, unless it is started for many. */
  static async start(
    names: Readonly<Record<string, string>> = {},
    { host = '127.0.0.1', port = 0, isForMany = false } = {},
  ): Promise<DnsServer> {
    const server = new DnsServer(names);
    server.#socket.bind(port, host);
    await once(server.#socket, 'listening');
    server.address = `${host}:${server.#socket.address().port}`;
    if (!isForMany) onTestFinished(() => server.close());
    return server;
  }

  close(): void {
    this.#socket.close();
  }

  /** RFC 1035 4.1: one question, whose name is parts with their lengths before them. */
  #answer(message: Buffer, from: RemoteInfo): void {
    const parts: string[] = [];
    let at = 12;
    for (let length = message[at]!; length > 0; length = message[at]!) {
      parts.push(message.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = parts.join('.').toLowerCase();
    const type = message.readUInt16BE(at + 1);
    this.asked.push(name);
    if (this.isSilent) return;
    const address = this.#names[name];
    const isKnown = address !== undefined && (type === TYPE_A || type === TYPE_AAAA);
    const hasAnswer = isKnown && type === TYPE_A;
    const head = Buffer.alloc(12);
    message.copy(head, 0, 0, 2);
    // A response to a recursive question; 3 is "no such name".
    head.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(hasAnswer ? 1 : 0, 6);
    const question = message.subarray(12, at + 5);
    const answer = Buffer.from([
      0xc0,
      12,
      0,
      TYPE_A,
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      4,
      ...(address ?? '').split('.').map(Number),
    ]);
    this.#socket.send(Buffer.concat([head, question, ...(hasAnswer ? [answer] : [])]), from.port, from.address);
  }
}
