/** Time from the start of the program to its first line. */
import { once } from 'node:events';
import { end, start } from '../cleanup.js';
import { freePort } from '../http.js';
import { cpuOf, listProcesses } from '../kernel.js';
import { progress } from '../progress.js';
import { quantile } from '../statistics.js';
import { digits } from '../tables.js';

const MOST_MS = 250;

/** @param {import('../targets.js').Place} place @returns {Promise<import('../targets.js').Outcome[]>} */
export async function measureStart({ entry, quick }) {
  const runs = quick ? 3 : 15;
  const tookMs = [];
  const cpuMs = [];
  for (let run = 0; run < runs; run++) {
    progress(`start to first sample: run ${run + 1} of ${runs}`);
    const args = ['watch', '--listen', `127.0.0.1:${await freePort()}`, '--log-level', 'error'];
    const begun = performance.now();
    const child = start(entry, args, { stdio: ['ignore', 'pipe', 'ignore'], untied: true });
    if (child.stdout) await once(child.stdout, 'data');
    tookMs.push(performance.now() - begun);
    cpuMs.push(cpuOf(Number(child.pid)) / 1000);
    await end(child);
  }
  const median = quantile(tookMs, 0.5);
  return [
    {
      what: `start to first sample, ${listProcesses().length} processes`,
      target: `<= ${MOST_MS} ms`,
      measured: `${digits(median)} ms (slowest of ${runs}: ${digits(Math.max(...tookMs))}), ${digits(quantile(cpuMs, 0.5))} ms of CPU`,
      met: median <= MOST_MS,
    },
  ];
}
