/** A web server that keeps a session for every visitor, and a browser that never sends its cookie back. LIFE = seconds
 * after which a session is dropped; without it never. */
import { createServer, get } from 'node:http';

const VISITS_A_SECOND = 25;
const LINES = 400;
const LINE_LENGTH = 100;
const [life] = process.argv.slice(2).map(Number);

/** @type {Map<number, string[]>} */
const sessions = new Map();
let visitors = 0;

const server = createServer((_request, response) => {
  const id = visitors++;
  sessions.set(
    id,
    Array.from({ length: LINES }, (_, line) => `${id}:${line}:`.padEnd(LINE_LENGTH, String(id))),
  );
  if (life) setTimeout(() => sessions.delete(id), life * 1000);
  response.end(String(id));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const visit = () => get({ host: '127.0.0.1', port }, (response) => response.resume()).on('error', () => {});
  setInterval(visit, 1000 / VISITS_A_SECOND);
});
