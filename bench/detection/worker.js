/** A worker process: a message with a job comes in, series are generated and followed, a message with the outcomes goes out. */
import { loadBuild } from './leakwatch.js';
import { outcomesOf } from './outcomes.js';
import { subjectsOf } from './subjects.js';

/** @typedef {{ family: string, seeds: readonly number[], subjects: readonly string[], sampling: import('./sampling.js').Sampling, dist: string }} Job */

/** @type {Promise<readonly import('./subjects.js').Subject[]> | undefined} */
let loading;

process.on('message', async (/** @type {Job} */ job) => {
  loading ??= loadBuild(job.dist).then(subjectsOf);
  const subjects = (await loading).filter(({ name }) => job.subjects.includes(name));
  process.send?.(job.seeds.flatMap((seed) => outcomesOf(job.family, seed, subjects, job.sampling)));
});
