/** A client that opens a connection for each question and never closes it, and its server. MOST = number of connections
 * that stay open, above which the oldest is closed. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const QUESTIONS_A_SECOND = 4;
const [most = Number.POSITIVE_INFINITY] = process.argv.slice(2).map(Number).filter(Boolean);
/** @type {import('node:net').Socket[]} */
const connections = [];

const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' && address ? address.port : 0;

setInterval(() => {
  connections.push(connect(port, '127.0.0.1').resume());
  if (connections.length > most) connections.shift()?.destroy();
  connections.at(-1)?.write('?');
}, 1000 / QUESTIONS_A_SECOND);
