/** Those who ask the daemon during a soak: scrapes, looks at the page's data, and listeners that come and go. */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchText } from '../http.js';

/** About one scrape a minute of the daemon's time, as a tick takes some 5 ms. */
const PAUSE_MS = 50;
/** More than may listen at once (16, src/web/event-stream.ts). */
const LISTENERS = 20;
const STAY_MS = 300;
const PATHS = ['/metrics', '/api/v1/report', '/api/v1/series?group=puppet-child&metric=fds&window=6h', '/healthz', '/'];

/**
 * @param {number} port
 * @returns {{ stop(): Promise<{ answers: number, listens: number }> }}
 */
export function startVisitors(port) {
  const stopping = new AbortController();
  const done = { answers: 0, listens: 0 };

  async function scrape(/** @type {string} */ path) {
    while (!stopping.signal.aborted) {
      // There is no such series before the first sample of its group.
      await fetchText(port, path).catch(() => undefined);
      done.answers++;
      await sleep(PAUSE_MS);
    }
  }

  async function listen(/** @type {number} */ number) {
    while (!stopping.signal.aborted) {
      await stayFor(STAY_MS + 20 * number, { port, isDeaf: number % 3 === 0 });
      done.listens++;
    }
  }

  const all = [...PATHS.map(scrape), ...Array.from({ length: LISTENERS }, (_, number) => listen(number))];
  return {
    async stop() {
      stopping.abort();
      await Promise.all(all);
      return done;
    },
  };
}

/**
 * Listens to events, then breaks the connection off. A deaf one reads none of what it is sent.
 * @param {number} milliseconds
 * @param {{ port: number, isDeaf: boolean }} options
 * @returns {Promise<void>}
 */
function stayFor(milliseconds, { port, isDeaf }) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/api/v1/events', agent: false });
    request.on('response', (response) => {
      response.on('error', () => undefined);
      if (!isDeaf) response.resume();
    });
    request.on('error', () => undefined);
    setTimeout(() => {
      request.destroy();
      resolve();
    }, milliseconds);
  });
}
