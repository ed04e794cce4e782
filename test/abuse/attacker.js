/**
 * A hostile client, as a process of its own: `node attacker.js KIND ADDRESS COUNT [AUTHORIZATION]`. It attacks until it
 * is killed, and opens again what is closed. It prints `attacking` when its first connections are open.
 */
import { connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

const [, , kind = '', address = '', countText = '1'] = process.argv;
const { hostname: host, port: portText, protocol } = new URL(address);
const port = Number(portText);
const count = Number(countText);

const GET = (path = '/') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** @typedef {{ open: (socket: import('node:net').Socket, number: number) => void, reads?: boolean, aloneMs?: number, secure?: boolean }} Attack */

/** @type {Record<string, Attack>} */
const ATTACKS = {
  /** Nothing is ever sent. */
  silent: { open: () => {} },
  /** One request, and the connection is kept. */
  kept: { reads: true, open: (socket) => void socket.write(GET('/healthz')) },
  /** 1,300 requests at once, and no answer is read. */
  pipeline: { open: (socket) => void socket.write(GET('/').repeat(1300)) },
  pipelinedMetrics: { open: (socket) => void socket.write(GET('/metrics').repeat(1300)) },
  /** The same without an end, and every answer is read. */
  pipelineAndRead: {
    reads: true,
    open(socket) {
      const more = () => {
        while (socket.write(GET('/metrics').repeat(100)));
      };
      socket.on('drain', more);
      more();
    },
  },
  /** Requests that are no requests, each of which the parser answers by itself. */
  pipelinedNonsense: {
    open: (socket) =>
      void socket.write('GET / HTTP/1.1\r\nExpect: nonsense\r\n\r\nGET / HTTP/1.1\r\n\r\n'.repeat(1000)),
  },
  /** The next request as soon as the last is answered. */
  flood: {
    reads: true,
    open(socket) {
      const request = GET('/metrics');
      let left = 0;
      socket.on('data', (chunk) => {
        if (left > 0) left -= chunk.length;
        else {
          const text = chunk.toString('latin1');
          const end = text.indexOf('\r\n\r\n') + 4;
          left = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1]) - (chunk.length - end);
        }
        if (left <= 0) socket.write(request);
      });
      socket.write(request);
    },
  },
  /** A new connection for every request. */
  reconnect: {
    reads: true,
    aloneMs: 0,
    open: (socket) => void socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
  },
  /** A byte of a head each half second. */
  slowWriter: {
    open(socket) {
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX: ');
      const timer = setInterval(() => socket.write('x'), 500);
      socket.on('close', () => clearInterval(timer));
    },
  },
  /** A large answer is asked for again and again, and read a few bytes at a time. */
  slowReader: {
    open(socket) {
      socket.write(GET('/api/v1/report').repeat(20));
      const timer = setInterval(() => socket.read(100), 500);
      socket.on('close', () => clearInterval(timer));
    },
  },
  /** A head of 10 MB. */
  largeHead: { open: (socket) => void socket.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(10_000_000)}`) },
  /** A head of 20 KB in headers of one letter. */
  tinyHeaders: {
    open: (socket) => void socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${'a:\r\n'.repeat(5000)}\r\n`),
  },
  /** A body that does not end. */
  body: {
    open(socket) {
      socket.write('POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000000\r\n\r\n');
      const more = () => {
        while (socket.write('x'.repeat(65_536)));
      };
      socket.on('drain', more);
      more();
    },
  },
  /** Listeners to events that read nothing. */
  listeners: { open: (socket) => void socket.write(GET('/api/v1/events')) },
  /** A TLS handshake, and another. */
  handshakes: { secure: true, aloneMs: 0, open: (socket) => void socket.end() },
};

const attack = ATTACKS[kind];
if (!attack) throw new Error(`no such attack: ${kind}; there are ${Object.keys(ATTACKS).join(', ')}`);
const { open, reads = false, aloneMs = 50, secure = protocol === 'https:' } = attack;

let connected = 0;
/** @param {number} number */
function begin(number) {
  const options = { host: host.replace(/^\[|\]$/g, ''), port };
  const ready = () => {
    connected++;
    if (connected === Math.min(count, 20)) process.stdout.write('attacking\n');
    open(socket, number);
  };
  const socket = secure ? connectSecurely({ ...options, rejectUnauthorized: false }, ready) : connect(options, ready);
  if (reads) socket.resume();
  else socket.pause();
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(() => begin(number), aloneMs));
}
for (let number = 0; number < count; number++) begin(number);
