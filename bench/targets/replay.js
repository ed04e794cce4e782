/** Speed of `leakwatch replay`, with the start of the program. */
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory, start } from '../cleanup.js';
import { progress } from '../progress.js';
import { quantile } from '../statistics.js';
import { digits } from '../tables.js';

const GROUPS = 50;
const METRICS = 6;
const LEAST_PER_SECOND = 300_000;

/** @param {import('../targets.js').Place} place @returns {Promise<import('../targets.js').Outcome[]>} */
export async function measureReplay({ entry, quick }) {
  const ticks = quick ? 1500 : 5000;
  const runs = quick ? 1 : 5;
  const points = ticks * GROUPS * METRICS;
  const path = join(makeDirectory(), 'recording.ndjson');
  progress(`replay: writing ${digits(points)} points`);
  await writeRecording(path, ticks);
  const perSecond = [];
  for (let run = 0; run < runs; run++) {
    progress(`replay: run ${run + 1} of ${runs}`);
    const begun = performance.now();
    const child = start(entry, ['replay', '--json', path], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout?.resume();
    const [status] = await once(child, 'close');
    if (status !== 0) throw new Error(`leakwatch replay ended with ${status}`);
    perSecond.push((points * 1000) / (performance.now() - begun));
  }
  rmSync(path);
  const median = quantile(perSecond, 0.5);
  return [
    {
      what: `replay of ${GROUPS} groups x ${METRICS} metrics x ${digits(ticks)} ticks, program start included`,
      target: `>= ${digits(LEAST_PER_SECOND)} points a second`,
      measured: `${digits(median)} a second`,
      met: median >= LEAST_PER_SECOND,
    },
  ];
}

/** A recording of busy groups; the first one leaks threads. @param {string} path @param {number} ticks */
async function writeRecording(path, ticks) {
  const file = createWriteStream(path);
  file.write('{"leakwatch":1,"intervalSeconds":20,"source":"web.1"}\n');
  let state = 1;
  const noise = (/** @type {number} */ most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  for (let tick = 0; tick < ticks; tick++) {
    /** @type {Record<string, object>} */
    const groups = {};
    for (let group = 0; group < GROUPS; group++) {
      const rss = 400_000_000 + noise(4000) * 4096;
      groups[`app${group}`] = {
        start: `${4711 + group}:881234`,
        processes: 4 + noise(3),
        threads: 43 + noise(4) + (group === 0 ? Math.floor(tick / 15) : 0),
        zombies: noise(2),
        fds: 88 + noise(9),
        rss,
        anon: Math.floor(rss * 0.7),
      };
    }
    const line = { t: 1_767_225_600 + tick * 20, groups, limits: { threads: 32_000, memory: 64e9 } };
    if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}
