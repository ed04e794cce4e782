/**
 * Load on an HTTP server: `load.js PORT PATH CONNECTIONS SECONDS RATE`. Each connection is reused and sends RATE requests
 * a second, or the next one after each answer (RATE 0). Prints a `Load` as JSON.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../statistics.js';

/** @typedef {{ answers: number, failures: number, seconds: number, p50: number, p99: number, max: number }} Load latencies in ms */

const [port, path, connections, seconds, rate] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
/** @type {number[]} */
const latencies = [];
let failures = 0;
const begun = performance.now();
const deadline = begun + Number(seconds) * 1000;

await Promise.all(Array.from({ length: Number(connections) }, client));
const took = (performance.now() - begun) / 1000;
agent.destroy();
/** @type {Load} */
const load = {
  answers: latencies.length,
  failures,
  seconds: took,
  p50: quantile(latencies, 0.5),
  p99: quantile(latencies, 0.99),
  max: quantile(latencies, 1),
};
console.log(JSON.stringify(load));

async function client() {
  for (let number = 1; performance.now() < deadline; number++) {
    const sent = performance.now();
    if ((await ask()) === 200) latencies.push(performance.now() - sent);
    else failures++;
    const pause = Number(rate) > 0 ? begun + (number * 1000) / Number(rate) - performance.now() : 0;
    if (pause > 0) await sleep(pause);
  }
}

/** @returns {Promise<number | undefined>} the status */
function ask() {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port: Number(port), path, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
      response.on('error', () => resolve(undefined));
    });
    request.on('error', () => resolve(undefined));
  });
}
