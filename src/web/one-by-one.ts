/**
 * A connection as the HTTP parser sees it: one request at a time. Node's parser reads whatever has come, makes every
 * request of it and has all of them answered, so that one packet of pipelined requests would make it hold a thousand
 * answers. Here it gets the next request when the answer to the last one is sent. What comes meanwhile waits, within a
 * bound.
 *
 *   socket  →  up to the next empty line  →  parser  →  answer  →  socket
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Place } from './places.ts';

/** Of the first line and all headers. */
export const MOST_HEAD_BYTES = 8 * 1024;
/** Of requests that come while another is being answered. A client that pipelines a few requests sends less. */
const MOST_HELD_BYTES = 8 * 1024;

/**
 * Of what comes when the last answer is sent. A form or a small upload is smaller: it is read, so that its client gets the
 * answer that says why it is refused.
 */
const MOST_DROPPED_BYTES = 256 * 1024;

const LF = 10;
const NOTHING = Buffer.alloc(0);

export class OneByOne extends Duplex {
  readonly place: Place;
  readonly #socket: Socket;
  /** A request was handed to the parser, and its answer is not sent yet. */
  #isAnswering = false;
  #held = NOTHING;
  /** The client has ended its side. */
  #hasEnded = false;
  #headBytes = 0;
  #droppedBytes = 0;
  /** Of the line that is coming in. */
  #lineBytes = 0;

  /** @param socket a TCP or TLS socket that nobody else reads */
  constructor(socket: Socket, place: Place) {
    super({ decodeStrings: false });
    this.#socket = socket;
    this.place = place;
  }

  /** Undefined when it is closed. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** Begins to read. To be called when the parser listens. */
  start(): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.once('end', () => this.#end());
    socket.once('close', () => this.destroy());
    socket.on('error', () => this.destroy());
  }

  /** To be called when a request has come. */
  begin(): void {
    this.#isAnswering = true;
    this.#headBytes = 0;
    this.place.ask();
  }

  /** To be called when its answer is sent. */
  finish(): void {
    if (this.destroyed || this.place.stage === 'closing') return;
    this.#isAnswering = false;
    this.place.enter('kept');
    // Others have their turn before the next request of this connection.
    if (this.#held.length > 0 || this.#hasEnded) setImmediate(() => this.#goOn());
  }

  /** Answers something that is no request, and closes. @param status such as `400 Bad Request` */
  refuse(status: string): void {
    this.place.refuse('malformed');
    // What is wrong may be the end of a request that is being answered: then its answer is the last.
    if (this.writable && !this.#isAnswering)
      this.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    this.destroySoon();
  }

  /** Sends what is written, then closes: Node calls this when the last answer of a connection is sent. */
  destroySoon(): void {
    this.place.enter('closing');
    this.end();
    // What still comes is dropped.
    this.#socket.resume();
  }

  /** The parser has taken what it was given. What comes is given to it as it comes, but for what had to wait. */
  override _read(): void {
    if (this.#held.length > 0 && !this.#isAnswering) setImmediate(() => this.#goOn());
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, done);
  }

  override _writev(
    chunks: readonly { chunk: string | Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    const last = chunks.length - 1;
    this.#socket.cork();
    chunks.forEach(({ chunk, encoding }, at) => {
      if (at === last) this.#socket.write(chunk, encoding, done);
      else this.#socket.write(chunk, encoding);
    });
    this.#socket.uncork();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#held = NOTHING;
    this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    if (this.place.stage === 'closing') this.#drop(chunk);
    else if (!this.#isAnswering && this.#held.length === 0) this.#parse(chunk);
    else this.#hold(chunk);
  }

  #drop(chunk: Buffer): void {
    this.#droppedBytes += chunk.length;
    if (this.#droppedBytes > MOST_DROPPED_BYTES) this.destroy();
  }

  /** Gives the parser one piece after the other, each up to an empty line, until a request has come. */
  #parse(bytes: Buffer): void {
    let from = 0;
    if (this.#headBytes === 0 && this.place.stage !== 'kept') this.place.enter('waiting');
    while (from < bytes.length && !this.#isAnswering && this.readableLength === 0) {
      const end = this.#afterEmptyLine(bytes, from);
      this.#headBytes += end - from;
      if (this.#headBytes > MOST_HEAD_BYTES) this.refuse('431 Request Header Fields Too Large');
      else this.push(bytes.subarray(from, end));
      // It was no request.
      if (this.destroyed || this.place.stage === 'closing') return;
      from = end;
    }
    if (from < bytes.length) this.#hold(bytes.subarray(from));
  }

  /**
   * The position after the next line of at most one byte; the end, if there is none. An empty line is one, whether it ends
   * with CR LF or with LF alone. Where another line is so short, the parser gets its request in two pieces.
   */
  #afterEmptyLine(bytes: Buffer, from: number): number {
    for (let start = from; ; ) {
      const lf = bytes.indexOf(LF, start);
      if (lf < 0) {
        this.#lineBytes += bytes.length - start;
        return bytes.length;
      }
      const isEmpty = this.#lineBytes + (lf - start) <= 1;
      this.#lineBytes = 0;
      start = lf + 1;
      if (isEmpty) return start;
    }
  }

  /** Keeps what came too early, copied, because it is a small part of a large buffer. */
  #hold(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes.subarray(0, MOST_HELD_BYTES - this.#held.length + 1)]);
    if (this.#held.length > MOST_HELD_BYTES) this.#socket.pause();
  }

  #goOn(): void {
    if (this.#isAnswering || this.destroyed) return;
    const held = this.#held;
    this.#held = NOTHING;
    // What was beyond the bound is lost, so that nothing after it can be understood.
    if (held.length > MOST_HELD_BYTES) return void this.destroySoon();
    if (held.length > 0) this.#parse(held);
    if (this.#hasEnded) this.#end();
  }

  /** The parser hears of the end when all is answered: it would close its own side at once. */
  #end(): void {
    this.#hasEnded = true;
    if (this.place.stage === 'listening') this.destroy();
    else if (!this.#isAnswering && this.#held.length === 0) this.push(null);
  }
}
