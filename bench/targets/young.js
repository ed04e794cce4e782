/** The first ticks at the real interval: caches are cold, and V8 still interprets much of the code. Takes five minutes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon } from '../daemon.js';
import { progress } from '../progress.js';
import { INTERVAL_MS, shareOutcome, startSmallHost } from './small-host.js';

const TICKS = 15;

/** @param {import('../targets.js').Place} place @returns {Promise<import('../targets.js').Outcome[]>} */
export async function measureYoung({ entry, native }) {
  const herd = await startSmallHost(native);
  const daemon = await Daemon.start({ entry, intervalMs: INTERVAL_MS });
  progress(`a small host: the first ${TICKS} ticks of 20 s`);
  const startMs = daemon.cpuUs / 1000;
  await sleep(INTERVAL_MS / 2);
  const before = daemon.cpuUs;
  await sleep((TICKS - 1) * INTERVAL_MS);
  const outcome = shareOutcome(`ticks 2 to ${TICKS}`, { ticks: TICKS - 1, cpuUs: daemon.cpuUs - before });
  await daemon.stop();
  await herd.stop();
  return [{ ...outcome, note: `start and first tick: ${startMs.toFixed(0)} ms of CPU` }];
}
