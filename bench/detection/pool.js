/** Runs jobs in several processes; each free process takes the next job. */
import { fork } from 'node:child_process';
import { join } from 'node:path';

/**
 * @param {readonly import('./worker.js').Job[]} jobs
 * @param {{ processes: number, onOutcomes: (outcomes: readonly import('./follow.js').Outcome[]) => void }} options
 * @returns {Promise<void>} rejects when a process fails
 */
export async function runJobs(jobs, { processes, onOutcomes }) {
  const waiting = [...jobs];
  const runOne = () =>
    new Promise((resolve, reject) => {
      const child = fork(join(import.meta.dirname, 'worker.js'), { serialization: 'advanced' });
      const next = () => {
        const job = waiting.shift();
        if (job) child.send(job);
        else child.disconnect();
      };
      child.on('message', (outcomes) => {
        onOutcomes(/** @type {import('./follow.js').Outcome[]} */ (outcomes));
        next();
      });
      child.on('error', reject);
      child.on('exit', (status) =>
        status === 0 ? resolve(undefined) : reject(new Error(`a worker ended: ${status}`)),
      );
      next();
    });
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, runOne));
}
