/** HTTP on the loopback interface. Connections are not reused: a daemon that was paused has closed them. */
import { get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** @param {number} port @param {string} path @returns {Promise<string>} the body of a 200 */
export function fetchText(port, path) {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      const parts = /** @type {Buffer[]} */ ([]);
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(parts).toString());
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.on('error', reject);
  });
}

/** @returns {Promise<number>} a port that no program listens on */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/**
 * Polls until there is an answer; errors are tried again.
 * @template T
 * @param {() => Promise<T | undefined>} ask
 * @param {{ what: string, seconds?: number, everyMs?: number }} options
 * @returns {Promise<T>}
 */
export async function until(ask, { what, seconds = 60, everyMs = 20 }) {
  const deadline = performance.now() + seconds * 1000;
  let last;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`no ${what} within ${seconds} s`, { cause: last });
}
